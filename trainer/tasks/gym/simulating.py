"""A recorded episode, made again: the environment of the run, begun as the episode began, with the actions of the episode."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ...errors import FormatError, reason
from ...learning.any_learner.record_actions import set_generator
from .about import GymSettings
from .files.replays import Recording
from .making import registered

DIGITS = 6  # of a return, as `Monitor` rounds it
PICTURES = "rgb_array"


@dataclass(frozen=True, slots=True)
class Moment:
    """The environment after so many steps."""

    env: gymnasium.Env[Any, Any]
    observation: Any
    steps: int
    reward: float
    """Of all steps so far."""
    over: bool
    """Whether nothing follows: it has ended, or no more actions are kept."""


def simulate(config: GymSettings, recording: Recording, number: int) -> Iterator[Moment]:
    """The environment at the beginning, and after each step.

    Args:
        config: the settings of the run.
        recording: what the episode is part of.
        number: of the episode, from 0.

    Raises:
        SettingError: there is no such environment here.
        FormatError: the episode does not fit it, or its environment fails.
    """
    env = registered(config)
    if PICTURES in (env.metadata or {}).get("render_modes", ()):
        env.unwrapped.render_mode = PICTURES  # some have more to draw then; what is learned from does not change
    try:
        yield from _moments(env, recording, number)
    finally:
        env.close()


def _moments(env: gymnasium.Env[Any, Any], recording: Recording, number: int) -> Iterator[Moment]:
    episode, actions = recording.episodes[number], _fitting(env, recording, number)
    try:
        if episode.generator is not None:
            set_generator(env, episode.generator)
        observation, _ = env.reset(seed=episode.seed, options=episode.options)
        rewards, over = list[float](), not len(actions)
        yield Moment(env, observation, 0, 0.0, over)
        for steps, action in enumerate(actions, start=1):
            observation, reward, terminated, truncated, _ = env.step(action)
            rewards.append(float(reward))
            over = terminated or truncated or steps == len(actions)
            yield Moment(env, observation, steps, round(sum(rewards), DIGITS), over)
            if over:
                return
    except Exception as error:
        raise FormatError(f"The environment failed: {reason(error)}.") from error


def _fitting(env: gymnasium.Env[Any, Any], recording: Recording, number: int) -> NDArray[Any]:
    """The actions of an episode, as the environment takes them.

    Raises:
        FormatError: it does not take them.
    """
    space, actions = env.action_space, recording.actions(number)
    if (space.shape or ()) != recording.shape or space.dtype != actions.dtype:
        need = f"{space.dtype} of the shape {space.shape or ()}"
        raise FormatError(f"The recording must fit the environment, whose actions are {need}; it has {recording.dtype} {recording.shape}.")
    fits = np.isfinite(actions).all() if isinstance(space, spaces.Box) else all(space.contains(one) for one in np.unique(actions, axis=0))
    if not fits:
        raise FormatError("The recording must fit the environment: an action is none of its own.")
    return actions
