"""What an environment returns must be numbers: a network that has learned from one NaN has lost everything."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from ...errors import EnvironmentFaultError
from ..environment_faults import name_of_env

TERMINAL = "terminal_observation"
ADVICE = "Nothing was learned from it. Mend the environment, then resume from the last checkpoint."


class CheckSteps(BaseCallback):
    """Ends training at the first reward or observation that is no finite number, before anything is learned from it.

    Raises:
        EnvironmentFaultError: there is one.
    """

    def _on_training_start(self) -> None:
        self._require("reset", "observations", _parts(self.model._last_obs))  # noqa: SLF001 - it has no public name

    def _on_step(self) -> bool:
        seen = self.locals
        normalized = self.model._vec_normalize_env  # noqa: SLF001 - which makes a number of infinity; a resume puts another in its place
        rewards = seen["rewards"] if normalized is None else normalized.old_reward
        if not _is_finite(rewards):
            self._require("step", "rewards", [("", rewards)])
        observations = seen.get("new_obs", seen.get("observations")) if normalized is None else normalized.old_obs
        self._require("step", "observations", _parts(observations))
        if np.count_nonzero(seen["dones"]):
            for slot in seen["dones"].nonzero()[0]:
                self._require("step", "observations", _parts(seen["infos"][slot].get(TERMINAL)), int(slot))
        return True

    def _require(self, method: str, what: str, parts: list[tuple[str, NDArray[Any]]], slot: int | None = None) -> None:
        for name, values in parts:
            if not (_is_finite(values) or np.isfinite(values).all()):
                self._refuse(method, what, name, values, slot)

    def _refuse(self, method: str, what: str, name: str, values: NDArray[Any], slot: int | None) -> None:
        wrong = np.argwhere(~np.isfinite(values))[0]
        env = int(wrong[0]) if slot is None else slot
        place = [int(one) for one in (wrong[1:] if slot is None else wrong)]
        where = f" [{', '.join([repr(name)] * bool(name) + [str(one) for one in place])}]" if name or place else ""
        raise EnvironmentFaultError(
            f"{name_of(self.training_env, env)} must return {what} that are finite numbers; got {values[tuple(wrong)]}{where} "
            f"from its {method}, in environment {env + 1} of {self.training_env.num_envs}. {ADVICE}"
        )


def _is_finite(values: NDArray[Any]) -> bool:
    """Whether all are finite numbers; also False where a square is too large for one. Three times as fast as asking each."""
    flat = values.reshape(-1)
    return math.isfinite(flat.dot(flat))


def name_of(envs: VecEnv, slot: int) -> str:
    """What to call one of several environments."""
    with suppress(Exception):  # it may be in another process, or have no name
        return name_of_env(envs.get_attr("unwrapped", slot)[0])
    return "The environment"


def _parts(observations: Any) -> list[tuple[str, NDArray[Any]]]:
    """The arrays of observations that can hold something else than finite numbers, by their names in a dictionary."""
    each = observations.items() if isinstance(observations, dict) else [("", observations)]
    return [(str(name), part) for name, part in each if isinstance(part, np.ndarray) and part.dtype.kind == "f"]
