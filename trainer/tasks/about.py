"""`About`: all that the app and the command line know of a task. It imports no library that learns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..config import RunSettings
from .metric import COMMON, Metric


@dataclass(frozen=True, slots=True)
class Starter:
    """A run that a person begins with by one click, before knowing any setting.

    Attributes:
        title: what it trains; the run is called so.
        shows: what a person will see, as one sentence.
        takes: how long until then, on two ordinary cores.
        settings: how it differs from what the preset says.
        preset: of the task; empty: its default one.
        needs: a module that must be installed for it; empty: none.
    """

    title: str
    shows: str
    takes: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """A task, described.

    Attributes:
        name: what `config.json` calls it.
        label: what a person calls it.
        choice: what the form offers it as; empty: as that.
        call: what a run with such settings is called if nobody names it; empty: by its id.
        settings: its half of the settings, with that of every run.
        presets: settings that go well together, by name: how each differs from the defaults. The first differs in nothing.
        preset_help: what a person should know before choosing one, by its name.
        preset_labels: what a person calls it, by its name; one that is not here is called by that.
        starters: what a person is offered to begin with.
        examples: the settings of short runs to compare, by what a person calls them in the runs' names.
        follow: settings that follow from those that a person has chosen and from the name of the preset, as long as nothing else is
            said of them.
        fork_changes: what a fork begins with instead of its parent's setting: setting → the parent's setting that it takes.
        fixed_in_fork: settings of the network, which a fork cannot change.
        elsewhere: why none of its runs can be started or resumed from here, as one sentence; empty: they can.
        where: the setting that says where they are trained instead.
        problem: what tells its problems apart, as a person says it: a text with names of settings in braces. If it is empty,
            each setting of the role `problem` is named.
        metrics: what it measures, by a short name, in the order in which a person is offered them.
        picture: what is seen of it in visual mode: a `board`.
        step: what a person calls an environment step: a `piece`.
        pages: the pages that apply to its runs besides those of every task: `Replay`, `Watch`, `Play`.
        commands: what can be done with its saved models: some of `evaluate`, `bundle`, `import`, `watch` and `film`; see
            `trainer.tasks.commands`.
    """

    name: str
    label: str
    settings: type[RunSettings]
    presets: Mapping[str, Mapping[str, Any]]
    choice: str = ""
    problem: str = ""
    metrics: Mapping[str, Metric] = field(default_factory=lambda: COMMON)
    picture: str = "picture"
    step: str = "step"
    pages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    starters: tuple[Starter, ...] = ()
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    preset_help: Mapping[str, str] = field(default_factory=dict)
    preset_labels: Mapping[str, str] = field(default_factory=dict)
    follow: Callable[[Mapping[str, Any], str], Mapping[str, Any]] = lambda _chosen, _preset: {}
    call: Callable[[RunSettings], str] = lambda _settings: ""
    fork_changes: Mapping[str, str] = field(default_factory=dict)
    fixed_in_fork: tuple[str, ...] = ()
    elsewhere: str = ""
    where: str = ""

    @property
    def default_preset(self) -> str:
        """The one that differs in nothing."""
        return next(iter(self.presets))

    @property
    def default_metric(self) -> str:
        """The name of the metric that people compare first."""
        return next(name for name, metric in self.metrics.items() if metric.headline)

    @property
    def headline(self) -> Metric:
        """The metric that people compare first."""
        return self.metrics[self.default_metric]

    @property
    def compared(self) -> dict[str, Metric]:
        """The metrics of which one value is better than another, by name."""
        return {name: metric for name, metric in self.metrics.items() if metric.better is not None}

    @property
    def problem_settings(self) -> tuple[str, ...]:
        """The settings that say what is learned: figures of different ones are never compared."""
        return tuple(one.name for one in self.settings.described() if one.role == "problem")

    def problem_words(self, settings: Mapping[str, Any]) -> str:
        """What a run with these settings learns: `Tetris (10 × 20, uniform pieces)`."""
        details = self.problem_details(settings)
        return f"{self.label} ({details})" if details else self.label

    def problem_details(self, settings: Mapping[str, Any]) -> str:
        """What tells this problem from others of the task: its own words, then what else is not as usual."""
        described = [one for one in self.settings.described() if one.role == "problem"]
        values = {one.name: settings.get(one.name) for one in self.settings.described()}
        unsaid = [one for one in described if f"{{{one.name}}}" not in self.problem]
        told = [one for one in unsaid if not self.problem or values[one.name] not in (None, one.default)]
        others = [str(values[one.name]) if one.kind is str and not one.choices else f"{one.label} {values[one.name]}" for one in told]
        return ", ".join(filter(None, [self.problem.format_map(values), *others]))

    def fork_of(self, parent: RunSettings) -> dict[str, Any]:
        """The settings that a fork begins with: the parent's, but for those that would undo what it has learned."""
        settings = {one.name: getattr(parent, one.name) for one in self.settings.described()}
        return settings | {name: settings[taken] for name, taken in self.fork_changes.items()}

    def settings_of(self, starter: Starter) -> RunSettings:
        """The settings of the run that it begins."""
        preset = starter.preset or self.default_preset
        return self.settings(**{**self.follow(starter.settings, preset), **self.presets[preset], **starter.settings})
