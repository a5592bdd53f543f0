"""How the state of an environment is kept: tried out, not believed."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import ale_py
import gymnasium
import numpy as np
import pytest
import torch as th
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

from trainer.learning.any_learner import past
from trainer.learning.any_learner.environment_state import EnvironmentKeeper, How
from trainer.learning.any_learner.past import EMULATED_ACTS
from trainer.learning.any_learner.shadow import how_to_keep

gymnasium.register_envs(ale_py)


def maker(make: Callable[[], gymnasium.Env[Any, Any]]) -> Callable[[], VecEnv]:
    """Makes two such environments, as they are trained in."""
    return lambda: DummyVecEnv([lambda: Monitor(make())])


class Odd(gymnasium.Env[Any, Any]):
    """An environment whose next observation is `self.next()`."""

    def __init__(self) -> None:
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float64)
        self.action_space = gymnasium.spaces.Discrete(2)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.steps = 0
        return np.zeros(1), {}

    def step(self, action: Any) -> Any:
        """Make a step."""
        self.steps += 1
        return np.array([self.next()], np.float64), 0.0, False, False, {"action": action}

    def next(self) -> float:
        """A number of the environment's own generator."""
        return float(self.np_random.random())


class Global(Odd):
    """It draws from a global generator."""

    def next(self) -> float:
        """A number of it."""
        return float(np.random.random())  # noqa: NPY002


class Masked(Odd):
    """It refuses actions that its masks do not allow."""

    def __init__(self, space: gymnasium.Space[Any], masks: list[bool]) -> None:
        super().__init__()
        self.action_space, self.masks = space, masks

    def action_masks(self) -> list[bool]:
        """What is allowed."""
        return self.masks

    def step(self, action: Any) -> Any:
        """Make a step."""
        allowed = [3, 4] if isinstance(self.action_space, gymnasium.spaces.Discrete) else [[0, 2]]
        assert np.asarray(action).tolist() in allowed
        return super().step(action)


