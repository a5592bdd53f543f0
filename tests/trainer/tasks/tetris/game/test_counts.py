"""What is counted of moves, against a plain look at the boards."""

import numpy as np
import pytest

from tests.trainer.tasks.tetris.game.test_greedy import finish, random_network
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.counts import COLUMNS, MOVES, N_COUNTS, PLACED, Play, play_of
from trainer.tasks.tetris.game.features import FEATURE_SCALES
from trainer.tasks.tetris.game.greedy import GreedyGames


def _holes(colours: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    """Empty cells below a full one; the highest row first."""
    full = colours > 0
    return int((np.maximum.accumulate(full, axis=0) & ~full).sum())


def _total_height(colours: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    return int(np.maximum.accumulate(colours > 0, axis=0).sum())


def test_training_moves_are_counted_as_the_boards_show_them() -> None:
    batch, random = TetrisBatch(1, height=10, seed=3), np.random.default_rng(3)
    looked_at = 0
    while looked_at < 300:
        piece = int(batch.pieces[0])
        batch.counts[:] = 0
        step = batch.step(random.integers(34, size=1))
        play = play_of(batch.counts)
        assert batch.counts[MOVES] == sum(play.columns) == play.pieces[piece] == 1
        assert play.clears == tuple(int(step.lines[0] == rows) for rows in (1, 2, 3, 4))
        if not step.finished:  # the board of a game that is over is not shown any more
            colours = batch.watched_board().colours
            assert play.mean_holes == _holes(colours)
            assert play.mean_height == pytest.approx(_total_height(colours) / 10)
            looked_at += 1


def test_all_games_of_a_batch_are_counted_together() -> None:
    batch, random = TetrisBatch(7, height=8, seed=1), np.random.default_rng(1)
    lines, pieces = 0, np.zeros(7, np.int64)
    for _ in range(400):
        pieces += np.bincount(batch.pieces, minlength=7)
        lines += int(batch.step(random.integers(34, size=7)).lines.sum())
    play = play_of(batch.counts)
    assert batch.counts[MOVES] == sum(play.columns) == sum(play.pieces) == 2_800
    assert list(play.pieces) == pieces.tolist()
    assert np.dot(play.clears, [1, 2, 3, 4]) == lines > 0
    assert batch.games_played > 10, "games that ended are counted too"


@pytest.mark.parametrize("slice_size", [7, 10_000])
def test_greedy_games_are_counted_like_the_same_moves_in_a_batch(slice_size: int) -> None:
    seeds = [5, 6, 7]
    games = finish(GreedyGames(random_network(11, 8, 1), FEATURE_SCALES, seeds, height=10, max_pieces=200, record_actions=True), slice_size)
    expected = np.zeros(N_COUNTS, np.int64)
    for number, seed in enumerate(seeds):
        batch = TetrisBatch(1, height=10, max_pieces=0)
        batch.reset([seed])
        for action in games.actions(number):
            batch.step(np.array([action]))
        expected += batch.counts
    assert expected[MOVES] == games.pieces_played
    assert games.play == play_of(expected)
    assert np.dot(games.play.clears, [1, 2, 3, 4]) == games.lines.sum()


def test_without_moves_there_is_nothing_to_say() -> None:
    assert play_of(np.zeros(N_COUNTS, np.int64)) == Play(None, None, (0,) * 4, (0,) * 10, (0,) * 7)
    assert (COLUMNS, PLACED, N_COUNTS) == (7, 17, 24)
