"""Greedy episodes on fixed seeds: how good a policy is, in an environment of its own."""

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...errors import EnvironmentFaultError
from ..info_numbers import episode_in, numbers_in
from .check_steps import name_of
from .masks import MASKS
from .record_actions import RECORDED, Actions

LOOK_EVERY = 64  # steps between two looks at pause and stop
LOOK_INTERVAL_S = 1.0  # and in an environment whose steps take long
MAX_STEPS = 50_000  # of an episode: nearly twice those of an Atari game; not every environment has a limit of its own
TRUNCATED = "TimeLimit.truncated"


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

    def add(self, env: VecEnv, info: Mapping[str, Any]) -> None:
        """Add an episode by its last `info`.

        Raises:
            EnvironmentFaultError: the sum of its rewards is no finite number.
        """
        reward = float(info["episode"]["r"])
        if not math.isfinite(reward):
            raise EnvironmentFaultError(
                f"{name_of(env, 0)} must return rewards that are finite numbers; an episode of an evaluation has {reward}."
            )
        self.rewards.append(reward)
        self.lengths.append(int(info["episode"]["l"]))
        self.truncated.append(bool(info.get(TRUNCATED, False)))
        self.extras.append(numbers_in(info))
        self.recorded.append(info.get(RECORDED))


def play_episodes(
    policy: BasePolicy,
    env: VecEnv,
    seeds: Sequence[int],
    continue_training: Callable[[], bool],
    count: Callable[[int], None] = lambda _: None,
) -> Played | None:
    """Play one greedy episode a seed, as its `Monitor` counts them: some wrappers end one at each lost life.

    Args:
        policy: what plays.
        env: one environment in a `Monitor`.
        seeds: of the episodes.
        continue_training: asked every few steps; it may block (a pause); False gives up.
        count: called with the number of episodes that have ended, when one begins.

    Returns:
        The episodes, or None if it was given up.

    Raises:
        EnvironmentFaultError: the sum of an episode's rewards is no finite number.
    """
    played = Played()
    for done, seed in enumerate(seeds):
        count(done)
        info = _play_one(policy, env, seed, continue_training)
        if info is None:
            return None
        played.add(env, info)
    return played


def episode_of(env: VecEnv, seed: int) -> Generator[tuple[Any, Any], Any, Mapping[str, Any]]:
    """An episode as its `Monitor` counts it: gives observations, with whether one begins there, and takes actions; returns the last `info`.

    One that does not end is truncated after `MAX_STEPS`.

    Args:
        env: one environment.
        seed: of the episode.
    """
    env.seed(seed)
    observation, start = env.reset(), np.ones(1, bool)
    steps, total = 0, 0.0
    while True:
        action = yield observation, start
        observation, rewards, start, (info,) = env.step(action)
        steps, total = steps + 1, total + float(rewards[0])
        if start[0] and episode_in(info) is not None:
            return info
        if steps >= MAX_STEPS:
            return {**info, "episode": {"r": total, "l": steps}, TRUNCATED: True}


def _play_one(policy: BasePolicy, env: VecEnv, seed: int, continue_training: Callable[[], bool]) -> Mapping[str, Any] | None:
    """The last `info` of an episode; None if it was given up."""
    masked = env.has_attr(MASKS) and "action_masks" in policy.predict.__code__.co_varnames
    episode = episode_of(env, seed)
    (observation, start), state = next(episode), None
    steps, look_at = 0, -math.inf
    while True:
        if steps % LOOK_EVERY == 0 or time.monotonic() > look_at:
            if not continue_training():
                return None
            look_at = time.monotonic() + LOOK_INTERVAL_S
        masks = {"action_masks": np.stack(env.env_method(MASKS))} if masked else {}
        action, state = policy.predict(observation, state, start, deterministic=True, **masks)
        try:
            observation, start = episode.send(action)
        except StopIteration as ended:
            info: Mapping[str, Any] = ended.value
            return info
        steps += 1