class WithLock(Odd):
    """It holds what no pickle takes."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Clock(Odd):
    """It reads the clock."""

    def next(self) -> float:
        """What it says."""
        return time.perf_counter()


class Counting(WithLock):
    """What it shows depends on all that ever was, and it cannot be pickled."""

    made = 0

    def next(self) -> float:
        """How often it was asked."""
        Counting.made += 1
        return float(Counting.made)


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "how"),
    [
        (lambda: gymnasium.make("CartPole-v1"), "pickled"),
        (lambda: gymnasium.make("FrozenLake-v1"), "pickled"),
        (lambda: gymnasium.make("LunarLander-v3"), "replayed"),
        (lambda: gymnasium.make("LunarLander-v3", continuous=True), "replayed"),
        (lambda: gymnasium.make("Hopper-v5"), "pickled"),
        (lambda: gymnasium.make("ALE/Pong-v5"), "replayed"),
        (Odd, "pickled"),
        (Global, "pickled"),
        (lambda: Masked(gymnasium.spaces.Discrete(3, start=2), [False, True, True]), "pickled"),
        (lambda: Masked(gymnasium.spaces.MultiDiscrete([2, 3]), [True, False, False, False, True]), "pickled"),
        (WithLock, "replayed"),
        (Clock, "anew"),
        (Counting, "anew"),
    ],
    ids=[
        "CartPole",
        "FrozenLake",
        "LunarLander",
        "LunarLander, continuous",
        "Hopper",
        "Pong",
        "odd",
        "global",
        "masked",
        "several masks",
        "a lock",
        "the clock",
        "a counter",
    ],
)
def test_what_holds_is_found_out(make: Callable[[], gymnasium.Env[Any, Any]], how: How) -> None:
    found, why = how_to_keep(maker(make))
    assert found == how
    assert bool(why) == (how == "anew")


@pytest.mark.parametrize(("name", "how"), [("CartPole-v1", "pickled"), ("LunarLander-v3", "replayed"), ("CartPole-v1", "replayed")])
def test_an_environment_that_is_put_back_does_the_same_again_over_the_ends_of_episodes(name: str, how: How) -> None:
    def make() -> VecEnv:
        return VecNormalize(DummyVecEnv([lambda: Monitor(gymnasium.make(name))] * 2))

    one, other = make(), make()
    first, second = EnvironmentKeeper(one, how), EnvironmentKeeper(other, how)
    actions = np.random.default_rng(1)
    one.seed(3)
    one.reset()
    for steps in (10, 300):
        for _ in range(steps):
            one.step(actions.integers(0, 2, 2))
        assert second.put_back(first.save())
        for _ in range(400):
            action = actions.integers(0, 2, 2)
            seen, again = one.step(action), other.step(action)
            assert [np.asarray(part).tobytes() for part in seen[:3]] == [np.asarray(part).tobytes() for part in again[:3]]


@pytest.mark.long
@pytest.mark.parametrize("steps", [20, 100, 600])
def test_an_emulator_that_repeats_actions_is_put_back_at_any_moment(steps: int) -> None:
    """It does not tell which action it may repeat: that of the step before, or of one before that."""

    def make() -> VecEnv:
        return DummyVecEnv([lambda: AtariWrapper(Monitor(gymnasium.make("ALE/Breakout-v5", frameskip=1)))])

    one, other = make(), make()
    first, second = EnvironmentKeeper(one, "replayed"), EnvironmentKeeper(other, "replayed")
    actions = np.random.default_rng(steps)
    one.seed(3)
    one.reset()
    for _ in range(steps):
        one.step(actions.integers(0, 4, 1))
    saved = first.save()
    assert len(saved.each[0].past.acts) <= 2 * EMULATED_ACTS + 60, "of a long episode only its end is made again"
    assert second.put_back(saved)
    for _ in range(250):
        action = actions.integers(0, 4, 1)
        seen, again = one.step(action), other.step(action)
        assert [np.asarray(part).tobytes() for part in seen[:3]] == [np.asarray(part).tobytes() for part in again[:3]]


def test_an_episode_without_end_is_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MAX_ACTS", 30)
    one, other = (DummyVecEnv([lambda: Monitor(WithLock())]) for _ in range(2))
    first, second = EnvironmentKeeper(one, "replayed"), EnvironmentKeeper(other, "replayed")
    one.reset()
    for _ in range(20):
        one.step(np.array([0]))
    assert second.put_back(first.save())
    for _ in range(20):
        one.step(np.array([0]))
    assert not second.put_back(first.save()), "it must be reset"


def test_seeds_that_wait_for_a_reset_are_kept() -> None:
    one, other = (DummyVecEnv([lambda: Monitor(Odd())]) for _ in range(2))
    first, second = EnvironmentKeeper(one, "pickled"), EnvironmentKeeper(other, "pickled")
    one.seed(3)
    one.reset()
    other.seed(3)
    second.put_back(first.save())
    assert other._seeds == one._seeds == [None]


def test_what_cannot_be_put_back_keeps_its_averages() -> None:
    one, other = (VecNormalize(DummyVecEnv([lambda: Monitor(Clock())])) for _ in range(2))
    first, second = EnvironmentKeeper(one, "anew"), EnvironmentKeeper(other, "anew")
    one.reset()
    for _ in range(50):
        one.step(np.array([0]))
    assert not second.put_back(first.save()), "it must be reset"
    assert vars(other.obs_rms)["mean"].tolist() == vars(one.obs_rms)["mean"].tolist()
    kept, own = other.unwrapped, one.unwrapped
    assert isinstance(kept, DummyVecEnv)
    assert isinstance(own, DummyVecEnv)
    assert kept.envs[0] is not own.envs[0]


def test_to_find_it_out_draws_from_no_generator() -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(th.rand(1))  # noqa: NPY002

    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    th.manual_seed(1)
    expected = draw()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    th.manual_seed(1)
    how_to_keep(maker(lambda: gymnasium.make("CartPole-v1")))
    assert draw() == expected
