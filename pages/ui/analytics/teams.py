"""The chosen runs as they are compared: in groups of the same settings, in groups of one setting's value, or each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pages.ui.analytics.lines import SETTING_LABELS, Line, setting_text
from pages.ui.charts import RUN_COLOURS, RUN_DASHES
from pages.ui.run_data import run_data
from pages.ui.text import plain
from trainer.analysis.groups import Group, copies_sentences, independent, setting_groups
from trainer.run_files.config_file import ConfigFile
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS

EACH, SAME = "each", "same"
LABEL_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Team:
    """Runs that are shown as one line.

    Attributes:
        label: what tells it from the others, as it is; short enough for a legend.
        whole: the same in full.
        lines: its independent runs.
        strata: (lines,) runs with the same number differ in nothing but the seed, and in what tells the teams apart.
        few: whether there are too few runs for an interval to trust.
    """

    label: str
    whole: str
    lines: tuple[Line, ...]
    strata: tuple[int, ...]
    few: bool
    colour: str = ""
    dash: tuple[int, ...] = ()
    copies: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    """Run id → the runs with its settings and its seed, which do not count."""


@dataclass(frozen=True, slots=True)
class Teams:
    """All of them.

    Attributes:
        marked: why a run is not like one that went through with its settings from its first step, by run id.
        left_out: the runs of those that are in no team.
    """

    teams: tuple[Team, ...]
    marked: Mapping[str, str]
    left_out: tuple[Line, ...]

    @property
    def copied(self) -> list[str]:
        """Which runs are copies of one another and count once, a sentence each."""
        return [
            f"{team.label}: {sentence}" for team in self.teams for sentence in copies_sentences(_ids(team.copies), _configs(team.lines))
        ]

    @property
    def few(self) -> bool:
        """Whether a team has too few runs."""
        return any(team.few for team in self.teams)


def teams_of(lines: Sequence[Line], by: str, *, with_marked: bool) -> Teams:
    """Put runs into teams.

    Args:
        lines: the chosen runs.
        by: `each`, `same` (settings, but for the seed) or the name of a setting.
        with_marked: whether forked runs are among them too; a run by itself always is.
    """
    by_id = {line.run.run_id: line for line in lines}
    configs = _configs(lines)
    grouping = setting_groups(
        configs, () if by in (EACH, SAME) else (by,), with_marked=with_marked, progress=lambda run_id: _progress(by_id[run_id])
    )
    if by == EACH:
        return Teams(_dressed(_each(lines)), grouping.marked, ())
    made = [
        Team(
            "", _label(group), tuple(by_id[run] for run in group.runs), group.strata, group.few,
            copies={run: tuple(by_id[copy] for copy in copies) for run, copies in group.copies.items()},
        )
        for group in grouping.groups
    ]  # fmt: skip
    inside = {line.run.run_id for team in made for line in (*team.lines, *(copy for copies in team.copies.values() for copy in copies))}
    return Teams(_dressed(made), grouping.marked, tuple(line for line in lines if line.run.run_id not in inside))


def _ids(copies: Mapping[str, tuple[Line, ...]]) -> dict[str, tuple[str, ...]]:
    return {run: tuple(line.run.run_id for line in lines) for run, lines in copies.items()}


def _configs(lines: Sequence[Line]) -> dict[str, ConfigFile]:
    return {line.run.run_id: line.probed.config for line in lines if line.probed.config is not None}


def _progress(line: Line) -> tuple[float, ...]:
    """How far a run got: by its last evaluation, then by what its trainer said last."""
    steps = run_data(line.run).log("evaluations")["step"]
    return float(steps[-1]) if len(steps) else -1.0, float(line.probed.status.num_timesteps) if line.probed.status else -1.0


def independent_lines(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """The runs that are no copies of others among them, and how many are; a run that does not say what it is counts as one."""
    by_id, configs = {line.run.run_id: line for line in lines}, _configs(lines)
    counted = independent(list(configs), configs, lambda run_id: _progress(by_id[run_id]))
    kept = [line for line in lines if line.run.run_id in counted or line.run.run_id not in configs]
    return kept, len(lines) - len(kept)


def _each(lines: Sequence[Line]) -> list[Team]:
    return [Team("", plain(line.name, MAX_NAME_CHARACTERS), (line,), (0,), few=False) for line in lines]


def _label(group: Group) -> str:
    if not group.values:
        return "all with the same settings" if len(set(group.strata)) == 1 else "all"
    words = (f"{SETTING_LABELS.get(name, name)} {setting_text(value)}" for name, value in group.values.items())
    return ", ".join(words)


def _dressed(teams: Sequence[Team]) -> tuple[Team, ...]:
    """Each with a name, a colour and a dash of its own: the same in every section."""
    labels = distinct_names([plain(team.whole, LABEL_CHARACTERS) for team in teams])
    wholes = distinct_names([team.whole for team in teams])
    return tuple(
        replace(team, label=label, whole=whole, colour=RUN_COLOURS[number % len(RUN_COLOURS)], dash=RUN_DASHES[number % len(RUN_DASHES)])
        for number, (team, label, whole) in enumerate(zip(teams, labels, wholes, strict=True))
    )


def distinct_names(names: Sequence[str]) -> list[str]:
    """Names for a legend: a second one that is the same gets a number."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
