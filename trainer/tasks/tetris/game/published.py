"""The players that the literature published, as plain numbers: nothing is compiled for them.

Sources: ``dellacherie`` by hand, published by Fahey (2003); ``bcts`` Thiery and Scherrer (2009); ``dt10`` and ``dt20`` Gabillon,
Ghavamzadeh and Scherrer (2013), for boards of 10 and 20 rows.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....errors import SettingError
from .features import N_FEATURES, N_PUBLISHED_FEATURES

WEIGHTS: Final[Mapping[str, tuple[float, ...]]] = {
    "dellacherie": (-1, 1, -1, -1, -4, -1, 0, 0, 0),
    "bcts": (-12.629, 6.601974, -9.215815, -19.77356, -13.08335, -10.48747, -1.611863, -24.04087, 0),
    "dt10": (-2.18, 2.42, -2.17, -3.31, 0.95, -2.22, -0.81, -9.65, 1.27),
    "dt20": (-2.68, 1.38, -2.41, -6.32, 2.03, -2.71, -0.43, -9.48, 0.89),
}
"""The published weights, for features as published: landing height in rows, not doubled."""

PLAYERS: Final = ("random", *WEIGHTS)
"""The names of everybody who can be measured, weakest first."""


def as_network(player: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A linear player as a network of one layer over raw features, weights (1, 11) and bias (1,): it ranks placements as the player does.

    Raises:
        SettingError: there is no such player.
    """
    if player not in WEIGHTS:
        raise SettingError(f"player must be one of {', '.join(WEIGHTS)}; got {player!r}.")
    weights = np.zeros((1, N_FEATURES), dtype=np.float32)
    weights[0, :N_PUBLISHED_FEATURES] = WEIGHTS[player]
    weights[0, 0] /= 2  # the features' landing height is doubled
    return weights, np.zeros(1, dtype=np.float32)
