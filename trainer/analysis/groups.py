"""Which runs belong together: those with the same settings and different seeds, or those with the same value of chosen settings.

What a run learns depends on its settings and its seed alone, so that runs which are alike in both are *one*
run: a copy, a resumed one or one that was ended earlier tells nothing new. In a group the one that got
farthest stands for all of them, and the others are named. Runs of different problems are never in one group.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..numbers import count
from ..run_files.config_file import ConfigFile
from ..settings import Role
from ..tasks import describe, known_settings

FEWEST_SEEDS = 5
"""Below this many independent runs an interval says little; a page warns."""

_ROLES: dict[str, Role] = {name: one.role for name, one in known_settings().items()}

Progress = Callable[[str], tuple[float, ...]]
"""How far a run got, by its id: the larger, the farther."""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are shown as one.

    Attributes:
        values: the settings in which the groups differ, and this group's values of them; empty if there is one group alone.
        runs: the ids of independent runs, in the order they were given.
        strata: (runs,) runs with the same number have the same settings but for the seed and for what tells the groups apart: what the
            bootstrap draws from. The same number means the same in all groups.
        copies: run id → the other runs with its settings and seed, which do not count.
    """

    values: Mapping[str, Any]
    runs: tuple[str, ...]
    strata: tuple[int, ...]
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def few(self) -> bool:
        """Whether there are too few runs for an interval to trust."""
        return len(self.runs) < FEWEST_SEEDS


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups, and why some runs are in none.

    Attributes:
        groups: in the order of their first run.
        marked: run id → why a run is not like one that went through with its settings from its first step, as a sentence.
    """

    groups: tuple[Group, ...]
    marked: Mapping[str, str]


def setting_groups(
    configs: Mapping[str, ConfigFile], by: Sequence[str] = (), *, with_marked: bool = False, progress: Progress = lambda _: ()
) -> Grouping:
    """Put runs into groups. Nothing that is learned from can be changed while a run goes on: only forks are not like the others.

    Args:
        configs: run id → what the run is.
        by: the settings whose values make a group, with the problem; none: all settings but the seed and what is only recorded.
        with_marked: whether forked runs are put into groups too; they are marked either way.
        progress: decides which of several copies stands for them: the first that got farthest.
    """
    marked = {run: why for run, config in configs.items() if (why := _mark(config))}
    grouped = [run for run in configs if with_marked or run not in marked]
    problems = (name for task in _tasks(configs) for name in describe(task).problem_settings)
    names = list(dict.fromkeys([*by, *problems])) if by else _that_decide(_names(configs))
    members: dict[tuple[str, str], list[str]] = {}
    for run in grouped:
        members.setdefault((configs[run].task, _key(configs[run], names)), []).append(run)
    shown = [name for name in differing_settings([configs[run] for run in grouped]) if name in names]
    return Grouping(tuple(_groups(configs, list(members.values()), shown, progress)), marked)


def differing_settings(configs: Collection[ConfigFile]) -> list[str]:
    """The settings in which runs differ, in the order a person reads them; unknown ones of another version last."""
    return [name for name in _names(dict(enumerate(configs))) if len({_key(config, [name]) for config in configs}) > 1]


def strata_of(configs: Mapping[str, ConfigFile], members: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Of each group (runs,) which runs are alike in every setting that varies within a group; the same number in all groups."""
    varying = mixed_settings(configs, members)
    numbers: dict[str, int] = {}
    return [tuple(numbers.setdefault(_key(configs[run], varying), len(numbers)) for run in runs) for runs in members]


def mixed_settings(configs: Mapping[str, ConfigFile], members: Sequence[Collection[str]]) -> list[str]:
    """The settings, but for the seed and what is only recorded, that vary within one of the groups."""
    decide = _that_decide(_names(configs))
    return [name for name in decide if any(len({_key(configs[run], [name]) for run in runs}) > 1 for runs in members)]


