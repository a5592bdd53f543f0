"""Episodes that are played side by side are, to the last digit, those that are played one after another."""

from dataclasses import asdict
from typing import Any

import pytest
import torch as th
from stable_baselines3.common.vec_env import VecEnv

from tests.trainer.tasks.gym.test_learner import MASKED
from trainer.learning.any_learner.play import play_episodes
from trainer.learning.any_learner.play_abreast import can_play_abreast, play_abreast
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.commands.report import seeds_of
from trainer.tasks.gym.commands.saved_model import new_learner
from trainer.tasks.gym.environments import make_envs

SEEDS = seeds_of(1, 7)


def policy_in(**settings: Any) -> tuple[Any, list[VecEnv]]:
    """A policy that has learned nothing, and three environments for it."""
    config = GymSettings(net_arch=(8,), **settings)
    learner, envs = new_learner(config)
    return learner.policy, [envs, *(make_envs(config, 1, training=False) for _ in range(2))]


@pytest.mark.parametrize(
    "settings",
    [
        {"env": "CartPole-v1", "algo": "ppo"},
        {"env": "CartPole-v1", "algo": "dqn", "frame_stack": 2},
        {"env": "FrozenLake-v1", "algo": "a2c", "normalize": "rewards"},
        {"env": "CartPole-v1", "algo": "a2c", "normalize": "observations and rewards"},
    ],
)
@pytest.mark.parametrize("undecided", [False, True])
def test_the_same_episodes_come_out(settings: dict[str, Any], undecided: bool) -> None:
    policy, envs = policy_in(**settings)
    if undecided:  # every value is the same: the policy itself is asked
        with th.no_grad():
            for weights in policy.parameters():
                weights.zero_()
    assert can_play_abreast(policy, envs[0])
    counted: list[int] = []
    alone = play_episodes(policy, envs[0], SEEDS, lambda: True)
    abreast = play_abreast(policy, envs, SEEDS, lambda: True, counted.append)
    assert alone is not None
    assert abreast is not None
    assert {**asdict(abreast), "recorded": None} == {**asdict(alone), "recorded": None}
    assert counted == [1, 2, 3, 4, 5, 6, 7]


def test_it_is_given_up_when_nobody_wants_it_any_more() -> None:
    policy, envs = policy_in(env="CartPole-v1", algo="ppo")
    assert play_abreast(policy, envs, SEEDS, lambda: False) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"env": "Pendulum-v1", "algo": "ppo"},
        {"env": "Pendulum-v1", "algo": "sac"},
        {"env": "CartPole-v1", "algo": "recurrentppo"},
        {"env": "CartPole-v1", "algo": "qrdqn"},
        {"env": MASKED, "algo": "maskableppo"},
    ],
)
def test_what_chooses_its_actions_otherwise_plays_alone(settings: dict[str, Any]) -> None:
    policy, envs = policy_in(**settings)
    assert not can_play_abreast(policy, envs[0])
