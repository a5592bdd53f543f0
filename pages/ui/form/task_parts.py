"""What only one task asks for in the form that starts a run.

This is the one place of the form that names a task: a task of ours with a module of its own for it. Any other has what every task has.
"""

import importlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

OWN = {"gym": "..gym.start_form"}


@dataclass(frozen=True, slots=True)
class First:
    """What a person has chosen before all else, and what follows from it.

    Attributes:
        values: of the settings that were asked for first.
        presets: the names of those that mean something now; None: every one does.
        unused: the settings that mean nothing now; they are not shown, and keep their defaults.
        own_values: what a setting without a value means, by its name: `0.0003`.
        mistakes: why this cannot be trained, by the name of a setting.
    """

    values: Mapping[str, Any]
    presets: Collection[str] | None = None
    unused: Collection[str] = ()
    own_values: Mapping[str, str] | None = None
    mistakes: Mapping[str, str] | None = None


class FormPart(Protocol):
    """A module of `OWN`."""

    NAMES: tuple[str, ...]
    """The settings that it asks for itself, before all others; the widget of each is called `new_<name>`."""

    def chosen_first(self, fixed: Mapping[str, Any]) -> First:
        """What is chosen now; `fixed` are the settings that cannot be chosen, since a run with them is forked."""

    def draw_first(self, fixed: Mapping[str, Any], mistakes: Mapping[str, str]) -> None:
        """Ask for it; `mistakes` are those that the form shows."""

    def draw_note(self, first: First, preset: str) -> None:
        """Say what will be trained, below the presets."""

    def forget(self) -> None:
        """Take back what was typed."""


def part_of(task: str) -> FormPart | None:
    """What only this task asks for; None if that is nothing."""
    # imported when it is asked for: it is made of what this module defines
    return cast("FormPart", importlib.import_module(OWN[task], __package__)) if task in OWN else None
