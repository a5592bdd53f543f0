"""The selected runs as they are compared: in groups of the same settings, in groups of one setting's value, or each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from pages.ui.analytics.run_rows import RunRow, setting_label
from pages.ui.charts import RUN_COLOURS, RUN_DASHES
from pages.ui.run_data import run_data
from pages.ui.text import plain, setting_text
from trainer.analysis.groups import Group as SettingGroup
from trainer.analysis.groups import copies_sentences, independent, setting_groups
from trainer.run_files.config_file import ConfigFile
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS
from trainer.seeds import name_without_seed

EACH, SAME = "each", "same"
LABEL_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are shown as one line.

    Attributes:
        label: what a person has named its runs, else what tells it from the others; short enough for a legend.
        whole: the same in full, with what tells it from the others.
        rows: its independent runs.
        strata: (rows,) runs with the same number differ in nothing but the seed, and in what tells the groups apart.
        few: whether there are too few runs for an interval to trust.
    """

    label: str
    whole: str
    rows: tuple[RunRow, ...]
    strata: tuple[int, ...]
    few: bool
    colour: str = ""
    dash: tuple[int, ...] = ()
    copies: Mapping[str, tuple[RunRow, ...]] = field(default_factory=dict)
    """Run id → the runs with its settings and its seed, which do not count."""


@dataclass(frozen=True, slots=True)
class Groups:
    """All of them.

    Attributes:
        marked: why a run is not like one that went through with its settings from its first step, by run id.
        left_out: the runs of those that are in no group.
    """

    groups: tuple[Group, ...]
    marked: Mapping[str, str]
    left_out: tuple[RunRow, ...]

    @property
    def copied(self) -> list[str]:
        """Which runs are copies of one another and count once, a sentence each."""
        return [
            f"{group.label}: {sentence}" for group in self.groups for sentence in copies_sentences(_ids(group.copies), _configs(group.rows))
        ]

    @property
    def few(self) -> bool:
        """Whether a group has too few runs."""
        return any(group.few for group in self.groups)


def groups_of(rows: Sequence[RunRow], by: str, *, with_marked: bool) -> Groups:
    """Put runs into groups.

    Args:
        rows: the selected runs.
        by: `each`, `same` (settings, but for the seed) or the name of a setting.
        with_marked: whether forked runs are among them too; a run by itself always is.
    """
    by_id = {row.run.run_id: row for row in rows}
    configs = _configs(rows)
    grouping = setting_groups(
        configs, () if by in (EACH, SAME) else (by,), with_marked=with_marked, progress=lambda run_id: _progress(by_id[run_id])
    )
    if by == EACH:
        return Groups(_dressed(_each(rows)), grouping.marked, ())
    names = _names(grouping.groups, by_id) if by == SAME else {}
    made = [_group(found, names.get(number, ""), by_id) for number, found in enumerate(grouping.groups)]
    inside = {row.run.run_id for group in made for row in (*group.rows, *(copy for copies in group.copies.values() for copy in copies))}
    return Groups(_dressed(made), grouping.marked, tuple(row for row in rows if row.run.run_id not in inside))


def _ids(copies: Mapping[str, tuple[RunRow, ...]]) -> dict[str, tuple[str, ...]]:
    return {run: tuple(row.run.run_id for row in rows) for run, rows in copies.items()}


def _configs(rows: Sequence[RunRow]) -> dict[str, ConfigFile]:
    return {row.run.run_id: row.probed.config for row in rows if row.probed.config is not None}


def _progress(row: RunRow) -> tuple[float, ...]:
    """How far a run got: by its last evaluation, then by what its trainer said last."""
    steps = run_data(row.run).log("evaluations")["step"]
    return float(steps[-1]) if len(steps) else -1.0, float(row.probed.status.num_timesteps) if row.probed.status else -1.0


def independent_rows(rows: Sequence[RunRow]) -> tuple[list[RunRow], int]:
    """The runs that are no copies of others among them, and how many are; a run that does not say what it is counts as one."""
    by_id, configs = {row.run.run_id: row for row in rows}, _configs(rows)
    counted = independent(list(configs), configs, lambda run_id: _progress(by_id[run_id]))
    kept = [row for row in rows if row.run.run_id in counted or row.run.run_id not in configs]
    return kept, len(rows) - len(kept)


def _each(rows: Sequence[RunRow]) -> list[Group]:
    return [Group("", plain(row.name, MAX_NAME_CHARACTERS), (row,), (0,), few=False) for row in rows]


def _group(found: SettingGroup, name: str, rows: Mapping[str, RunRow]) -> Group:
    members, settings = tuple(rows[run] for run in found.runs), _label(found)
    copies = {run: tuple(rows[copy] for copy in others) for run, others in found.copies.items()}
    return Group(name, f"{name}: {settings}" if name else settings, members, found.strata, found.few, copies=copies)


def _names(groups: Sequence[SettingGroup], rows: Mapping[str, RunRow]) -> dict[int, str]:
    """What a person calls the runs of a group together, by its number: if all have one name but for the seed, and no other group has it."""
    found = [{_name_together(rows[run]) for run in (*group.runs, *chain(*group.copies.values()))} for group in groups]
    called = {number: next(iter(names)) for number, names in enumerate(found) if len(names) == 1}
    return {number: name for number, name in called.items() if name and list(called.values()).count(name) == 1}


def _name_together(row: RunRow) -> str:
    """Empty if nobody has named it."""
    config = row.probed.config
    return name_without_seed(row.name, config.seed if config else None) if row.name != row.run.run_id else ""


def _label(group: SettingGroup) -> str:
    if not group.values:
        return "all with the same settings" if len(set(group.strata)) == 1 else "all"
    words = (f"{setting_label(name)} {setting_text(value)}" for name, value in group.values.items())
    return ", ".join(words)


def _dressed(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Each with a name, a colour and a dash of its own: the same in every section."""
    labels = distinct_names([plain(group.label or group.whole, LABEL_CHARACTERS) for group in groups])
    wholes = distinct_names([group.whole for group in groups])
    return tuple(
        replace(group, label=label, whole=whole, colour=RUN_COLOURS[number % len(RUN_COLOURS)], dash=RUN_DASHES[number % len(RUN_DASHES)])
        for number, (group, label, whole) in enumerate(zip(groups, labels, wholes, strict=True))
    )


def distinct_names(names: Sequence[str]) -> list[str]:
    """Names for a legend: a second one that is the same gets a number."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
