"""Environments that end, copy or block the process they are in: the run is kept, and nothing is left behind."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.trainer.learning.tiny import rows
from tests.waiting import wait_until
from trainer import stopping
from trainer.probing import Probe, probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import start_trainer
from trainer.stopping import follow_stop

from .odd_runs import odd_run, said, step_of

pytestmark = pytest.mark.long


@pytest.fixture
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trainer's process finds what is installed, and this."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_DIR))


def in_a_process(run: RunDirectory) -> Probe:
    """Train it in a process of its own, to the end of that."""
    start_trainer(run)
    wait_until(lambda: not probe(run).active, 60, "the end of the trainer")
    return probe(run)


@pytest.mark.usefixtures("on_the_path")
def test_an_environment_that_ends_its_process_leaves_a_run_that_can_be_resumed(tmp_path: Path) -> None:
    probed = in_a_process(odd_run(tmp_path, "dies in step", after=500, total_timesteps=600))
    assert probed.state == "crashed"
    assert probed.error == "The trainer died unexpectedly: exit code 5. Resume continues from the last checkpoint."


@pytest.mark.usefixtures("on_the_path")
def test_a_copy_of_the_trainer_that_an_environment_makes_ends_and_holds_nothing(tmp_path: Path) -> None:
    run = odd_run(tmp_path, "forks", after=500, step_s=0.001, total_timesteps=1_000_000)
    pid = start_trainer(run)
    wait_until(lambda: run.log.exists() and "is a copy of the trainer" in run.log.read_text() and step_of(run) > 550, 60, "the copy to end")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not probe(run).active, 20, "the end of the trainer")
    (child,) = re.findall(r"stays away: (\d+)", run.log.read_text())
    os.kill(int(child), signal.SIGKILL)  # it was alive, and held no lock
    assert [row["episode"] for row in rows(run.episodes)] == list(range(1, 1 + len(rows(run.episodes))))
    began = [sentence for sentence in said(run) if sentence.startswith("Training began")]
    assert began == ["Training began: 1,000,000 steps, seed 1"]


@pytest.mark.usefixtures("on_the_path")
def test_a_trainer_that_hangs_is_stopped_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "TERMINATE_AFTER_S", 0.5)
    monkeypatch.setattr(stopping, "KILL_AFTER_S", 0.5)
    run = odd_run(tmp_path, "hangs in step", after=500, eval_every=1_000, total_timesteps=600)
    start_trainer(run)
    wait_until(lambda: probe(run).state == "running" and step_of(run) == 500, 60, "training")
    update_control(run, by="app", run="stopped")
    follow_stop(run)
    wait_until(lambda: not probe(run).active, 20, "the end of the trainer")
    assert probe(run).state == "crashed"
    assert "was asked to stop and did not end in good order: killed by SIGKILL" in (probe(run).error or "")
