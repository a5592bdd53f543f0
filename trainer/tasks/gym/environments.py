"""Environments as they are trained in: made by their id, wrapped, several together."""

import difflib
import json
from contextlib import suppress
from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import Error as GymnasiumError
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecNormalize

from ...errors import SettingError, reason
from .about import GymSettings
from .record_episodes import record_actions

OBSERVATIONS, REWARDS = "observations", "rewards"
PICTURES = "rgb_array"


def make_envs(config: GymSettings, number: int, *, training: bool) -> VecEnv:
    """Environments that are stepped together.

    Args:
        config: of the run.
        number: how many.
        training: see `LearnerTask.make_envs`.

    Raises:
        SettingError: there is no such environment, or it does not take its options.
    """
    make = partial(_make_one, config)
    envs: VecEnv = DummyVecEnv([make] * number)
    if config.normalize != "off":
        envs = VecNormalize(
            envs,
            training=training,
            norm_obs=OBSERVATIONS in config.normalize,
            norm_reward=training and REWARDS in config.normalize,
            gamma=0.99 if config.gamma is None else config.gamma,
        )
    return VecFrameStack(envs, config.frame_stack) if config.frame_stack > 1 else envs


def options_of(config: GymSettings) -> dict[str, Any]:
    """The options of the environment.

    Raises:
        SettingError: they are not written as JSON.
    """
    text = config.env_kwargs or "{}"
    options: Any = None
    with suppress(ValueError, RecursionError):
        options = json.loads(text)
    if not isinstance(options, dict):
        raise SettingError(f'env_kwargs must be an object of JSON such as {{"continuous": true}}; got {text[:60]}.')
    return options


def _make_one(config: GymSettings) -> Monitor[Any, Any]:
    return Monitor(record_actions(registered(config), config))


def registered(config: GymSettings) -> gymnasium.Env[Any, Any]:
    """The environment of a run, without any wrapper of ours.

    Raises:
        SettingError: there is none, or it does not take its options.
    """
    name, options = config.env, options_of(config)
    try:
        return gymnasium.make(name, **options)
    except GymnasiumError as error:
        near = difflib.get_close_matches(name, gymnasium.registry, 3)
        known = f"; near it are {', '.join(near)}" if near else ""
        raise SettingError(f"{name} must be an environment that is registered here ({reason(error).rstrip('.')}){known}.") from None
    except ImportError as error:
        raise SettingError(f"{name} needs a package that is not installed here: {reason(error)}.") from None
    except TypeError as error:
        raise SettingError(f"{name} must take its options: {reason(error)}.") from None


def picture_of(envs: VecEnv) -> NDArray[np.uint8] | None:
    """What the first environment looks like now (height, width, 3); None if it cannot be drawn.

    Its `render_mode` is only set while it is drawn: with it some environments draw at every step.
    """
    inner = envs.unwrapped
    env: Any = inner.envs[0].unwrapped if isinstance(inner, DummyVecEnv) else None
    if env is None or PICTURES not in env.metadata.get("render_modes", ()):
        return None
    before, env.render_mode = env.render_mode, PICTURES
    try:
        picture = env.render()
    except Exception:  # noqa: BLE001 - somebody else's code; a picture is never worth a crash
        return None
    finally:
        env.render_mode = before
    picture = np.asarray(picture)
    return picture if picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3 else None
