"""The environment that a script offers for evaluations: made ready, or refused in one sentence."""

import copy
from contextlib import suppress
from typing import Any

import gymnasium
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv, VecNormalize, unwrap_vec_normalize

from ...errors import SettingError
from ...learning.any_learner.generators import generators_kept
from ...learning.any_learner.learner_state import copy_of


def ready_eval_env(model: BaseAlgorithm, env: gymnasium.Env[Any, Any] | VecEnv) -> VecEnv:
    """An environment in which the model's policy can play, in a monitor and with the model's averages of observations.

    Raises:
        SettingError: it is none, or its spaces differ from those of the training.
    """
    if not isinstance(env, gymnasium.Env | VecEnv):
        raise SettingError(f"eval_env must be an environment of Gymnasium or a VecEnv; got {type(env).__name__}.")
    if isinstance(env, VecEnv) and env.num_envs != 1:
        raise SettingError(f"eval_env must be one environment; got {env.num_envs} in a {type(env).__name__}.")
    if env is model.get_env():
        raise SettingError("eval_env must be an environment of its own; got the one that is trained in.")
    wrapped = model._wrap_env(env, verbose=0, monitor_wrapper=True)  # noqa: SLF001 - as `EvalCallback` is used with
    for what in ("observation_space", "action_space"):
        own, other = getattr(model, what), getattr(wrapped, what)
        if own != other:
            raise SettingError(f"eval_env must have the {what} of the training, {own}; it has {other}.")
    trained = model.get_vec_normalize_env()
    if trained is not None and unwrap_vec_normalize(wrapped) is None:
        wrapped = VecNormalize(
            wrapped, training=False, norm_obs=trained.norm_obs, norm_reward=False, clip_obs=trained.clip_obs,
            norm_obs_keys=trained.norm_obs_keys if trained.norm_obs else None,
        )  # fmt: skip
    own_averages = unwrap_vec_normalize(wrapped)
    if own_averages is not None:
        own_averages.training = own_averages.norm_reward = False
    return wrapped


def copy_of_policy(policy: BasePolicy) -> BasePolicy:
    """Another policy of the same kind; no generator is drawn from."""
    with generators_kept():
        with suppress(Exception):  # a class of the script's own may not tell what it was made with
            return copy_of(policy)
        made = copy.deepcopy(policy)
    made.set_training_mode(mode=False)
    return made
