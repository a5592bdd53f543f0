"""Which runs belong together: those with the same settings and different seeds, or those with the same value of chosen settings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.config import SETTINGS
from trainer.run_files.config_file import ConfigFile

FEWEST_SEEDS = 5
"""Below this many runs an interval says little; a page warns."""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are shown as one.

    Attributes:
        values: the settings in which the groups differ, and this group's values of them; empty if there is one group alone.
        runs: the run ids, in the order they were given.
        strata: (runs,) runs with the same number have the same settings but for the seed: what the bootstrap draws from.
    """

    values: Mapping[str, Any]
    runs: tuple[str, ...]
    strata: tuple[int, ...]

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
    configs: Mapping[str, ConfigFile], by: Sequence[str] = (), *, changed: Collection[str] = (), with_marked: bool = False
) -> Grouping:
    """Put runs into groups.

    Args:
        configs: run id → what the run is.
        by: the settings whose values make a group; none: all settings but the seed.
        changed: run ids of runs in which something was changed midway that learning may depend on.
        with_marked: whether forked and changed runs are put into groups too; they are marked either way.
    """
    marked = {run: why for run, config in configs.items() if (why := _mark(config, run in changed))}
    grouped = [run for run in configs if with_marked or run not in marked]
    names = list(by) or [name for name in _names(configs) if name != "seed"]
    members: dict[str, list[str]] = {}
    for run in grouped:
        members.setdefault(_key(configs[run], names), []).append(run)
    shown = [name for name in differing_settings([configs[run] for run in grouped]) if name in names]
    return Grouping(tuple(_group(configs, runs, shown) for runs in members.values()), marked)


def differing_settings(configs: Collection[ConfigFile]) -> list[str]:
    """The settings in which runs differ, in the order a person reads them; unknown ones of another version last."""
    return [name for name in _names(dict(enumerate(configs))) if len({_key(config, [name]) for config in configs}) > 1]


def _group(configs: Mapping[str, ConfigFile], runs: Sequence[str], shown: Sequence[str]) -> Group:
    settings, names = configs[runs[0]].settings, [name for name in _names(configs) if name != "seed"]
    kinds = {key: number for number, key in enumerate(dict.fromkeys(_key(configs[run], names) for run in runs))}
    return Group({name: settings.get(name) for name in shown}, tuple(runs), tuple(kinds[_key(configs[run], names)] for run in runs))


def _mark(config: ConfigFile, changed: bool) -> str:
    if config.parent is not None:
        return f"It began with the weights of {config.parent.run} (step {config.parent.step:,})."
    return "Something was changed while it was learning." if changed else ""


def _names(configs: Mapping[Any, ConfigFile]) -> list[str]:
    known = [setting.name for setting in SETTINGS]
    others = dict.fromkeys(name for config in configs.values() for name in config.settings)
    return known + [name for name in others if name not in known]


def _key(config: ConfigFile, names: Sequence[str]) -> str:
    return repr([config.settings.get(name) for name in names])
