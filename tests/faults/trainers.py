"""A real trainer process that trains without end, and what a person would see of it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import APP, everything_said, read_out
from tests.trainer.learning.tiny import new_run, rows, tiny_config
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status

PATIENCE_S = 60.0  # for what takes a second on a machine that has nothing else to do


def endless_run(runs_dir: Path, **changes: object) -> RunDirectory:
    """A tiny run that is not finished before it is stopped, with a checkpoint every second; not started."""
    return new_run(
        runs_dir, tiny_config(**({"total_timesteps": 1_000_000_000, "checkpoint_every_s": 1.0, "eval_max_pieces": 50} | changes))
    )


@contextmanager
def real_trainer(run: RunDirectory, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Train a run in a process of its own, as the app does; it is killed at the end."""
    command = [sys.executable, "-m", "trainer", "start", str(run.path)]
    with run.log.open("ab") as log:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=log, stderr=log, env=os.environ | (environment or {}))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def status_of(run: RunDirectory) -> Status:
    """The last status; there must be one."""
    status = read_status(run)
    assert status is not None
    return status


def wait_for_steps(run: RunDirectory, more: int = 400) -> None:
    """Wait until so many more steps are done than now."""
    before = read_status(run)
    goal = (before.num_timesteps if before else 0) + more
    wait_until(lambda: (now := read_status(run)) is not None and now.num_timesteps >= goal, PATIENCE_S, "training to go on")


def stop(run: RunDirectory) -> None:
    """Stop a run as a person does, and wait until its trainer has ended."""
    update_control(run, by="app", applied_seq=status_of(run).applied_seq, run="stopped")
    wait_until(lambda: not probe(run).active, PATIENCE_S, "the trainer to end")


def has_event(run: RunDirectory, part: str) -> bool:
    """Whether an event says something."""
    return any(part in row["message"] for row in rows(run.events))


def app_on(runs_dir: Path) -> AppTest:
    """The live page; `CONTROL_ROOM_RUNS_DIR` must name the folder already."""
    assert os.environ["CONTROL_ROOM_RUNS_DIR"] == str(runs_dir)
    return AppTest.from_file(str(APP), default_timeout=60).run()


def said(app: AppTest) -> str:
    """All texts on the page, as a person reads them."""
    assert not app.exception
    return read_out(everything_said(app))
