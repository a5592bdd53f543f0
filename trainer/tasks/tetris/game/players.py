# ruff: noqa: PLR0917 - compiled functions are called by position
"""Reference players: chance, and the linear players that the literature published. What a learner is measured against.

A linear player's value of a placement is the sum of weight × feature; it plays the highest value, the first one of equals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch, value_placements
from .compiling import ByteArray, FeatureArray, IntArray, compiled
from .features import N_FEATURES, N_PUBLISHED_FEATURES
from .pieces import MAX_PLACEMENTS
from .published import PLAYERS, WEIGHTS
from .rules import check_count, check_height, check_randomizer, check_seeds


@dataclass(frozen=True, slots=True)
class PlayedGames:
    """How games went."""

    lines: IntArray
    """(games,) rows removed."""
    pieces: IntArray
    """(games,) pieces placed."""


@compiled()
def _highest(features: FeatureArray, count: int, weights: NDArray[np.float64]) -> int:
    """The first of ``count`` placements with the highest weighted sum."""
    best = 0
    best_value = -np.inf
    for index in range(count):
        value = 0.0
        for feature in range(N_PUBLISHED_FEATURES):
            value += weights[feature] * features[index, feature]
        if value > best_value:
            best = index
            best_value = value
    return best


@compiled("void(int64[:, ::1], int64[::1], float64[::1], b1, b1, int64, int64, uint8[::1], int16[:, ::1], int64[::1], int64[:, :, ::1])")
def _play_games(
    games: IntArray,
    seeds: IntArray,
    weights: NDArray[np.float64],
    by_chance: bool,
    use_bag: bool,
    height: int,
    max_pieces: int,
    placements: ByteArray,
    features: FeatureArray,
    dice: IntArray,
    scratch: IntArray,
) -> None:
    """Play every game to its end. ``dice`` is a game row of its own, so that chance does not disturb the order of the pieces."""
    for index in range(games.shape[0]):
        game = games[index]
        kernels.start_game(game, seeds[index], use_bag)
        dice[kernels.RANDOM] = ~game[kernels.RANDOM]
        while max_pieces == 0 or game[kernels.PLACED] < max_pieces:
            count = value_placements(game, game[kernels.PIECE], height, height, placements, features, scratch)
            if count == 0:
                break
            choice = kernels.random_below(dice, count) if by_chance else _highest(features, count, weights)
            kernels.place(game, placements[choice])


def _played(
    weights: NDArray[np.float64], by_chance: bool, seeds: Sequence[int], height: int, max_pieces: int, randomizer: str
) -> PlayedGames:
    first = check_seeds(seeds)
    games = np.zeros((len(first), kernels.N_GAME_FIELDS), dtype=np.int64)
    _play_games(
        games,
        first,
        weights,
        by_chance,
        check_randomizer(randomizer),
        check_height(height),
        check_count("max_pieces", max_pieces),
        np.empty(MAX_PLACEMENTS, dtype=np.uint8),
        np.empty((MAX_PLACEMENTS, N_FEATURES), dtype=np.int16),
        np.zeros(kernels.N_GAME_FIELDS, dtype=np.int64),
        new_scratch(),
    )
    return PlayedGames(games[:, kernels.LINES].copy(), games[:, kernels.PLACED].copy())


def play_linear(
    weights: ArrayLike, seeds: Sequence[int], *, height: int = 20, max_pieces: int = 0, randomizer: str = "uniform"
) -> PlayedGames:
    """Play a game on each seed with a linear player, in one compiled call that leaves other threads free.

    Args:
        weights: (9,) for the first nine features, as published, so landing height in rows.
        seeds: one a game.
        height: rows of the boards.
        max_pieces: games are truncated at this many pieces; 0: never, and a good player's game may then take days.
        randomizer: ``uniform`` or ``bag``.
    """
    halved = np.array(weights, dtype=np.float64)
    if halved.shape != (N_PUBLISHED_FEATURES,):
        raise SettingError(f"a linear player has {N_PUBLISHED_FEATURES} weights; got shape {halved.shape}.")
    halved[0] /= 2  # the kernels' landing height is doubled
    return _played(halved, False, seeds, height, max_pieces, randomizer)


def play_random(seeds: Sequence[int], *, height: int = 20, max_pieces: int = 0, randomizer: str = "uniform") -> PlayedGames:
    """Play a game on each seed with placements drawn evenly; arguments as for ``play_linear``."""
    return _played(np.zeros(N_PUBLISHED_FEATURES), True, seeds, height, max_pieces, randomizer)


def play(player: str, seeds: Sequence[int], *, height: int = 20, max_pieces: int = 0, randomizer: str = "uniform") -> PlayedGames:
    """Play a game on each seed with the named player; arguments as for ``play_linear``."""
    if player not in PLAYERS:
        raise SettingError(f"player must be one of {', '.join(PLAYERS)}; got {player!r}.")
    if player == "random":
        return play_random(seeds, height=height, max_pieces=max_pieces, randomizer=randomizer)
    return play_linear(WEIGHTS[player], seeds, height=height, max_pieces=max_pieces, randomizer=randomizer)
