"""`About`: all that the app and the command line know of a task. It imports no library that learns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..config import RunSettings
from .metric import Metric


@dataclass(frozen=True, slots=True)
class About:
    """A task, described.

    Attributes:
        label: what a person calls it.
        settings: its half of the settings, with that of every run.
        presets: settings that go well together, by name: how each differs from the defaults. The first differs in nothing.
        fork_changes: what a fork begins with instead of its parent's setting: setting → the parent's setting that it takes.
        fixed_in_fork: settings of the network, which a fork cannot change.
        metrics: what it measures, by a short name, in the order in which a person is offered them.
    """

    label: str
    settings: type[RunSettings]
    presets: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, Metric]
    fork_changes: Mapping[str, str] = field(default_factory=dict)
    fixed_in_fork: tuple[str, ...] = ()

    @property
    def default_preset(self) -> str:
        """The one that differs in nothing."""
        return next(iter(self.presets))

    def fork_of(self, parent: RunSettings) -> dict[str, Any]:
        """The settings that a fork begins with: the parent's, but for those that would undo what it has learned."""
        settings = {one.name: getattr(parent, one.name) for one in self.settings.described()}
        return settings | {name: settings[taken] for name, taken in self.fork_changes.items()}
