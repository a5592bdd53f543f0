"""Environments that are stepped one after the other give what `DummyVecEnv` gives, and nobody can change it afterwards."""

from collections.abc import Callable
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from trainer.learning.any_learner.dummy_envs import DummyEnvs

STEPS = 120


class SaysTheSame(gymnasium.Env[dict[str, Any], Any]):
    """Observes a dictionary, and returns one and the same `info` and array at every step."""

    def __init__(self) -> None:
        box = spaces.Box(0, 100, (2,), np.float32)
        self.observation_space = spaces.Dict({"count": box, "twice": box})
        self.action_space = spaces.Discrete(2)
        self._seen = {"count": np.zeros(2, np.float32), "twice": np.zeros(2, np.float32)}
        self._info: dict[str, Any] = {"path": [], "where": np.zeros(2), "number": 1.5}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin to count."""
        super().reset(seed=seed, options=options)
        self._seen["count"][:] = 0
        return self._seen, self._info

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Count one more."""
        self._seen["count"] += 1
        self._seen["twice"][:] = 2 * self._seen["count"]
        self._info["path"].append(int(action))
        self._info["where"] += action
        return self._seen, float(action), bool(self._seen["count"][0] > 9), False, self._info


def _make(name: str) -> gymnasium.Env[Any, Any]:
    return Monitor(SaysTheSame() if name == "own" else gymnasium.make(name))


def _seen(kind: Callable[[Any], DummyVecEnv], name: str) -> list[Any]:
    """What so many steps give, kept as it is: as text only at the end."""
    envs = kind([partial(_make, name)] * 3)
    envs.seed(4)
    generator = np.random.default_rng(1)
    seen: list[Any] = [envs.reset()]
    for _ in range(STEPS):
        space: Any = envs.action_space
        actions: NDArray[Any] = (
            generator.integers(space.n, size=3) if isinstance(space, spaces.Discrete) else generator.uniform(-1, 1, (3, *space.shape))
        )
        seen.append(envs.step(actions))
    for step in seen[1:]:
        for info in step[3]:
            info.get("episode", {}).pop("t", None)  # the time of day
    envs.close()
    return seen


@pytest.mark.parametrize("name", ["CartPole-v1", "FrozenLake-v1", "Pendulum-v1", "own"])
def test_environments_give_what_those_of_stable_baselines3_give(name: str) -> None:
    ours, theirs = _seen(DummyEnvs, name), _seen(DummyVecEnv, name)
    assert repr(ours) == repr(theirs)
    assert repr([type(part) for step in ours[1:] for part in step]) == repr([type(part) for step in theirs[1:] for part in step])


def test_what_was_given_stays_as_it_was_while_the_environment_goes_on() -> None:
    steps = _seen(DummyEnvs, "own")[1:]
    lengths = [len(step[3][0]["path"]) for step in steps]
    assert lengths == list(range(1, STEPS + 1))
    assert steps[0][0]["count"].tolist() == [[1, 1]] * 3
