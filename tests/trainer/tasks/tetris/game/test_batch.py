"""Many games in lock step: determinism, restarts, cuts, checkpoints, what is watched."""

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from trainer.errors import SettingError
from trainer.tasks.tetris.game.batch import OBSERVATION_SIZE, FinishedGame, TetrisBatch
from trainer.tasks.tetris.game.compiling import IntArray
from trainer.tasks.tetris.game.env import TetrisEnv
from trainer.tasks.tetris.game.kernels import follow_up_seed
from trainer.tasks.tetris.game.pieces import MAX_PLACEMENTS

DIGEST_PROGRAM = "from tests.trainer.tasks.tetris.game.test_batch import digest_of_a_run; print(digest_of_a_run())"


def random_actions(steps: int, n_envs: int, seed: int = 0) -> IntArray:
    """Actions (steps, n_envs), the same ones every time."""
    return np.random.default_rng(seed).integers(0, MAX_PLACEMENTS, (steps, n_envs))


def digest_of_a_run() -> str:
    """A hash of everything a batch shows in 200 moves."""
    batch = TetrisBatch(3, height=12, max_pieces=15, seed=11)
    digest = hashlib.sha256()
    for actions in random_actions(200, 3):
        step = batch.step(actions)
        digest.update(step.observations.tobytes() + step.lines.tobytes() + step.terminated.tobytes() + step.truncated.tobytes())
    return digest.hexdigest()


