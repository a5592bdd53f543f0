"""Trainers that are copies of the queue's process: they learn the same, are provable, and none of them is lost."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.trainer.learning.tiny import weights_sha256
from tests.trainer.tasks.gym.tiny import trained
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe, trainer_process
from trainer.processes import program_arguments
from trainer.queueing import cancel_queued, enqueue, process_lock
from trainer.run_files.config_file import read_config
from trainer.run_files.control import update_control
from trainer.run_files.locks import is_locked
from trainer.run_files.queue import QUEUE_LOCK, read_queue
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym.about import GymSettings


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RunDirectory]]:
    """One that is trained to its end, and two that are trained until they are stopped."""
    runs_dir = tmp_path_factory.mktemp("runs")
    settings = read_config(trained("ppo")).settings
    short = create_run(GymSettings.from_json(settings), runs_dir=runs_dir)
    endless = [
        create_run(GymSettings.from_json({**settings, "total_timesteps": 10**9, "seed": seed}), runs_dir=runs_dir) for seed in (2, 3)
    ]
    runs = [short, *endless]
    enqueue(runs, by="cli")
    yield runs
    for entry in read_queue(runs_dir):
        cancel_queued(RunDirectory(runs_dir / entry.run))
    for run in runs:
        if probe(run).active:
            update_control(run, by="cli", run="stopped")
    wait_until(lambda: not is_locked(process_lock(runs_dir, "")), 60, "the process to end")


def _is_copy(process: psutil.Process | None) -> bool:
    return process is not None and program_arguments(process.cmdline())[:2] == ["queue", "run"]


@pytest.mark.long
def test_it_learns_bit_by_bit_what_a_trainer_that_was_started_by_itself_learns(runs: list[RunDirectory]) -> None:
    wait_until(lambda: probe(runs[0]).state == "finished", 120, "the first run to be trained")
    assert weights_sha256(runs[0]) == weights_sha256(trained("ppo"))


@pytest.mark.long
def test_it_is_provably_the_trainer_of_its_run_alone_and_holds_nothing_of_the_queue(runs: list[RunDirectory]) -> None:
    wait_until(lambda: probe(runs[1]).state == "running", 120, "the second run to be trained")
    process = trainer_process(runs[1], probe(runs[1]).status)
    assert process is not None
    assert _is_copy(process)
    assert trainer_process(runs[0], probe(runs[1]).status) is None, "it works on one run"
    assert trainer_process(RunDirectory(runs[1].path.parent), probe(runs[1]).status) is None, "and not on their folder"
    open_files = {Path(file.path).name for file in process.open_files()}
    assert "run.lock" in open_files
    assert open_files.isdisjoint({QUEUE_LOCK, process_lock(Path(), "").name, process_lock(Path(), "").with_suffix(".log").name})
    assert os.getsid(process.pid) == process.pid


def test_one_that_is_killed_is_collected_and_told_and_the_next_one_starts(runs: list[RunDirectory]) -> None:
    wait_until(lambda: probe(runs[1]).state == "running", 120, "the second run to be trained")
    process = trainer_process(runs[1], probe(runs[1]).status)
    assert process is not None
    process.kill()
    wait_until(lambda: not process.is_running(), 30, "it to be collected")
    wait_until(lambda: "killed by SIGKILL" in (probe(runs[1]).error or ""), 30, "its end to be told")
    assert probe(runs[1]).state == "crashed"
    wait_until(lambda: probe(runs[2]).state == "running", 120, "the third run to be trained")


@pytest.mark.long
def test_it_ends_in_good_order_at_sigterm(runs: list[RunDirectory]) -> None:
    wait_until(lambda: probe(runs[2]).state == "running", 120, "the third run to be trained")
    process = trainer_process(runs[2], probe(runs[2]).status)
    assert process is not None
    process.terminate()
    wait_until(lambda: probe(runs[2]).state == "stopped", 60, "it to save and end")
