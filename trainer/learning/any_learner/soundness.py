"""Whether an environment keeps to the rules of Gymnasium, tried out before training."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from ...errors import ControlRoomError, EnvironmentFaultError, shown
from ..environment_faults import explained, name_of_env
from .generators import generators_kept
from .masks import MASKS, sample_allowed

STEPS = 3
OF_A_STEP = "(observation, reward, terminated, truncated, info)"


def require_sound(make_envs: Callable[[], VecEnv]) -> list[str]:
    """Reset an environment and make a few steps.

    Args:
        make_envs: makes one, as it is trained in; what is wrapped around it is not looked at.

    Returns:
        What may be meant and is likely not, in sentences.

    Raises:
        EnvironmentFaultError: it fails, or returns what no learner can take.
    """
    with generators_kept():
        envs = make_envs()
        inner = envs.unwrapped
        try:
            return _Trial(inner.envs[0].unwrapped).run() if isinstance(inner, DummyVecEnv) else []
        except ControlRoomError:
            raise
        except (Exception, SystemExit) as error:
            raise explained(error) from error
        finally:
            close_quietly(envs)


def close_quietly(envs: VecEnv | gymnasium.Env[Any, Any]) -> None:
    """Close environments that nobody needs any more, whatever they do then."""
    with suppress(Exception, SystemExit):
        envs.close()


class _Trial:
    """A few steps of one environment.

    Args:
        env: without wrappers.
    """

    def __init__(self, env: Any) -> None:
        self._env, self._name = env, name_of_env(env)
        self._remarks = dict[str, None]()

    def run(self) -> list[str]:
        """Make them."""
        actions = self._env.action_space
        actions.seed(0)
        self._require_pair(self._env.reset(seed=0))
        for _ in range(STEPS):
            masks = getattr(self._env, MASKS, None)
            if self._require_step(self._env.step(actions.sample() if masks is None else sample_allowed(actions, masks()))):
                break
        return [*self._remarks]

    def _require_pair(self, returned: Any) -> None:
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise self._wrong("reset", "(observation, info)", _kind(returned))
        self._require_observation("reset", self._env.observation_space, returned[0], "")
        self._require_info("reset", returned[1])

    def _require_step(self, returned: Any) -> bool:
        """Returns whether the episode is over."""
        if not isinstance(returned, tuple) or len(returned) != 5:
            raise self._wrong("step", OF_A_STEP, _kind(returned))
        observation, reward, terminated, truncated, info = returned
        self._require_observation("step", self._env.observation_space, observation, "")
        number = _as_array(reward)
        if number is None or number.dtype.kind not in "fiub" or number.size != 1:
            raise self._wrong("step", "a reward that is a number", shown(reward))
        for name, flag in (("terminated", terminated), ("truncated", truncated)):
            if not isinstance(flag, bool | np.bool_ | int | np.integer):
                raise self._wrong("step", f"{name} as True or False", shown(flag))
        self._require_info("step", info)
        return bool(terminated) or bool(truncated)

    def _require_info(self, method: str, info: Any) -> None:
        if not isinstance(info, dict):
            raise self._wrong(method, "info as a dictionary", _kind(info))

    def _require_observation(self, method: str, space: gymnasium.Space[Any], seen: Any, part: str) -> None:
        if isinstance(space, spaces.Dict):
            if not isinstance(seen, Mapping) or set(seen) != set(space.spaces):
                raise self._wrong(method, f"observations with {', '.join(space.spaces)}", _kind(seen))
            for name, inner in space.spaces.items():
                self._require_observation(method, inner, seen[name], f" {name}")
            return
        if not isinstance(space, spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary):
            return
        expected = f"observations{part} of shape {space.shape or '()'} as its observation_space says"
        array = _as_array(seen)
        if array is None or array.dtype.kind not in "fiub":
            raise self._wrong(method, expected, shown(seen))
        if array.shape != (space.shape or ()):
            raise self._wrong(method, expected, f"shape {array.shape}")
        if array.dtype.kind == "f" and np.dtype(space.dtype).kind in "iu":
            self._remarks[
                f"{self._name} returns observations{part} of {array.dtype} where its observation_space says {space.dtype}: "
                "what is behind the decimal point is lost."
            ] = None
        elif np.isfinite(array).all() and not space.contains(array.astype(space.dtype)):
            self._remarks[f"{self._name} returns observations{part} beyond the bounds of its observation_space."] = None

    def _wrong(self, method: str, expected: str, got: str) -> EnvironmentFaultError:
        return EnvironmentFaultError(f"{self._name} must return {expected} from its {method}; got {got}.")


def _as_array(value: Any) -> np.ndarray[Any, Any] | None:
    with suppress(Exception):  # lists of several lengths, or anything
        return np.asarray(value)
    return None


def _kind(value: Any) -> str:
    """What something is, in words: `5 values`, `dict with x, y`."""
    if isinstance(value, tuple):
        return f"{len(value)} values"
    if isinstance(value, Mapping):
        return f"a dictionary with {', '.join(shown(one) for one in list(value)[:5]) or 'nothing'}"
    return f"{type(value).__name__} {shown(value)}"
