"""`play.py` of a bundle makes the environment as the trainer does, without the trainer."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecEnv

from trainer.learning.any_learner.normalization import add_statistics, read_statistics, set_statistics
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.commands import bundled_player
from trainer.tasks.gym.environments import make_envs


def averages_of(envs: VecEnv) -> bytes | None:
    """What a model would hold of them."""
    model = io.BytesIO()
    with zipfile.ZipFile(model, "w"):
        pass
    add_statistics(model, envs)
    return read_statistics(model.getvalue())


@pytest.mark.parametrize(
    "settings",
    [
        {"env": "Pendulum-v1", "normalize": "observations and rewards", "frame_stack": 3},
        {"env": "LunarLander-v3", "env_kwargs": '{"continuous": true}', "normalize": "rewards"},
        {"env": "ALE/Pong-v5", "atari": "on", "frame_stack": 4},
        {"env": "FrozenLake-v1"},
    ],
    ids=lambda one: one["env"],
)
def test_an_episode_is_as_the_trainer_makes_it(settings: dict[str, Any]) -> None:
    config = GymSettings(**settings)
    trained, ours = (make_envs(config, 1, training=training) for training in (True, False))
    trained.reset()
    for _ in range(10):
        trained.step(np.array([trained.action_space.sample()]))
    averages = averages_of(trained)
    set_statistics(ours, averages)
    theirs = bundled_player.make_envs(config.to_json(), None if averages is None else json.loads(averages))

    shown = []
    for envs in (ours, theirs):
        envs.seed(5)
        envs.action_space.seed(5)
        observation, rewards = envs.reset(), list[float]()
        for _ in range(30):
            observation, reward, _, _ = envs.step(np.array([envs.action_space.sample()]))
            rewards.append(float(reward[0]))
        seen = np.asarray(observation)
        shown.append((rewards, np.moveaxis(seen, -1, 1) if seen.shape[-1] == config.frame_stack and seen.ndim > 2 else seen))
        envs.close()
    assert shown[0][0] == shown[1][0]
    assert np.array_equal(shown[0][1], shown[1][1])


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_is_found_by_its_name(name: str) -> None:
    assert bundled_player.algorithm(name).__name__ == ALGORITHMS[name].class_name