def independent(runs: Sequence[str], configs: Mapping[str, ConfigFile], progress: Progress = lambda _: ()) -> dict[str, tuple[str, ...]]:
    """The runs that count → their copies, which do not: runs with the same settings, seed and first weights are one.

    Args:
        runs: ids, all of them among the configs.
        configs: what these runs are, and perhaps those that they were forked from.
        progress: decides which of several copies stands for them: the first that got farthest.
    """
    names = [name for name in _names(configs) if _ROLES.get(name, "learning") in ("problem", "learning")]
    same: dict[str, list[str]] = {}
    for run in runs:
        same.setdefault(_identity(run, configs, names), []).append(run)
    found = {}
    for alike in same.values():
        farthest = max(alike, key=progress) if len(alike) > 1 else alike[0]
        found[farthest] = tuple(run for run in alike if run != farthest)
    return {run: found[run] for run in runs if run in found}


def _identity(run: str, configs: Mapping[str, ConfigFile], names: Sequence[str]) -> str:
    """What decides all that a run learns; of a fork also which weights it began with."""
    parts, seen = [], set[str]()
    while run in configs and run not in seen:
        seen.add(run)
        config = configs[run]
        origin = (config.parent.model, config.parent.step) if config.parent else None
        seed = config.settings.get("seed", config.seed)
        parts.append(f"{config.task} {_key(config, names)} {run if seed is None else seed} {origin}")  # of an unknown seed: its own alone
        if config.parent is None:
            return repr(parts)
        run = config.parent.run
    return repr([*parts, run])


def copies_sentences(copies: Mapping[str, Collection[str]], configs: Mapping[str, ConfigFile]) -> list[str]:
    """`3 copies of seed 1 count once: the run that got farthest stands for them.`, for each run that has copies."""
    return [
        f"{count(len(others) + 1, 'copy', 'copies')} of seed {configs[run].seed} count once: the run that got farthest stands for them."
        for run, others in copies.items()
        if others
    ]


def problem_of(config: ConfigFile) -> tuple[str, str]:
    """What a run learns: its task and what that task's settings of the problem are."""
    return config.task, _key(config, describe(config.task).problem_settings)


def problem_words(config: ConfigFile) -> str:
    """The same in words: `Tetris (10 × 20, uniform pieces)`."""
    return describe(config.task).problem_words(config.settings)


def _groups(configs: Mapping[str, ConfigFile], members: Sequence[Sequence[str]], shown: Sequence[str], progress: Progress) -> list[Group]:
    counted = [independent(runs, configs, progress) for runs in members]
    strata = strata_of(configs, [list(runs) for runs in counted])
    made = []
    for runs, kinds in zip(counted, strata, strict=True):
        settings = configs[next(iter(runs))].settings
        copies = {run: others for run, others in runs.items() if others}
        made.append(Group({name: settings.get(name) for name in shown}, tuple(runs), kinds, copies))
    return made


def _mark(config: ConfigFile) -> str:
    if config.parent is not None:
        return f"It began with the weights of {config.parent.run} (step {config.parent.step:,})."
    return ""


def _that_decide(names: Sequence[str]) -> list[str]:
    """The settings that change what is learned or how it is measured; what another version has is taken for one."""
    return [name for name in names if name != "seed" and _ROLES.get(name, "learning") != "recording"]


def _tasks(configs: Mapping[str, ConfigFile]) -> list[str]:
    return list(dict.fromkeys(config.task for config in configs.values()))


def _names(configs: Mapping[Any, ConfigFile]) -> list[str]:
    known = list(_ROLES)
    others = dict.fromkeys(name for config in configs.values() for name in config.settings)
    return known + [name for name in others if name not in known]


def _key(config: ConfigFile, names: Sequence[str]) -> str:
    return repr([_plain(config.settings.get(name)) for name in names])


def _plain(value: Any) -> Any:
    """Numbers that are equal are one value: 1 and 1.0."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else value
