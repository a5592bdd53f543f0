"""Greedy episodes on fixed seeds: how good a policy is, in an environment of its own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...errors import EnvironmentFaultError
from ..info_numbers import numbers_in
from .check_steps import name_of
from .record_actions import RECORDED, Actions

LOOK_EVERY = 64  # steps between two looks at pause and stop
MASKS = "action_masks"


@dataclass(slots=True)
class Played:
    """Greedy episodes, in the order of their seeds."""

    rewards: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    truncated: list[bool] = field(default_factory=list)
    extras: list[dict[str, float]] = field(default_factory=list)
    """The numbers that the environment said of each at its end."""
    recorded: list[Actions | None] = field(default_factory=list)
    """How each began and what was done in it; None where `RecordActions` is not among the wrappers."""


def play_episodes(policy: BasePolicy, env: VecEnv, seeds: Sequence[int], continue_training: Callable[[], bool]) -> Played | None:
    """Play one greedy episode a seed, as its `Monitor` counts them: some wrappers end one at each lost life.

    Args:
        policy: what plays.
        env: one environment in a `Monitor`.
        seeds: of the episodes.
        continue_training: asked every few steps; it may block (a pause); False gives up.

    Returns:
        The episodes, or None if it was given up.

    Raises:
        EnvironmentFaultError: the sum of an episode's rewards is no finite number.
    """
    played, masked = Played(), env.has_attr(MASKS) and "action_masks" in policy.predict.__code__.co_varnames
    for seed in seeds:
        env.seed(seed)
        observation, state, start, steps = env.reset(), None, np.ones(1, bool), 0
        while True:
            if steps % LOOK_EVERY == 0 and not continue_training():
                return None
            masks = {"action_masks": np.stack(env.env_method(MASKS))} if masked else {}
            action, state = policy.predict(observation, state, start, deterministic=True, **masks)  # type: ignore[arg-type]
            observation, _, start, (info,) = env.step(action)
            steps += 1
            if "episode" in info:
                break
        reward = float(info["episode"]["r"])
        if not math.isfinite(reward):
            raise EnvironmentFaultError(
                f"{name_of(env, 0)} must return rewards that are finite numbers; an episode of an evaluation has {reward}."
            )
        played.rewards.append(reward)
        played.lengths.append(int(info["episode"]["l"]))
        played.truncated.append(bool(info.get("TimeLimit.truncated", False)))
        played.extras.append(numbers_in(info))
        played.recorded.append(info.get(RECORDED))
    return played
