"""Environments that misbehave in processes of their own: the same sentences, and no process is left behind."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from stable_baselines3.common.vec_env import VecEnv

from tests.waiting import wait_until
from trainer.errors import EnvironmentFaultError
from trainer.learning.any_learner.in_subprocess import show_stack
from trainer.learning.any_learner.soundness import close_quietly
from trainer.learning.any_learner.subprocesses import Subprocesses
from trainer.processes import PROJECT_DIR
from trainer.streams import MAX_CHARACTERS
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.environments import make_envs

from .odd_runs import ODD

PLACE = r"\(odd_environments\.py, line \d+\)\.$"
UNFIT = r"^Odd-v0 must return from its step what the rules of Gymnasium and its own observation_space say"


@contextmanager
def odd_envs(fault: str, *, after: int = 3, apart: bool = True) -> Iterator[VecEnv]:
    """Two environments, at their first step."""
    config = GymSettings(env=ODD, env_kwargs=json.dumps({"fault": fault, "after": after}), vec_env="subproc")
    envs = make_envs(config, 2, training=True, apart=apart)
    envs.reset()
    try:
        yield envs
    finally:
        close_quietly(envs)


def step(envs: VecEnv, times: int) -> list[np.ndarray]:
    """Make steps; what they show."""
    return [np.asarray(envs.step(np.zeros(2, np.int64))[0]) for _ in range(times)]


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("raises in step", rf"^Odd-v0 raised ZeroDivisionError: of its own, in its step {PLACE}"),
        ("raises in reset", rf"^Odd-v0 raised ZeroDivisionError: of its own, in its reset {PLACE}"),
        ("exits in step", rf"^Odd-v0 called sys\.exit\(3\), in its step {PLACE}"),
        ("exits in reset", rf"^Odd-v0 called sys\.exit\(3\), in its reset {PLACE}"),
        ("dies in step", r"^The process of an environment ended with exit code 5 \(the end of trainer\.log may say why\)\.$"),
        ("four values", UNFIT),
        ("no info", UNFIT),
        ("no reward", UNFIT),
        ("two rewards", UNFIT),
        ("wrong shape", UNFIT),
        ("text", UNFIT),
    ],
)
def test_what_one_does_wrong_is_said_as_if_it_were_in_the_trainers_process(fault: str, sentence: str) -> None:
    with odd_envs(fault) as envs:
        inner = envs.unwrapped
        assert isinstance(inner, Subprocesses)
        with pytest.raises(EnvironmentFaultError, match=sentence):
            step(envs, 20)
    assert not any(process.is_alive() for process in inner.processes)


@pytest.mark.long
def test_a_picture_that_cannot_be_taken_is_explained_and_steps_go_on() -> None:
    with odd_envs("raises in render") as envs:
        inner = envs.unwrapped
        assert isinstance(inner, Subprocesses)
        with pytest.raises(EnvironmentFaultError, match=rf"^Odd-v0 raised ZeroDivisionError: of its own, in its render {PLACE}"):
            inner.draw()
        step(envs, 3)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["other dtype", "out of bounds", "no info at reset", "raises in close", "odd infos"])
def test_what_may_be_meant_is_the_same_in_both(fault: str) -> None:
    with odd_envs(fault) as one, odd_envs(fault, apart=False) as other:
        for seen, expected in zip(step(one, 20), step(other, 20), strict=True):
            assert (seen.dtype, seen.tolist()) == (expected.dtype, expected.tolist())


@pytest.mark.long
def test_a_copy_that_an_environment_makes_of_its_process_ends() -> None:
    with odd_envs("copies itself") as envs:
        step(envs, 4)
        inner = envs.unwrapped
        assert isinstance(inner, Subprocesses)
        workers = [psutil.Process(process.pid) for process in inner.processes]
        wait_until(lambda: not any(_living(child) for worker in workers for child in worker.children()), 10, "the copies to end")
        step(envs, 16)
        assert envs.get_attr("steps") == [20, 20]


@pytest.mark.long
def test_one_that_computes_for_ever_ends_with_a_trainer_that_is_killed_and_prints_no_more_than_may_be(tmp_path: Path) -> None:
    code = "from tests.trainer.tasks.gym.test_bad_subprocesses import *\nwith odd_envs('floods', after=0) as envs: step(envs, 20)"
    log = tmp_path / "log"
    with log.open("wb") as file:
        trainer = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_DIR, stdout=file, stderr=file)
    try:
        wait_until(lambda: log.read_bytes().count(b"computes: ") == 2, 60, "the computing")
        pids = [int(pid) for pid in re.findall(rb"computes: (\d+)", log.read_bytes())]
        show_stack(pids[0])
        wait_until(lambda: b"odd_environments.py" in log.read_bytes().rpartition(b"computes: ")[2], 10, "where it is")
    finally:
        trainer.kill()
        trainer.wait()
    wait_until(lambda: not any(psutil.pid_exists(pid) and _living(psutil.Process(pid)) for pid in pids), 10, "the processes to end")
    assert MAX_CHARACTERS - 2_000_000 <= log.stat().st_size <= MAX_CHARACTERS + 2_000_000
    assert log.read_bytes().count(b"the environment prints too much") == 2


def _living(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
