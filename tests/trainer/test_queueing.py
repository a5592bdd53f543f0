"""The app's side of the queue: who waits, who is cancelled, and that somebody starts them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.simulated import SimulatedEngine, new_runs
from tests.waiting import wait_until
from trainer import queueing
from trainer.errors import RunDirectoryError, RunFinishedError, RunIsActiveError, RunNotQueuedError
from trainer.probing import probe
from trainer.queue_process import QueueProcess
from trainer.queueing import (
    cancel_queued,
    enqueue,
    move_queued,
    process_lock,
    process_log,
    queue_problems,
    see_to_queue,
    start_now,
    waiting,
)
from trainer.run_files.config_file import read_config, write_config
from trainer.run_files.control import read_control
from trainer.run_files.locks import is_locked, locked
from trainer.run_files.placements import Placement, write_placement
from trainer.run_files.queue import find_entry
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import list_trash, restore
from trainer.starting import prepare_resume

Words = list[list[str]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Words:
    """What processes were asked for; none is started."""
    words: Words = []
    monkeypatch.setattr(queueing, "start_child", lambda arguments, _log, **_about: words.append(list(arguments)))
    return words


@pytest.fixture
def runs(tmp_path: Path) -> list[RunDirectory]:
    """Three that were made."""
    return new_runs(tmp_path, 3)


def test_runs_that_wait_are_called_queued_and_somebody_starts_them(runs: list[RunDirectory], started: Words) -> None:
    runs_dir = runs[0].path.parent
    enqueue(runs[:2], by="app")
    enqueue(runs, on="ray:here", by="cli")
    assert [probe(run).state for run in runs] == ["queued"] * 3
    assert not any(probe(run).active or probe(run).pending for run in runs)
    assert [(entry.run, entry.on, entry.by) for entry in waiting(runs_dir)] == [
        (runs[0].run_id, "", "app"), (runs[1].run_id, "", "app"), (runs[2].run_id, "ray:here", "cli"),
    ]  # fmt: skip
    local = ["queue", "run", "--runs-dir", str(runs_dir)]
    assert started[0] == local
    assert [*local, "--on", "ray:here"] in started


def test_one_process_is_enough(runs: list[RunDirectory], started: Words) -> None:
    runs_dir = runs[0].path.parent
    with locked(process_lock(runs_dir, ""), timeout_s=1):
        enqueue(runs, by="app")
    assert started == []
    see_to_queue(runs_dir)
    assert len(started) == 1


def test_what_is_trained_on_other_machines_needs_a_process_though_nothing_waits(runs: list[RunDirectory], started: Words) -> None:
    runs_dir = runs[0].path.parent
    assert waiting(runs_dir) == ()
    assert started == []
    write_placement(runs_dir, runs[0].run_id, Placement("ray:10.0.0.7:6379", 1))
    assert waiting(runs_dir) == ()
    assert started == [["queue", "run", "--runs-dir", str(runs_dir), "--on", "ray:10.0.0.7:6379"]]


def test_why_nothing_is_started_is_told_until_a_process_is_at_work(runs: list[RunDirectory], started: Words) -> None:
    runs_dir, on = runs[0].path.parent, "ray:10.0.0.7:6379"
    enqueue(runs[:1], on=on, by="cli")
    assert len(started) == 1
    process_log(runs_dir, on).write_text("2026-11-27T12:00:00.000Z begun\nerror: No Ray cluster answers at 10.0.0.7:6379.\n")
    assert queue_problems(runs_dir) == ["No Ray cluster answers at 10.0.0.7:6379."]
    with locked(process_lock(runs_dir, on), timeout_s=1):
        assert queue_problems(runs_dir) == []
    process_log(runs_dir, on).write_text("error: once\n2026-11-27T12:00:00.000Z all is well\n")
    assert queue_problems(runs_dir) == []


def test_nothing_that_cannot_be_started_is_queued(runs: list[RunDirectory], started: Words) -> None:
    engine = SimulatedEngine(3)
    engine.start(runs[1])
    with pytest.raises(RunIsActiveError):
        enqueue(runs, by="app")
    engine.end(runs[1])
    with pytest.raises(RunFinishedError):
        enqueue(runs, by="app")
    assert waiting(runs[0].path.parent) == ()
    assert started == []


@pytest.mark.usefixtures("started")
def test_a_run_that_was_never_trained_is_cancelled_into_the_trash_and_can_come_back(runs: list[RunDirectory]) -> None:
    enqueue(runs, by="app")
    assert cancel_queued(runs[1])
    assert probe(runs[1]).state == "gone"
    assert [entry.run for entry in waiting(runs[0].path.parent)] == [runs[0].run_id, runs[2].run_id]
    with pytest.raises(RunNotQueuedError, match="started, cancelled or deleted"):
        cancel_queued(runs[1])
    (deleted,) = list_trash(runs[0].path.parent)
    assert probe(restore(deleted)).state == "stopped"
    prepare_resume(runs[1], by="app")
    assert read_control(runs[1]).run == "running"


@pytest.mark.usefixtures("started")
def test_a_run_that_was_trained_before_stays_as_it_was_left(runs: list[RunDirectory]) -> None:
    engine = SimulatedEngine()
    engine.start(runs[0])
    engine.end(runs[0], "stopped")
    enqueue(runs[:1], by="app")
    assert probe(runs[0]).state == "queued"
    assert not cancel_queued(runs[0])
    assert probe(runs[0]).state == "stopped"


@pytest.mark.usefixtures("started")
def test_a_run_is_moved_and_started_at_once(runs: list[RunDirectory]) -> None:
    enqueue(runs, by="app")
    move_queued(runs[2], "first")
    start_now(runs[1])
    assert [entry.run for entry in waiting(runs[0].path.parent)] == [runs[2].run_id, runs[0].run_id, runs[1].run_id]
    found = find_entry(runs[0].path.parent, runs[1].run_id)
    assert found is not None
    assert found.now


@pytest.mark.usefixtures("started")
def test_a_run_that_was_taken_from_the_queue_is_starting_however_long_it_had_waited(runs: list[RunDirectory]) -> None:
    class Slow(SimulatedEngine):
        def start(self, run: RunDirectory) -> None:
            """The trainer has not taken the lock yet."""

    enqueue(runs[:1], by="cli")
    write_config(runs[0], replace(read_config(runs[0]), created_at="2020-01-01T00:00:00.000Z"))
    QueueProcess(runs[0].path.parent, "", Slow(), say=print).look()
    assert waiting(runs[0].path.parent) == ()
    assert probe(runs[0]).state == "starting"


@pytest.mark.usefixtures("started")
def test_a_folder_without_a_queue_and_one_that_is_gone(tmp_path: Path, run: RunDirectory) -> None:
    assert waiting(tmp_path) == ()
    shutil.rmtree(run.path.parent)
    assert waiting(run.path.parent) == ()
    with pytest.raises(RunDirectoryError):
        enqueue([run], by="app")


@pytest.mark.long
def test_the_process_is_detached_starts_what_waits_and_ends(tmp_path: Path) -> None:
    (run,) = new_runs(tmp_path, 1)
    run.config.write_bytes(b"{")  # its trainer ends at once
    enqueue([run], by="cli")
    wait_until(lambda: waiting(tmp_path) == (), 60, "the run to be started")
    wait_until(lambda: not is_locked(process_lock(tmp_path, "")), 60, "the process to end")
    assert f"{run.run_id} is started." in process_log(tmp_path, "").read_text(encoding="utf-8")
    assert run.log.is_file()


def test_a_process_that_fails_is_not_started_again_at_every_look(runs: list[RunDirectory], monkeypatch: pytest.MonkeyPatch) -> None:
    words: Words = []

    class Failed:
        def ending(self) -> object:
            return type("Ending", (), {"exit_code": 1})

    children: dict[object, Failed] = {}

    def start(arguments: list[str], _log: Path, about: object) -> None:
        words.append(arguments)
        children[about] = Failed()

    monkeypatch.setattr(queueing, "start_child", start)
    monkeypatch.setattr(queueing, "child_about", children.get)
    enqueue(runs, by="app")
    waiting(runs[0].path.parent)
    assert len(words) == 1
    monkeypatch.setattr(queueing, "RESTART_AFTER_S", 0.0)
    waiting(runs[0].path.parent)
    assert len(words) == 2
