"""A run and a process that looks like its trainer."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from trainer.config import RunConfig
from trainer.creating import create_run
from trainer.run_files.run_directory import RunDirectory

REPOSITORY = Path(__file__).parents[2]
Pretend = Callable[..., subprocess.Popen[bytes]]
PRETEND = Path(__file__).with_name("__main__.py")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run that was made and not started."""
    return create_run(RunConfig(), name="story", runs_dir=tmp_path / "runs", by="app")


@pytest.fixture
def pretend(run: RunDirectory) -> Iterator[Pretend]:
    """Starts a process that looks like the run's trainer; it is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str, **fields: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(PRETEND), "start", str(run.path), orjson.dumps(fields).decode(), *options]
        child = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def a_terminal() -> Iterator[None]:
    """Children of a terminal: they inherit what is ignored, and tests may run under nohup or in the background."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
