"""A run and a process that looks like its trainer."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.workers import pretend_trainer
from trainer.config import RunConfig
from trainer.creating import create_run
from trainer.run_files.run_directory import RunDirectory

REPOSITORY = Path(__file__).parents[2]
Pretend = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run that was made and not started."""
    return create_run(RunConfig(), name="story", runs_dir=tmp_path / "runs", by="app")


@pytest.fixture
def pretend(run: RunDirectory) -> Iterator[Pretend]:
    """Starts a process that looks like the run's trainer; it is killed at the end."""
    with ExitStack() as stack:
        yield lambda *options, **fields: stack.enter_context(pretend_trainer(run, *options, **fields))


@pytest.fixture
def a_terminal() -> Iterator[None]:
    """Children of a terminal: they inherit what is ignored, and tests may run under nohup or in the background."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
