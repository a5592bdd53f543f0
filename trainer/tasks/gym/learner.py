"""`GymTask`: one training of any algorithm in any environment."""

import importlib
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from ...errors import SettingError, reason
from ...learning.any_learner.made_learner import MadeLearnerTask
from ...learning.any_learner.masks import MASKS
from ...learning.any_learner.play import Played
from ...learning.best_model import Candidate
from ...learning.no_compiler import keep_compiler_unloaded
from ...learning.session import RunSession
from ...learning.task import EvaluationJob
from ...run_files.checkpoints import Checkpoint
from ...run_files.episodes import EpisodeRow
from ...run_files.evaluations import EvaluationRow
from ...run_files.opening import is_folder
from .about import GymSettings
from .algorithms import ALGORITHMS, Algorithm, Policy
from .checks import NUMBER_OR_AUTO, number_or_auto, policy_options_of
from .environments import make_envs
from .forked import as_fork
from .making import require_fitting
from .record_episodes import RecordEpisodes
from .steerable_ars import SteerableARS

SCHEDULED = ("learning_rate", "clip_range")
SWITCHES = {"on": True, "off": False}


class GymTask(MadeLearnerTask[GymSettings]):
    """Makes the learner that the settings describe; see `MadeLearnerTask`."""

    def __init__(self, session: RunSession, config: GymSettings) -> None:
        super().__init__(session, config)
        self._recorder = RecordEpisodes(session, config, self.envs.action_space)

    @classmethod
    def make_envs(cls, config: GymSettings, number: int, *, training: bool) -> VecEnv:
        """Environments."""
        return make_envs(config, number, training=training)

    def make_learner(self) -> BaseAlgorithm:
        """The learner.

        Raises:
            SettingError: the algorithm does not fit the environment.
        """
        envs = make_envs(self.config, self.config.n_envs, training=True, apart=True)
        return make_learner(self.config, envs, forked=is_folder(self._session.run.origin))

    @property
    def max_replay_bytes(self) -> float:
        """Of a replay buffer in a checkpoint."""
        return self.config.replay_limit_mb * 1e6

    @property
    def model_settings(self) -> dict[str, Any]:
        """All that decide what is learned: algorithm, network and wrappers must be made again."""
        return self.config.of_learning

    def end_episode(self, slot: int, info: Mapping[str, Any], row: dict[str, Any]) -> EpisodeRow | None:
        """The row of an episode; one of a new highest reward is recorded."""
        ended = super().end_episode(slot, info, row)
        if ended is not None:
            self._recorder.training_episode(ended, info)
        return ended

    def end_evaluation(self, job: EvaluationJob, result: Played) -> tuple[EvaluationRow, Candidate]:
        """Record the episodes."""
        self._recorder.evaluation(job.step, result)
        return super().end_evaluation(job, result)

    def to_checkpoint(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """The learner, its environments and which episode is the best one."""
        files, state = super().to_checkpoint()
        return files, state | self._recorder.state()

    def restore(self, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
        """Read what `start_rollouts` puts back.

        Raises:
            FormatError: the checkpoint does not fit the settings, or is of another machine.
        """
        super().restore(checkpoint, state)
        self._recorder.load_state(state)


def make_learner(config: GymSettings, envs: VecEnv, *, forked: bool = False) -> BaseAlgorithm:
    """The learner that the settings describe, before its first step.

    Args:
        config: the settings.
        envs: what it learns in.
        forked: whether it is going to be given the weights of another.

    Raises:
        SettingError: the algorithm does not fit the environment.
    """
    keep_compiler_unloaded()
    algorithm = ALGORITHMS[config.algo]
    require_fitting(config.env, config.algo, envs.action_space, masked=envs.has_attr(MASKS))
    chosen, policy = hyperparameters(config, envs), _policy(config, algorithm, envs.observation_space)
    if of_policy := _policy_options(config):
        chosen["policy_kwargs"] = of_policy
    kind = SteerableARS if config.algo == "ars" else getattr(importlib.import_module(algorithm.module), algorithm.class_name)
    if forked:
        kind, chosen = as_fork(kind, chosen)
    try:
        return cast("BaseAlgorithm", kind(policy, envs, seed=config.seed, device=config.device, **chosen))
    except (AssertionError, NotImplementedError, TypeError, ValueError) as error:
        raise SettingError(f"{config.algo} does not take these settings: {reason(error).rstrip('.')}.") from error


def hyperparameters(config: GymSettings, envs: VecEnv) -> dict[str, Any]:
    """What the algorithm is given: every hyperparameter that has a value."""
    made = {name: _value(config, name, value, envs) for name, value in config.hyperparameters.items()}
    if made.get("optimize_memory_usage"):
        made["replay_buffer_kwargs"] = {"handle_timeout_termination": False}  # the small buffer cannot; without it none is made
    return made


def _value(config: GymSettings, name: str, value: Any, envs: VecEnv) -> Any:
    if value in SWITCHES and isinstance(value, str):
        return SWITCHES[value]
    if name in NUMBER_OR_AUTO:
        return number_or_auto(config.algo, name, value)
    if name in SCHEDULED and config.schedule == "linear":
        return LinearSchedule(value, 0.0, 1.0)
    if name == "action_noise":
        size = cast("spaces.Box", envs.action_space).shape[-1]
        return NormalActionNoise(np.zeros(size), np.full(size, value))
    return value


def _policy_options(config: GymSettings) -> dict[str, Any]:
    options = policy_options_of(config.policy_kwargs)
    if "activation_fn" in options:
        options["activation_fn"] = getattr(nn, options["activation_fn"])
    return options if config.net_arch is None else options | {"net_arch": [*config.net_arch]}


def _policy(config: GymSettings, algorithm: Algorithm, space: spaces.Space[Any]) -> str:
    fitting: Policy = "MultiInput" if isinstance(space, spaces.Dict) else "Cnn" if is_image_space(space) else "Mlp"
    kind = fitting if config.policy == "auto" else config.policy.removesuffix("Policy")
    if kind not in algorithm.policies:
        others = ", ".join(name for name, one in ALGORITHMS.items() if kind in one.policies)
        raise SettingError(
            f"policy must be one of {', '.join(f'{one}Policy' for one in algorithm.policies)} for {config.algo}, "
            f"which has no {kind}Policy; these have it: {others}."
        )
    return kind + algorithm.ending
