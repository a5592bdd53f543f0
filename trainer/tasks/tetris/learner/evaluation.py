"""Greedy games on fixed seeds: how good a network is. The games are played by compiled code, so that training is not held up."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....learning.mean_interval import mean_interval
from ..files.replays import RecordedGame
from ..game.counts import Play
from ..game.greedy import GreedyGames
from ..game.kernels import follow_up_seed

CHOOSING_SEEDS = 101
"""Seed set A: games that choose the best model."""
REPORTING_SEEDS = 202
"""Seed set B, disjoint from A: games that report how good a model is."""
SLICE_MOVES = 10_000  # moves between two looks at pause and stop: about 50 ms, for each may keep training waiting for the GIL
LOWEST_LINES, LOWEST_REWARD = 0, 0  # of a game

Layers = Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class GameRules:
    """What decides how a greedy game goes, besides the network and the seed."""

    board_height: int
    randomizer: str
    max_pieces: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of greedy games, in the order of their seeds."""

    lines: NDArray[np.int64]
    pieces: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    """Whether the game was truncated at `max_pieces`."""
    seconds: float
    games: tuple[RecordedGame, ...]
    play: Play
    """How the games were played, all together."""
    ci95: tuple[float, float] | None
    """95 % interval of the mean of the lines; None of a single game."""

    @property
    def rewards(self) -> NDArray[np.int64]:
        """Of each game, as in training: its moves, less one if it was lost."""
        rewards: NDArray[np.int64] = self.pieces - ~self.truncated
        return rewards

    @property
    def mean_lines(self) -> float:
        """Lines a game."""
        return float(self.lines.mean())


def seeds_of_set(seed_set: int, games: int) -> list[int]:
    """The first seeds of a set; different sets share none."""
    return [follow_up_seed(seed_set, 0, number) for number in range(games)]


def evaluate(
    layers: Layers,
    scales: NDArray[np.float32],
    seeds: Sequence[int],
    rules: GameRules,
    continue_training: Callable[[], bool],
    *,
    count: Callable[[int], None] = lambda _: None,
) -> Evaluation | None:
    """Play one greedy game a seed.

    Args:
        layers: weights and biases of the value network.
        scales: (11,) what the features are divided by.
        seeds: of the games.
        rules: board, pieces and their limit.
        continue_training: asked every few milliseconds; it may block (a pause); False gives up.
        count: called as often, with the number of games that have ended.

    Returns:
        The results, or None if it was given up.
    """
    started = time.perf_counter()
    games = GreedyGames(
        layers, scales, seeds, height=rules.board_height, randomizer=rules.randomizer, max_pieces=rules.max_pieces, record_actions=True
    )
    count(0)
    while not games.play_slice(SLICE_MOVES):
        count(games.games_finished)
        if not continue_training():
            return None
    lines, pieces, truncated = games.lines, games.pieces, games.truncated
    played = tuple(
        RecordedGame(int(seed), int(lines[game]), int(pieces[game]), bool(truncated[game]), games.actions(game).tobytes())
        for game, seed in enumerate(seeds)
    )
    return Evaluation(lines, pieces, truncated, time.perf_counter() - started, played, games.play, mean_interval(lines, LOWEST_LINES))
