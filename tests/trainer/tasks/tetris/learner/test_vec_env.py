"""The vector environment says what the batch of games says, in stable-baselines3's words."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.env import ENV_ID
from trainer.tasks.tetris.learner.vec_env import TetrisVecEnv


def test_a_move_is_worth_one_unless_it_loses_the_game() -> None:
    environment = TetrisVecEnv(TetrisBatch(3, height=6, seed=2))
    batch = TetrisBatch(3, height=6, seed=2)
    generator = np.random.default_rng(0)
    environment.reset()
    ended = 0
    for _ in range(300):
        actions = generator.integers(34, size=3)
        observations, rewards, dones, infos = environment.step(actions)
        step = batch.step(actions)
        assert np.array_equal(np.asarray(observations), step.observations)
        assert np.array_equal(rewards, np.where(step.terminated, 0.0, 1.0))
        assert np.array_equal(dones, step.terminated)
        for game in step.finished:
            ended += 1
            assert infos[game.slot]["lines"] == game.lines
            assert infos[game.slot]["seed"] == game.seed
            assert infos[game.slot]["TimeLimit.truncated"] is False
    assert ended > 10


@pytest.mark.parametrize("rules", [{}, {"ceiling": 5}, {"randomizer": "bag", "ceiling": 7, "max_pieces": 6}])
def test_the_registered_environment_is_the_one_that_is_trained(rules: dict[str, Any]) -> None:
    games = TetrisVecEnv(TetrisBatch(1, height=8, seed=11, **rules))
    one = gymnasium.make(ENV_ID, height=8, **rules)
    seen = np.asarray(games.reset())
    observation, _ = one.reset(options={"game_seed": games.batch.watched_board().seed})
    generator, ended = np.random.default_rng(4), 0
    for _ in range(300):
        assert np.array_equal(seen[0], observation)
        action = generator.integers(34)
        observations, rewards, dones, infos = games.step(np.array([action]))
        seen = np.asarray(observations)
        observation, reward, terminated, truncated, said = one.step(action)
        assert (rewards[0], dones[0]) == (reward, terminated or truncated)
        if dones[0]:
            ended += 1
            assert infos[0]["TimeLimit.truncated"] is truncated
            assert (infos[0]["lines"], infos[0]["pieces"]) == (said["lines"], said["pieces"])
            observation, _ = one.reset(options={"game_seed": games.batch.watched_board().seed})
    assert ended > 5


def test_a_cut_game_is_a_truncation_with_its_last_position() -> None:
    environment = TetrisVecEnv(TetrisBatch(2, max_pieces=5))
    environment.reset()
    for _ in range(5):
        _, rewards, dones, infos = environment.step(np.array([0, 1]))
    assert dones.all()
    assert infos[0]["TimeLimit.truncated"] is True
    assert infos[1]["pieces"] == 5
    assert infos[1]["terminal_observation"].any()
    assert rewards.tolist() == [1.0, 1.0]


def test_the_reward_of_a_finished_game_is_the_sum_of_its_moves() -> None:
    environment = TetrisVecEnv(TetrisBatch(2, height=6, seed=3, max_pieces=9))
    environment.reset()
    generator, sums, ended, cut = np.random.default_rng(0), np.zeros(2), 0, 0
    for _ in range(200):
        _, rewards, dones, infos = environment.step(generator.integers(34, size=2))
        sums += rewards
        for slot in np.flatnonzero(dones):
            assert infos[slot]["reward"] == sums[slot]
            sums[slot] = 0
            ended += 1
            cut += infos[slot]["TimeLimit.truncated"]
    assert 0 < cut < ended


def test_single_games_cannot_be_reached_into() -> None:
    environment = TetrisVecEnv(TetrisBatch(2))

    assert environment.get_attr("height") == [20, 20]
    assert environment.env_is_wrapped(object) == [False, False]
    with pytest.raises(AttributeError, match="cannot be set"):
        environment.set_attr("height", 10)
    with pytest.raises(AttributeError, match="cannot be called"):
        environment.env_method("reset")
