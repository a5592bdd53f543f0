"""Greedy episodes on fixed seeds: how good a policy is, in an environment of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.policies import BasePolicy

LOOK_EVERY = 64  # steps between two looks at pause and stop


@dataclass(frozen=True, slots=True)
class Played:
    """Greedy episodes, in the order of their seeds."""

    rewards: list[float]
    lengths: list[int]
    truncated: list[bool]
    extras: list[dict[str, float]]
    """The numbers that the environment said of each at its end."""


def play_episodes(
    policy: BasePolicy, env: gymnasium.Env[Any, Any], seeds: Sequence[int], continue_training: Callable[[], bool]
) -> Played | None:
    """Play one greedy episode a seed.

    Args:
        policy: what plays.
        env: where.
        seeds: of the episodes.
        continue_training: asked every few steps; it may block (a pause); False gives up.

    Returns:
        The episodes, or None if it was given up.
    """
    played = Played([], [], [], [])
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        reward, length, ended, truncated, info = 0.0, 0, False, False, dict[str, Any]()
        while not ended:
            if length % LOOK_EVERY == 0 and not continue_training():
                return None
            action, _ = policy.predict(observation, deterministic=True)
            observation, gained, terminated, truncated, info = env.step(action)
            reward, length, ended = reward + float(gained), length + 1, terminated or truncated
        played.rewards.append(reward)
        played.lengths.append(length)
        played.truncated.append(truncated)
        played.extras.append(numbers_in(info))
    return played


def numbers_in(info: Mapping[str, Any]) -> dict[str, float]:
    """The named numbers of an `info`."""
    return {
        name: float(value)
        for name, value in info.items()
        if isinstance(value, int | float | np.number | np.bool_) and name != "TimeLimit.truncated"
    }
