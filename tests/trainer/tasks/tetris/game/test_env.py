"""One game as a Gymnasium environment: the contracts of Gymnasium and Stable-Baselines3, seeding, ends, pictures."""

import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check
from stable_baselines3.common.env_checker import check_env as sb3_check

from trainer.errors import SettingError
from trainer.tasks.tetris.game.env import ENV_ID, TetrisEnv


def _complaints(check: Callable[[], object]) -> list[str]:
    """What a checker warns of; what it holds to be wrong it raises itself."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check()
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("settings", [{}, {"height": 4}, {"height": 40, "randomizer": "bag", "max_pieces": 5}])
def test_gymnasium_finds_nothing_to_complain_about(settings: dict[str, Any]) -> None:
    env = gymnasium.make(ENV_ID, render_mode="rgb_array", **settings)
    assert _complaints(lambda: gymnasium_check(env.unwrapped)) == []


def test_stable_baselines_finds_nothing_to_complain_about() -> None:
    assert _complaints(lambda: sb3_check(TetrisEnv())) == []


def test_a_seeded_reset_repeats_the_game_and_the_games_after_it() -> None:
    env = TetrisEnv()
    first = [env.reset(seed=5)[1]["seed"], env.reset()[1]["seed"]]
    again = [env.reset(seed=5)[1]["seed"], env.reset()[1]["seed"]]
    assert first == again
    assert first[0] != first[1]
    assert env.reset(seed=6)[1]["seed"] not in first


def test_observations_stay_within_their_space_in_whole_games() -> None:
    env = TetrisEnv(height=6)
    observation, _ = env.reset(seed=1)
    env.action_space.seed(1)
    for _ in range(300):
        assert observation in env.observation_space
        observation, _, terminated, _, _ = env.step(env.action_space.sample())
        if terminated:
            assert observation in env.observation_space
            observation, _ = env.reset()


def test_actions_beyond_the_placements_mean_the_same_as_their_remainder() -> None:
    env = TetrisEnv()
    seed = next(seed for seed in range(100) if env.reset(options={"game_seed": seed})[1]["placements"] == 9)
    rows = env.reset(options={"game_seed": seed})[0].reshape(34, 11)
    assert (rows == rows[np.arange(34) % 9]).all()
    seen = []
    for action in (1, 10, 28):
        env.reset(options={"game_seed": seed})
        seen.append(env.step(np.int64(action))[0].tolist())
    assert seen[0] == seen[1] == seen[2]


def test_a_game_is_truncated_at_max_pieces() -> None:
    env = TetrisEnv(max_pieces=2)
    env.reset(seed=0)
    assert env.step(np.int64(0))[2:4] == (False, False)
    assert env.step(np.int64(0))[2:4] == (False, True)


def test_a_move_after_the_end_and_a_move_before_the_start_are_refused() -> None:
    env = TetrisEnv(height=4)
    with pytest.raises(SettingError, match="Call reset first"):
        env.step(np.int64(0))
    env.reset(seed=0)
    while not env.step(np.int64(0))[2]:
        pass
    with pytest.raises(SettingError, match="Call reset first"):
        env.step(np.int64(0))


def test_an_action_out_of_range_is_refused() -> None:
    env = TetrisEnv()
    env.reset(seed=0)
    with pytest.raises(SettingError, match="from 0 to 33; got"):
        env.step(np.int64(34))


def test_an_unknown_render_mode_is_refused() -> None:
    with pytest.raises(SettingError, match="render_mode must be None, ansi or rgb_array; got 'human'"):
        TetrisEnv(render_mode="human")


def test_the_text_shows_the_piece_where_it_lies() -> None:
    env = TetrisEnv(height=4, render_mode="ansi")
    seed = next(seed for seed in range(100) if "next I" in _first_text(env, seed))
    env.reset(options={"game_seed": seed})
    env.step(np.int64(0))
    lines = env.render().splitlines()
    assert lines[1:] == ["|..........|", "|..........|", "|..........|", "|IIII......|", "+----------+"]


def _first_text(env: TetrisEnv, seed: int) -> str:
    env.reset(options={"game_seed": seed})
    return str(env.render())


def test_the_image_has_the_board_and_the_next_piece_above_it() -> None:
    env = TetrisEnv(height=20, render_mode="rgb_array")
    env.reset(seed=0)
    image = env.render()
    assert image.shape == (16 * 23, 160, 3)
    assert image.dtype == np.uint8
    empty = image[-16:]
    env.step(np.int64(0))
    assert (env.render()[-16:] != empty).any()


def test_without_a_render_mode_nothing_is_drawn() -> None:
    env = TetrisEnv()
    env.reset(seed=0)
    assert env.render() is None
