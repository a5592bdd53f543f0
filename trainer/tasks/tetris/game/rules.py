"""The settings of a game, checked once for everything that plays: an error names the rule, what was expected and what came."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....errors import SettingError
from .pieces import MAX_HEIGHT, MIN_HEIGHT

ENGINE_VERSION: Final = 1
"""Grows when the same seed and actions no longer give the same game: older recordings are then refused."""
RANDOMIZERS: Final = ("uniform", "bag")
"""How pieces are dealt: each drawn from all seven, or from a bag that is refilled with all seven when it is empty."""
SEED_LIMIT: Final = 1 << 53
"""Seeds are below this, so that they survive JSON readers that keep numbers as doubles."""


def check_height(height: int) -> int:
    """Return the height of a board in rows, or say why it cannot be."""
    if not isinstance(height, int | np.integer) or isinstance(height, bool) or not MIN_HEIGHT <= height <= MAX_HEIGHT:
        raise SettingError(f"height must be a whole number from {MIN_HEIGHT} to {MAX_HEIGHT}; got {height!r}.")
    return int(height)


def check_randomizer(randomizer: str) -> bool:
    """Return whether pieces come out of a bag, or say that the randomizer is unknown."""
    if randomizer not in RANDOMIZERS:
        raise SettingError(f"randomizer must be one of {', '.join(RANDOMIZERS)}; got {randomizer!r}.")
    return randomizer == "bag"


def check_count(name: str, value: int, minimum: int = 0) -> int:
    """Return a count, or say that it is too small or no whole number."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < minimum:
        raise SettingError(f"{name} must be a whole number of at least {minimum}; got {value!r}.")
    return int(value)


def check_seed(seed: int) -> int:
    """Return a seed, or say that it is out of range."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < SEED_LIMIT:
        raise SettingError(f"seed must be a whole number from 0 to 2**53 - 1; got {seed!r}.")
    return int(seed)


def check_seeds(seeds: Sequence[int]) -> NDArray[np.int64]:
    """Return the seeds of several games as an array, or say which is out of range."""
    return np.array([check_seed(seed) for seed in seeds], dtype=np.int64)


def check_ceiling(ceiling: int, height: int) -> int:
    """Return the rows that games may use, or say what is wrong with them."""
    if not isinstance(ceiling, int | np.integer) or isinstance(ceiling, bool) or not MIN_HEIGHT <= ceiling <= height:
        raise SettingError(f"ceiling must be a whole number from {MIN_HEIGHT} to the height {height}; got {ceiling!r}.")
    return int(ceiling)
