"""Environments in processes of their own: the same is learned, they can be put back, and they never outlive the trainer."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from stable_baselines3.common.vec_env import VecEnv

from tests.trainer.learning.tiny import train, weights_sha256
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.errors import EnvironmentFaultError
from trainer.learning.any_learner.environment_state import EnvironmentKeeper, How
from trainer.learning.any_learner.subprocesses import Subprocesses
from trainer.learning.control_watcher import ControlEvents
from trainer.processes import PROJECT_DIR
from trainer.run_files.checkpoints import list_checkpoints
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.environments import make_envs

from .own_envs import HERE

PATIENCE_S = 90.0


@contextmanager
def apart(env: str, number: int = 2, **settings: Any) -> Iterator[VecEnv]:
    """Environments in processes; they are ended."""
    envs = make_envs(GymSettings(env=env, vec_env="subproc", **settings), number, training=True, apart=True)
    try:
        yield envs
    finally:
        envs.close()


def seen(envs: VecEnv, actions: np.random.Generator, steps: int) -> list[bytes]:
    """What they show in some steps."""
    size, shown = envs.num_envs, []
    for _ in range(steps):
        observations, rewards, dones, _ = envs.step(actions.integers(0, 2, size))
        shown += [np.asarray(observations).tobytes(), rewards.tobytes(), dones.tobytes()]
    return shown


@pytest.mark.long
@pytest.mark.parametrize(
    ("env", "how"), [(f"{HERE}Global-v0", "pickled"), ("LunarLander-v3", "replayed"), (f"{HERE}Clock-v0", "anew")], ids=str
)
def test_they_are_put_back_as_those_in_one_process_are(env: str, how: How) -> None:
    with apart(env, frame_stack=2) as one, apart(env, frame_stack=2) as other:
        first, second = EnvironmentKeeper(one, how), EnvironmentKeeper(other, how)
        one.seed(3)
        one.reset()
        seen(one, np.random.default_rng(1), 50)
        exact = second.put_back(first.save())
        assert exact == (how != "anew")
        if exact:
            assert seen(one, np.random.default_rng(2), 60) == seen(other, np.random.default_rng(2), 60)


def test_one_is_drawn_and_what_it_raises_is_said() -> None:
    with apart("CartPole-v1") as envs:
        inner = envs.unwrapped
        assert isinstance(inner, Subprocesses)
        envs.reset()
        picture = inner.draw()
        assert picture is not None
        assert picture.shape == (400, 600, 3)
        os.kill(inner.processes[0].pid, signal.SIGINT)
        os.kill(inner.processes[0].pid, signal.SIGTERM)
        seen(envs, np.random.default_rng(1), 3)
        inner.processes[1].kill()
        with pytest.raises(EnvironmentFaultError, match=r"The process of an environment was killed by SIGKILL \("):
            seen(envs, np.random.default_rng(1), 3)
    assert not any(process.is_alive() for process in inner.processes)
    with apart(f"{HERE}Failing-v0") as envs:
        envs.reset()
        with pytest.raises(EnvironmentFaultError, match=r"raised RuntimeError: the wheel is off, in its step \(own_envs.py, line "):
            seen(envs, np.random.default_rng(1), 6)


@pytest.mark.long
def test_none_outlives_a_trainer_that_is_killed_and_the_run_goes_on_exactly(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "env": "LunarLander-v3", "n_envs": 2, "n_steps": 32, "batch_size": 32, "n_epochs": 1, "net_arch": (8,), "total_timesteps": 1_500,
        "eval_every": 10**6, "eval_episodes": 1, "checkpoint_every_s": 1.0, "log_every": 500,
    }  # fmt: skip
    run = create_run(GymSettings(**settings, vec_env="subproc"), runs_dir=tmp_path, visual=True, speed=500, board_every=50)
    with trainer_of(run) as trainer:
        wait_until(lambda: list_checkpoints(run) or trainer.poll() is not None, PATIENCE_S, "a checkpoint")
        started = psutil.Process(trainer.pid).children(recursive=True)
        assert trainer.poll() is None
        assert len(started) >= 3, "the server, and a process for each environment"
        trainer.kill()
        trainer.wait()
        wait_until(lambda: not any(one.is_running() and one.status() != "zombie" for one in started), PATIENCE_S, "all of them to end")
    update_control(run, by="app", applied_seq=0, visual=False)
    with trainer_of(run) as trainer:
        assert trainer.wait(PATIENCE_S) == 0
    status = read_status(run)
    assert status is not None
    assert (status.state, status.not_exact) == ("finished", "")
    assert weights_sha256(run) == weights_sha256(trained(tmp_path, settings))


@contextmanager
def trainer_of(run: RunDirectory) -> Iterator[subprocess.Popen[bytes]]:
    """Train a run in a process, as the app does."""
    command = [sys.executable, "-m", "trainer", "start", str(run.path)]
    with run.log.open("ab") as log:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def trained(folder: Path, settings: dict[str, Any]) -> RunDirectory:
    """A run of the same settings, in this process, with all environments in it too."""
    config = GymSettings(**settings)
    run = create_run(config, runs_dir=folder)
    train(run, config, ControlEvents())
    return run
