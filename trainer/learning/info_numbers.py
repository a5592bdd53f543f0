"""The numbers that an environment puts into `info`: which term of the reward moves, whether an episode was a success."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..run_files.rows import is_name

PREFIX = "info/"
MAX_NAMES = 64  # of one run: an environment may say a new one at every step
NUMBERS = (int, float, np.integer, np.floating, np.bool_)
OF_THE_LOOP = ("TimeLimit.truncated", "terminal_observation")  # what stable-baselines3 puts there
EMPTY = 1  # entries of an `info` in which an environment has said nothing


def numbers_in(info: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers of an `info` by their names, the first `MAX_NAMES`."""
    found = dict(_numbers(info))
    return found if len(found) <= MAX_NAMES else dict([*found.items()][:MAX_NAMES])


def _numbers(info: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in info.items():
        if isinstance(value, NUMBERS) and name not in OF_THE_LOOP and isinstance(name, str) and name and is_name(PREFIX + name):
            try:
                number = float(value)
            except OverflowError:
                continue
            if math.isfinite(number):
                yield name, number


class InfoMeans:
    """The mean of each number since it was last asked for, over all steps in which an environment said it.

    Where the first environment says nothing at a step, the others are not asked, until one name is known:
    to look at each of them at every step costs what an environment that says nothing does not earn.
    """

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}  # by name: the sum, and of how many

    def add(self, infos: Sequence[Mapping[str, Any]]) -> None:
        """One step of all environments."""
        if not self._sums and (not infos or len(infos[0]) <= EMPTY):
            return
        sums = self._sums
        for info in infos:
            if len(info) <= EMPTY:
                continue
            for name, number in _numbers(info):
                if name in sums:
                    sums[name][0] += number
                    sums[name][1] += 1
                elif len(sums) < MAX_NAMES:
                    sums[name] = [number, 1]

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
