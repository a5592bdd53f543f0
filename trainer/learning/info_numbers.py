"""The numbers that an environment puts into `info`: which term of the reward moves, whether an episode was a success.

Rows of metrics have them as `info/NAME`. So has the row of an episode where the name is that of a core field: the `length` of a snake
is `info/length`, that of the episode stays `length`. Any other is called there as the environment calls it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from ..run_files.episodes import EpisodeRow
from ..run_files.fields import MAX_NUMBER
from ..run_files.rows import is_name

PREFIX = "info/"
MAX_NAMES = 64  # of one run: an environment may say a new one at every step
NUMBERS = (int, float, np.integer, np.floating, np.bool_)
OF_THE_LOOP = ("TimeLimit.truncated", "terminal_observation")  # what stable-baselines3 puts there
CORE = frozenset(one.name for one in fields(EpisodeRow))
EMPTY = 1  # entries of an `info` in which an environment has said nothing


def numbers_in(info: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers of an `info` by their names in the row of an episode, the first `MAX_NAMES`."""
    found = dict(_numbers(info))
    return found if len(found) <= MAX_NAMES else dict([*found.items()][:MAX_NAMES])


def _numbers(info: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in info.items():
        if (number := _finite(value)) is not None and _may_be(name):
            yield PREFIX + name if name in CORE else name, number


def _finite(value: Any) -> float | None:
    """A value as a number; None if it is none, or none that a reader of rows takes."""
    if not isinstance(value, NUMBERS):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) <= MAX_NUMBER else None  # nor NaN, which is no smaller than anything


def _may_be(name: Any) -> bool:
    return isinstance(name, str) and name not in OF_THE_LOOP and name != "" and is_name(PREFIX + name)


def episode_in(info: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What `Monitor` says of an episode that has ended: its reward `r` and its length `l`; an environment may say something else there."""
    episode = info.get("episode")
    return episode if isinstance(episode, dict) and "r" in episode and "l" in episode else None


class KnownNames:
    """The numbers of `info` that are recorded: those of the first `MAX_NAMES` names.

    Args:
        say: tells a person, once, that there are more.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.names: list[str] = []
        self._say: Callable[[str], None] | None = say

    def take(self, info: Mapping[str, Any]) -> dict[str, float]:
        """The numbers that are recorded."""
        numbers = dict(_numbers(info))
        new = [name for name in numbers if name not in self.names]
        room = MAX_NAMES - len(self.names)
        self.names += new[:room]
        if len(new) > room and self._say is not None:
            self._say(f"The environment says more than {MAX_NAMES} numbers in info: those of the first {MAX_NAMES} names are recorded.")
            self._say = None
        return numbers if len(new) <= room else {name: numbers[name] for name in self.names if name in numbers}


class InfoMeans:
    """The mean of each number since it was last asked for, over all steps in which an environment said it.

    Where the first environment says nothing at a step, the others are not asked, until one name is known:
    to look at each of them at every step costs what an environment that says nothing does not earn.
    """

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}  # by name: the sum, and of how many
        self._passed_over = set[Any]()  # some names whose numbers are not: to ask again at every step takes time

    def add(self, infos: Sequence[Mapping[str, Any]]) -> None:
        """One step of all environments."""
        if not self._sums and (not infos or len(infos[0]) <= EMPTY):
            return
        for info in infos:
            if len(info) <= EMPTY:
                continue
            for name, value in info.items():
                if name not in self._passed_over and (number := _finite(value)) is not None:
                    total = self._sums.get(name) or self._begin(name)
                    if total is not None:
                        total[0] += number
                        total[1] += 1

    def _begin(self, name: Any) -> list[float] | None:
        """Where a name's numbers are added up from now on; None if they are not."""
        if _may_be(name) and len(self._sums) < MAX_NAMES:
            self._sums[name] = [0.0, 0]
            return self._sums[name]
        if len(self._passed_over) < MAX_NAMES:
            self._passed_over.add(name)
        return None

    def take(self) -> dict[str, float | None]:
        """The means; null of a name that nothing was said of since they were taken last."""
        means = {PREFIX + name: total / count if count else None for name, (total, count) in self._sums.items()}
        self._sums = {name: [0.0, 0] for name in self._sums}
        return means

    def state(self) -> dict[str, list[float]]:
        """What a later process needs to go on, as JSON types."""
        return self._sums

    def load_state(self, state: Mapping[str, Sequence[float]]) -> None:
        """Go on from what `state` returned."""
        self._sums = {name: [total, count] for name, (total, count) in state.items()}
