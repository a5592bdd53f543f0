"""How the environments of a script can be kept: they are there already, and only copies of the first one are tried out."""

from functools import partial
from typing import Any

import gymnasium
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from ...errors import reason
from ...learning.any_learner.environment_state import How, another_env, copy_of_env
from ...learning.any_learner.shadow import how_to_keep


def how_to_keep_given(envs: VecEnv) -> tuple[How, str]:
    """How the state of environments that are there can be kept, and why not better, in words; nothing if it is exact.

    The first one stands for all. It is not touched: copies of it are stepped, and where none can be made, others of the same id.

    Args:
        envs: just reset.
    """
    inner = envs.unwrapped
    if not isinstance(inner, DummyVecEnv):
        return "anew", f"a {type(inner).__name__} keeps its state to itself; a DummyVecEnv does not"
    env = inner.envs[0]
    try:
        copy_of_env(env)
        make = partial(copy_of_env, env)
    except Exception as error:  # noqa: BLE001 - somebody else's code
        spec = getattr(env.unwrapped, "spec", None)
        if spec is None:
            return "anew", reason(error)
        make = partial(another_env, spec)
    return how_to_keep(lambda: DummyVecEnv([make]))


def another_like(envs: VecEnv) -> gymnasium.Env[Any, Any]:
    """Another environment of the id of the first one.

    Raises:
        Exception: whatever keeps it from being made.
    """
    spec = envs.unwrapped.envs[0].unwrapped.spec  # type: ignore[attr-defined]  # of a `DummyVecEnv`: others are not kept
    return another_env(spec)
