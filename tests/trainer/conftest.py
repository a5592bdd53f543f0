"""A run and a process that looks like its trainer."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from tests.workers import pretend_trainer
from trainer.creating import create_run
from trainer.probing import probe
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import start_trainer
from trainer.tasks.tetris.about import TetrisSettings

REPOSITORY = Path(__file__).parents[2]
ENDLESS: dict[str, Any] = {"total_timesteps": 10_000_000, "board_height": 10, "n_envs": 4, "net_arch": (8,), "eval_every": 1_000}
Pretend = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run that was made and not started."""
    return create_run(TetrisSettings(), name="story", runs_dir=tmp_path / "runs", by="app")


@pytest.fixture
def pretend(run: RunDirectory) -> Iterator[Pretend]:
    """Starts a process that looks like the run's trainer; it is killed at the end."""
    with ExitStack() as stack:
        yield lambda *options, **fields: stack.enter_context(pretend_trainer(run, *options, **fields))


@pytest.fixture
def endless(tmp_path: Path) -> RunDirectory:
    """A run that trains, detached, until the test stops it."""
    run = create_run(TetrisSettings(**ENDLESS), name="endless", runs_dir=tmp_path)
    start_trainer(run)
    wait_until(lambda: probe(run).state == "running", 60, "the trainer to run")
    return run


@pytest.fixture
def a_terminal() -> Iterator[None]:
    """Children of a terminal: they inherit what is ignored, and tests may run under nohup or in the background."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
