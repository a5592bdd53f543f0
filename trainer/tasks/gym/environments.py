"""Environments as they are trained in: made by their id, wrapped, several together."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeGuard

import gymnasium
from gymnasium import spaces
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecNormalize, VecTransposeImage

from ...errors import SettingError, reason
from ...learning.any_learner.dummy_envs import DummyEnvs
from ...learning.any_learner.soundness import close_quietly
from ...learning.any_learner.subprocesses import Subprocesses
from .about import GymSettings
from .making import registered, require_opencv
from .record_episodes import record_actions

OBSERVATIONS, REWARDS = "observations", "rewards"


def make_envs(config: GymSettings, number: int, *, training: bool, apart: bool = False) -> VecEnv:
    """Environments that are stepped together.

    Args:
        config: of the run.
        number: how many.
        training: see `MadeLearnerTask.make_envs`.
        apart: whether each is in a process of its own, if the settings say so.

    Raises:
        SettingError: there is no such environment, or it does not take its options or wrappers.
        EnvironmentFaultError: its own code fails.
    """
    make = partial(_make_one, config, training=training)
    envs: VecEnv
    if apart and config.vec_env == "subproc":
        close_quietly(make())  # what is wrong with it is said here
        envs = Subprocesses([make] * number, config.seed)
    else:
        envs = DummyEnvs([make] * number)
    if config.normalize != "off":
        envs = _normalized(config, envs, training=training)
    if config.frame_stack > 1:
        with _said_of("frame_stack"):
            envs = VecFrameStack(envs, config.frame_stack)
    if any(_is_image(one) and not is_image_space_channels_first(one) for one in _parts(envs.observation_space)):
        envs = VecTransposeImage(envs)  # as the learner would: training and evaluation have the same wrappers
    return envs


def _normalized(config: GymSettings, envs: VecEnv, *, training: bool) -> VecNormalize:
    observations = OBSERVATIONS in config.normalize
    if observations and not all(isinstance(one, spaces.Box) and not _is_image(one) for one in _parts(envs.observation_space)):
        raise SettingError(
            f"normalize must be rewards or off in {config.env}: its observations are no plain numbers; those of images are scaled anyway."
        )
    return VecNormalize(
        envs,
        training=training,
        norm_obs=observations,
        norm_reward=training and REWARDS in config.normalize,
        gamma=0.99 if config.gamma is None else config.gamma,
    )


def _parts(space: spaces.Space[Any]) -> list[spaces.Space[Any]]:
    return [*space.spaces.values()] if isinstance(space, spaces.Dict) else [space]


def _is_image(space: spaces.Space[Any]) -> TypeGuard[spaces.Box]:
    return is_image_space(space)


@contextmanager
def _said_of(setting: str) -> Iterator[None]:
    """What a wrapper does not take is said of the setting that asks for it."""
    try:
        yield
    except (AssertionError, AttributeError, IndexError, NotImplementedError, TypeError, ValueError) as error:
        raise SettingError(f"{setting} does not fit the environment: {reason(error).rstrip('.')}.") from error


def _make_one(config: GymSettings, *, training: bool) -> gymnasium.Env[Any, Any]:
    monitored = Monitor[Any, Any](record_actions(registered(config), config))
    if config.atari == "off":
        return monitored
    require_opencv()
    with _said_of("atari"):
        return AtariWrapper(monitored, clip_reward=training)