@pytest.mark.long
def test_the_same_seed_and_actions_give_the_same_games_in_another_process() -> None:
    other = subprocess.run([sys.executable, "-c", DIGEST_PROGRAM], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest_of_a_run() == digest_of_a_run()


def test_another_seed_gives_other_games() -> None:
    assert (TetrisBatch(20, seed=1).pieces != TetrisBatch(20, seed=2).pieces).any()


def test_every_finished_game_repeats_in_the_environment_from_its_seed_alone() -> None:
    batch = TetrisBatch(4, height=10, max_pieces=18, seed=5)
    played: list[list[int]] = [[] for _ in range(4)]
    games: list[tuple[FinishedGame, list[int]]] = []
    for actions in random_actions(150, 4):
        step = batch.step(actions)
        for slot in range(4):
            played[slot].append(int(actions[slot]))
        for game in step.finished:
            games.append((game, played[game.slot]))
            played[game.slot] = []
    assert len(games) == batch.games_played > 20
    for game, moves in games:
        env = TetrisEnv(height=10, max_pieces=18)
        env.reset(options={"game_seed": game.seed})
        for number, action in enumerate(moves, start=1):
            observation, _, terminated, truncated, info = env.step(np.int64(action))
            assert (terminated or truncated) == (number == len(moves))
        assert (info["lines"], info["pieces"], info["seed"]) == (game.lines, game.pieces, game.seed)
        assert (observation == game.terminal_observation).all()


def test_a_batch_and_single_environments_agree_step_for_step() -> None:
    batch = TetrisBatch(5, height=20, seed=9)
    envs = [TetrisEnv(height=20) for _ in range(5)]
    for slot, env in enumerate(envs):
        observation, _ = env.reset(options={"game_seed": follow_up_seed(9, slot, 0)})
        assert (observation == batch.observations[slot]).all()
    numbers, lines = [0] * 5, np.zeros(5, np.int64)
    for actions in random_actions(120, 5):
        step = batch.step(actions)
        for slot, env in enumerate(envs):
            observation, reward, terminated, _, said = env.step(actions[slot])
            assert (reward, terminated) == (not step.terminated[slot], step.terminated[slot])
            lines[slot] += step.lines[slot]
            assert said["lines"] == lines[slot]
            if terminated:
                lines[slot] = 0
                numbers[slot] += 1
                observation, _ = env.reset(options={"game_seed": follow_up_seed(9, slot, numbers[slot])})
            assert (observation == step.observations[slot]).all()
    assert sum(numbers) > 0


def test_a_game_that_is_over_is_followed_by_another_and_shows_zeros_at_its_end() -> None:
    batch = TetrisBatch(1, height=4, max_pieces=0, seed=2)
    finished: list[FinishedGame] = []
    while not finished:
        step = batch.step(np.array([0]))
        finished = step.finished
    assert step.terminated[0]
    assert not step.truncated[0]
    assert not finished[0].terminal_observation.any()
    assert finished[0].seed == follow_up_seed(2, 0, 0)
    assert batch.watched_board().seed == follow_up_seed(2, 0, 1)
    assert batch.watched_board().pieces == 0
    assert batch.n_placements[0] > 0
    assert step.observations.any()


def test_a_game_is_cut_at_max_pieces_and_shows_the_position_it_was_cut_in() -> None:
    batch = TetrisBatch(2, height=20, max_pieces=3, seed=4)
    uncut = TetrisBatch(2, height=20, max_pieces=0, seed=4)
    for actions in random_actions(3, 2):
        step = batch.step(actions)
        position = uncut.step(actions).observations
    assert step.truncated.tolist() == [True, True]
    assert not step.terminated.any()
    assert [game.pieces for game in step.finished] == [3, 3]
    assert (np.stack([game.terminal_observation for game in step.finished]) == position).all()


def test_under_a_ceiling_the_game_is_the_same_without_the_placements_that_stick_out_above_it() -> None:
    low, high = TetrisBatch(1, height=20, ceiling=8, seed=5), TetrisBatch(1, height=20, seed=5)
    fewer = 0
    while not low.games_played:
        few, all_of_them = low.observations.reshape(34, 11), high.observations.reshape(34, 11)
        assert {tuple(placement) for placement in few} <= {tuple(placement) for placement in all_of_them}
        fewer += int(low.n_placements[0] < high.n_placements[0])
        same = np.flatnonzero((all_of_them == few[0]).all(axis=1))[:1]
        low.step(np.zeros(1, np.int64))
        high.step(same)
    board = high.watched_board().colours[::-1] != 0  # floor first
    assert fewer > 0
    assert board[4:8].any()
    assert not board[8:].any()
    assert high.games_played == 0, "on the whole board the game goes on"


def test_what_a_step_returned_is_never_changed_by_later_steps() -> None:
    batch = TetrisBatch(2, seed=1)
    steps = [batch.step(actions) for actions in random_actions(1, 2)]
    kept = steps[0].observations.copy()
    for actions in random_actions(30, 2):
        batch.step(actions)
    assert (steps[0].observations == kept).all()


def test_a_restored_batch_goes_on_bit_for_bit() -> None:
    actions = random_actions(120, 3)
    batch = TetrisBatch(3, height=10, randomizer="bag", max_pieces=20, seed=6)
    for row in actions[:60]:
        batch.step(row)
    state = batch.state_dict()
    expected = [batch.step(row) for row in actions[60:]]
    restored = TetrisBatch(3, height=10, randomizer="bag", max_pieces=20, seed=999)
    restored.load_state_dict(state)
    for row, one in zip(actions[60:], expected, strict=True):
        other = restored.step(row)
        assert one.observations.tobytes() == other.observations.tobytes()
        assert [(game.seed, game.lines, game.pieces) for game in one.finished] == [
            (game.seed, game.lines, game.pieces) for game in other.finished
        ]
    assert restored.games_played == batch.games_played
    assert (restored.watched_board().colours == batch.watched_board().colours).all()


def test_reset_begins_the_same_games_again_and_given_seeds_choose_them() -> None:
    batch = TetrisBatch(2, seed=3)
    first = batch.observations.copy()
    batch.step(np.array([1, 2]))
    assert (batch.reset() == first).all()
    batch.reset(seeds=[7, 7])
    assert batch.watched_board().seed == 7
    assert (batch.observations[0] == batch.observations[1]).all()


def test_a_bag_deals_every_piece_once_in_seven() -> None:
    batch = TetrisBatch(8, height=40, randomizer="bag", max_pieces=14, seed=8)
    dealt = []
    for actions in random_actions(14, 8):
        dealt.append(batch.pieces)
        batch.step(actions)
    deals = np.stack(dealt).reshape(2, 7, 8)
    assert (np.sort(deals, axis=1) == np.arange(7).reshape(1, 7, 1)).all()
    assert len({tuple(order) for order in deals.transpose(0, 2, 1).reshape(16, 7).tolist()}) > 10


def test_uniform_pieces_are_even_and_independent_of_the_last() -> None:
    batch = TetrisBatch(500, height=40, max_pieces=2, seed=8)
    first, second = [], []
    for _ in range(30):
        first.append(batch.pieces)
        batch.step(np.zeros(500, dtype=np.int64))
        second.append(batch.pieces)
        batch.step(np.zeros(500, dtype=np.int64))
    pairs = np.bincount(np.concatenate(first) * 7 + np.concatenate(second), minlength=49)
    expected = 15_000 / 49
    assert ((pairs - expected) ** 2 / expected).sum() < 85  # chi-squared, 48 degrees of freedom: exceeded once in a thousand


def test_follow_up_seeds_are_distinct_and_fit_a_json_number() -> None:
    seeds = {follow_up_seed(batch, slot, number) for batch in (0, 1, 2**53 - 1) for slot in range(64) for number in range(50)}
    assert len(seeds) == 3 * 64 * 50
    assert all(0 <= seed < 2**53 for seed in seeds)


def test_the_watched_board_has_four_cells_a_piece_in_its_colour() -> None:
    batch = TetrisBatch(1, height=20, seed=0)
    piece = int(batch.pieces[0])
    batch.step(np.array([0]))
    watched = batch.watched_board()
    assert watched.colours.shape == (20, 10)
    assert (watched.colours == piece + 1).sum() == 4
    assert not watched.colours[:16].any()  # the highest row comes first
    before = watched.colours.copy()
    batch.step(np.array([0]))
    assert (watched.colours == before).all(), "a board that was taken does not change with the games"
    assert (batch.watched_board().colours != before).any()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"height": 3}, "height must be a whole number from 4 to 40; got 3."),
        ({"height": 41}, "from 4 to 40; got 41"),
        ({"height": 20.0}, r"got 20\.0"),
        ({"randomizer": "fair"}, "randomizer must be one of uniform, bag; got 'fair'."),
        ({"ceiling": 3}, "ceiling must be a whole number from 4 to the height 20; got 3."),
        ({"ceiling": 21}, "ceiling must be a whole number from 4 to the height 20; got 21."),
        ({"max_pieces": -1}, "max_pieces must be a whole number of at least 0; got -1."),
        ({"seed": 2**53}, "seed must be a whole number from 0 to"),
        ({"seed": True}, "got True"),
        ({"n_envs": 0}, "n_envs must be a whole number of at least 1; got 0."),
    ],
)
def test_a_wrong_setting_is_answered_with_the_rule_and_what_came(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        TetrisBatch(**{"n_envs": 2, **settings})


def test_wrong_actions_and_seeds_are_refused_before_anything_moves() -> None:
    batch = TetrisBatch(2)
    before = batch.state_dict()
    with pytest.raises(SettingError, match=r"an action must be from 0 to 33; got 34 in slot 1"):
        batch.step(np.array([0, 34]))
    with pytest.raises(SettingError, match=r"shape \(2,\); got shape \(3,\)"):
        batch.step(np.array([0, 1, 2]))
    with pytest.raises(SettingError, match="one seed a game, 2 in all; got 1"):
        batch.reset(seeds=[1])
    assert (batch.state_dict()["games"] == before["games"]).all()


def test_a_state_of_other_settings_is_refused() -> None:
    state = TetrisBatch(2, height=10).state_dict()
    with pytest.raises(SettingError, match=r"games of shape \(3, "):
        TetrisBatch(3, height=10).load_state_dict(state)
    with pytest.raises(SettingError, match=r"colours of shape \(20, 10\) expected; got \(10, 10\)"):
        TetrisBatch(2, height=20).load_state_dict(state)
    with pytest.raises(SettingError, match="must hold games_played"):
        TetrisBatch(2, height=10).load_state_dict({name: value for name, value in state.items() if name != "games_played"})


def test_an_observation_has_34_placements_of_eleven_features() -> None:
    batch = TetrisBatch(2)
    assert OBSERVATION_SIZE == 374
    assert batch.observations.shape == (2, 374)
    assert batch.observations.dtype == np.int16
