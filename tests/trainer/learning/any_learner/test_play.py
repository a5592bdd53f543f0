"""Greedy episodes: fixed seeds, what they say, and that they wait and give up when asked."""

from typing import Any

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from trainer.learning.any_learner.play import play_episodes


def cart_pole() -> tuple[Any, Any]:
    """A policy and an environment."""
    env = DummyVecEnv([lambda: Monitor(gymnasium.make("CartPole-v1"))])
    return PPO("MlpPolicy", env, seed=1).policy, env


def test_the_same_seeds_give_the_same_episodes() -> None:
    policy, env = cart_pole()
    first, again = (play_episodes(policy, env, [3, 4], lambda: True) for _ in range(2))
    assert first == again
    assert first is not None
    assert first.rewards == [float(length) for length in first.lengths]
    assert first.truncated == [False, False]


def test_it_is_given_up_when_training_ends() -> None:
    policy, env = cart_pole()
    answers = iter([True, True, False])
    assert play_episodes(policy, env, range(100), lambda: next(answers)) is None
