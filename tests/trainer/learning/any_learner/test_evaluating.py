"""Evaluation in a process of its own: the same episodes, nothing drawn from training, and no process that is left behind."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
import psutil
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

from tests.waiting import wait_until
from trainer.errors import EvaluationError
from trainer.learning.any_learner import evaluating as evaluating_module
from trainer.learning.any_learner import evaluating as evaluating_process
from trainer.learning.any_learner.evaluating import EvaluatingProcess
from trainer.learning.any_learner.learner_state import copy_of, model_bytes
from trainer.learning.any_learner.normalization import load_statistics
from trainer.learning.any_learner.play import play_episodes

SEEDS = range(3)
PATIENCE_S = 30.0


class Odd(gymnasium.Env[Any, Any]):
    """An environment that does something odd at its tenth step."""

    observation_space = gymnasium.spaces.Box(-1, 1, (3,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, act: Callable[[], object]) -> None:
        self._act, self._steps = act, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self._steps = 0
        return np.zeros(3, np.float32), {}

    def step(self, action: Any) -> Any:  # noqa: ARG002 - it makes no difference
        """Make a step."""
        self._steps += 1
        if self._steps == 10:
            self._act()
        return np.zeros(3, np.float32), 1.0, self._steps == 200, False, {}


def fail() -> None:
    """Raise what an environment of somebody else's may raise."""
    raise KeyError("no such joint")


def odd(act: Callable[[], object]) -> VecEnv:
    """One of them, as it is trained in."""
    return DummyVecEnv([lambda: Monitor(Odd(act))])


def pendulum() -> VecEnv:
    """One whose observations are normalised."""
    return VecNormalize(DummyVecEnv([lambda: Monitor(gymnasium.make("Pendulum-v1"))]))


def evaluated_pendulum() -> VecEnv:
    """The same, to be evaluated in."""
    return VecNormalize(DummyVecEnv([lambda: Monitor(gymnasium.make("Pendulum-v1"))]), training=False, norm_reward=False)


def drawn_from() -> object:
    """The state of the global generators."""
    return random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002 - the global one


@contextmanager
def evaluating(learner: PPO, make_envs: Callable[[], VecEnv]) -> Iterator[EvaluatingProcess]:
    """A process for policies of a learner."""
    process = EvaluatingProcess(copy_of(learner.policy), make_envs)
    yield process
    process.close()


@contextmanager
def evaluating_odd(act: Callable[[], object]) -> Iterator[Callable[[Callable[[], bool]], Any]]:
    """Evaluates in an odd environment."""
    learner = PPO("MlpPolicy", odd(act), seed=1, device="cpu")
    with evaluating(learner, lambda: odd(act)) as process:
        yield lambda continue_training: process.evaluate(model_bytes(learner), SEEDS, continue_training)


@pytest.mark.long
def test_the_episodes_are_those_that_this_process_would_play() -> None:
    learner = PPO("MlpPolicy", pendulum(), seed=1, n_steps=64, device="cpu")
    fresh = model_bytes(learner)
    learner.learn(128)
    envs, model = evaluated_pendulum(), model_bytes(learner)
    load_statistics(envs, model)
    expected = play_episodes(learner.policy, envs, SEEDS, lambda: True)
    with evaluating(learner, evaluated_pendulum) as process:
        results = [process.evaluate(one, SEEDS, lambda: True) for one in (model, fresh, model)]
    assert [result == expected for result in results] == [True, False, True]


def test_it_waits_while_training_is_paused_and_gives_up_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating_process, "ASK_S", 0.0)
    go_on, asked, answers = threading.Event(), threading.Event(), iter([True, True, False, *[True] * 1_000])

    def continue_training() -> bool:
        asked.set()
        go_on.wait()
        return next(answers)

    results: list[Any] = []
    with evaluating_odd(lambda: None) as evaluate:
        thread = threading.Thread(target=lambda: results.append(evaluate(continue_training)))
        thread.start()
        assert asked.wait(PATIENCE_S)
        assert results == []
        go_on.set()
        thread.join(PATIENCE_S)
        assert results == [None]
        assert evaluate(continue_training).rewards == [200.0] * 3


def test_an_environment_that_fails_is_said_with_its_own_line_and_the_next_evaluation_is_tried() -> None:
    with evaluating_odd(fail) as evaluate:
        for _ in range(2):
            with pytest.raises(EvaluationError, match="KeyError: no such joint") as caught:
                evaluate(lambda: True)
            assert "in fail" in str(caught.value.__cause__)


def test_an_environment_that_ends_its_process_is_said() -> None:
    with evaluating_odd(lambda: os._exit(3)) as evaluate, pytest.raises(EvaluationError, match="ended with exit code 3"):
        evaluate(lambda: True)


def test_a_step_without_end_is_given_up_when_training_ends() -> None:
    answers = iter([True, False])
    with evaluating_odd(threading.Event().wait) as evaluate:
        assert evaluate(lambda: next(answers)) is None


def test_a_step_without_end_is_given_up_in_the_end_but_no_pause_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating_module, "ANSWER_S", 0.05)
    monkeypatch.setattr(evaluating_module, "PATIENCE_S", 0.2)
    sentence = r"An environment must come back from step and reset; in an evaluation one has not for 0 s\."
    with evaluating_odd(threading.Event().wait) as evaluate, pytest.raises(EvaluationError, match=sentence):
        evaluate(lambda: True)
    pauses = iter([0.5])

    def continue_training() -> bool:
        time.sleep(next(pauses, 0.0))
        return True

    with evaluating_odd(lambda: None) as evaluate:
        assert evaluate(continue_training).rewards == [200.0] * 3


def test_what_an_environment_draws_from_global_generators_is_not_drawn_from_training() -> None:
    before = drawn_from()
    with evaluating_odd(lambda: (random.random(), np.random.rand())) as evaluate:  # noqa: NPY002 - as many do
        assert evaluate(lambda: True).rewards == [200.0] * 3
    assert drawn_from() == before


def test_it_ends_with_a_trainer_that_is_killed() -> None:
    learner = PPO("MlpPolicy", pendulum(), seed=1, device="cpu")
    context = multiprocessing.get_context("fork")
    ours, its = context.Pipe()

    def train() -> None:
        process = EvaluatingProcess(copy_of(learner.policy), evaluated_pendulum)
        its.send(process._process.pid)
        threading.Event().wait()

    trainer = context.Process(target=train)
    trainer.start()
    pid = ours.recv()
    assert psutil.pid_exists(pid)
    assert trainer.pid is not None
    os.kill(trainer.pid, signal.SIGKILL)
    trainer.join(PATIENCE_S)
    wait_until(lambda: not psutil.pid_exists(pid), PATIENCE_S, "the process that evaluates to end")


def test_what_was_evaluated_before_makes_no_difference() -> None:
    class Ageing(Odd):
        """Its rewards fall with every episode of its life."""

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            """Begin an episode."""
            self.age = getattr(self, "age", 0) + 1
            return super().reset(seed=seed, options=options)

        def step(self, action: Any) -> Any:
            """Make a step."""
            seen, reward, *rest = super().step(action)
            return seen, reward / self.age, *rest

    learner = PPO("MlpPolicy", odd(lambda: None), seed=1, device="cpu")
    with evaluating(learner, lambda: DummyVecEnv([lambda: Monitor(Ageing(lambda: None))])) as process:
        first, second = (process.evaluate(model_bytes(learner), SEEDS, lambda: True) for _ in range(2))
    assert first == second
