"""What a person must know before believing a comparison of two groups: why it is refused, or what makes it weaker than it looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..numbers import count, listed
from ..run_files.config_file import ConfigFile
from ..tasks import known_settings
from .groups import FEWEST_SEEDS, copies_sentences, independent, mixed_settings, problem_of, problem_words

LABELS = {name: one.label for name, one in known_settings().items()}
MEASURING = {name: one.label for name, one in known_settings().items() if one.role == "measuring"}


@dataclass(frozen=True, slots=True)
class Members:
    """The runs of one of two groups.

    Attributes:
        label: what the group is called.
        configs: run id → what it is, of the runs that count.
        copies: run id → its copies, which do not count.
        without_value: how many of the runs have no value yet at the step of the comparison.
        strata: of each run with a value, which runs it is like in all settings that vary within a group.
    """

    label: str
    configs: Mapping[str, ConfigFile]
    copies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without_value: int = 0
    strata: Sequence[int] = ()

    @property
    def n(self) -> int:
        """How many runs count."""
        return len(self.configs) - self.without_value


def refusal(sides: Sequence[Members]) -> str:
    """Why the groups cannot be compared, in one sentence; nothing if they can."""
    problems = [{problem_of(config): problem_words(config) for config in side.configs.values()} for side in sides]
    if len(set().union(*problems)) < 2:
        return ""
    words = (f"{side.label} trains on {listed(sorted(found.values()))}" for side, found in zip(sides, problems, strict=True) if found)
    return f"Figures of different problems are never compared: {'; '.join(words)}. Choose runs of one problem."


def cautions(a: Members, b: Members) -> list[str]:
    """What makes a comparison weaker than it looks, a sentence each."""
    sides = (a, b)
    copied = [f"{side.label}: {sentence}" for side in sides for sentence in copies_sentences(side.copies, side.configs)]
    few = [
        f"{side.label} has {count(side.n, 'independent run')}{' with a value' if side.without_value else ''};"
        f" below {FEWEST_SEEDS} an interval is narrower than the truth."
        for side in sides
        if 0 < side.n < FEWEST_SEEDS
    ]
    without = [
        f"{count(side.without_value, 'run')} of {side.label} {'has' if side.without_value == 1 else 'have'} no value up to this step and"
        f" {'does' if side.without_value == 1 else 'do'} not count."
        for side in sides
        if side.without_value
    ]
    return [*copied, *_shared(a, b), *few, *_unequally_mixed(a, b), *_forked(sides), *_measured_differently(sides), *without]


def _shared(a: Members, b: Members) -> list[str]:
    """Runs of one group that are copies of runs of the other: their difference says nothing about the settings."""
    configs = {**a.configs, **b.configs}
    every = [*a.configs, *(run for run in b.configs if run not in a.configs)]
    shared = len([run for run in b.configs if run in a.configs]) + len(every) - len(independent(every, configs))
    if not shared:
        return []
    said = f"1 run of {b.label} is a copy of a run" if shared == 1 else f"{shared} runs of {b.label} are copies of runs"
    return [f"{said} of {a.label}: the settings that are learned from and the seed are the same."]


def _unequally_mixed(a: Members, b: Members) -> list[str]:
    """Groups of which one has more runs with some value of another setting: the difference may be that setting's."""
    names = mixed_settings({**a.configs, **b.configs}, [a.configs, b.configs])
    first, second = ({kind: n / len(side.strata) for kind, n in Counter(side.strata).items()} for side in (a, b))
    if not names or not first or not second or first == second:
        return []
    pairs = "" if first.keys() == second.keys() else ", and runs that differ in it are paired too"
    mixed = listed([f"“{LABELS.get(name, name)}”" for name in names])
    return [f"{a.label} and {b.label} mix {mixed} unequally: a part of what is shown may come from that{pairs}."]


def _forked(sides: Sequence[Members]) -> list[str]:
    counts = [(side.label, sum(config.parent is not None for config in side.configs.values())) for side in sides]
    return [
        f"{count(forks, 'run')} of {label} began with the weights of another run: forks of one parent are not independent."
        for label, forks in counts
        if forks
    ]


def _measured_differently(sides: Sequence[Members]) -> list[str]:
    configs = [config for side in sides for config in side.configs.values()]
    values: dict[str, list[Any]] = {name: list(dict.fromkeys(repr(config.settings.get(name)) for config in configs)) for name in MEASURING}
    return [
        f"The runs are not measured alike: {MEASURING[name]} is {listed([str(value) for value in found])}."
        for name, found in values.items()
        if len(found) > 1
    ]
