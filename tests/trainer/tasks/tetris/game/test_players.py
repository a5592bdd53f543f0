"""The published players play as published: strength, ties, determinism."""

import numpy as np
import pytest

from tests.trainer.tasks.tetris.game import oracle
from trainer.errors import SettingError
from trainer.tasks.tetris.game.env import TetrisEnv
from trainer.tasks.tetris.game.pieces import PIECES
from trainer.tasks.tetris.game.players import play, play_linear, play_random
from trainer.tasks.tetris.game.published import PLAYERS, WEIGHTS


@pytest.mark.long
def test_the_players_rank_as_in_the_literature() -> None:
    seeds = range(150)
    chance, hand, searched = (play(name, seeds, height=10).lines for name in ("random", "dellacherie", "bcts"))
    assert chance.mean() < 1
    assert 1200 < hand.mean() < 3000
    assert 3000 < searched.mean() < 6500
    # lines per game are about exponentially distributed, so a mean of 150 has a standard error of mean/12
    assert searched.mean() - hand.mean() > 4 * np.hypot(searched.std(), hand.std()) / np.sqrt(150)


def test_a_cut_game_of_a_good_player_places_exactly_max_pieces() -> None:
    games = play("bcts", [1, 2], height=20, max_pieces=1000)
    assert games.pieces.tolist() == [1000, 1000]
    assert (abs(games.lines - 400) < 15).all()  # ten cells a line, four a piece


@pytest.mark.parametrize("name", [name for name in PLAYERS if name != "random"])
def test_a_linear_player_takes_the_first_of_the_highest_values_move_by_move(name: str) -> None:
    seed, moves = 17, 60
    env = TetrisEnv(height=10)
    env.reset(options={"game_seed": seed})
    board = oracle.empty_board(10)
    lines = 0
    for _ in range(moves):
        found = oracle.outcomes(board, PIECES[env._game[10]])
        weights = np.array(WEIGHTS[name]) * ([0.5] + [1] * 8)
        action = int(np.argmax([weights @ outcome.features[: len(weights)] for outcome in found]))
        env.step(np.int64(action))
        board = found[action].board
        lines += found[action].lines
    games = play(name, [seed], height=10, max_pieces=moves)
    assert games.lines.tolist() == [lines]
    assert games.pieces.tolist() == [moves]


def test_a_seed_gives_the_same_game_alone_and_among_others() -> None:
    together = play("dt10", [3, 4, 5], height=8, randomizer="bag")
    alone = play("dt10", [4], height=8, randomizer="bag")
    assert (together.lines[1], together.pieces[1]) == (alone.lines[0], alone.pieces[0])


def test_chance_is_repeatable_and_differs_from_the_first_placement() -> None:
    one, again = play_random(range(50)), play_random(range(50))
    assert (one.pieces == again.pieces).all()
    assert (one.pieces != play_linear(np.zeros(9), range(50)).pieces).any()


def test_an_unknown_player_and_wrong_weights_are_refused() -> None:
    with pytest.raises(SettingError, match="player must be one of random, dellacherie, bcts, dt10, dt20; got 'me'"):
        play("me", [1])
    with pytest.raises(SettingError, match=r"9 weights; got shape \(3,\)"):
        play_linear([1, 2, 3], [1])
