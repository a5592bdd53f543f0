"""Trainers on this machine: as many as there are cores."""

from pathlib import Path

import pytest

from tests.trainer.simulated import SimulatedEngine, new_runs
from tests.waiting import wait_until
from tests.workers import pretend_trainer
from trainer.engines import local
from trainer.engines.local import LocalEngine
from trainer.resources import usable_cores
from trainer.run_files.placements import Placement, remove_placement, write_placement
from trainer.run_files.run_directory import RunDirectory


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunDirectory]:
    """Runs made so long ago that nobody expects their trainers any more."""
    monkeypatch.setattr("trainer.probing.START_PATIENCE_S", 0.0)
    return new_runs(tmp_path, 4)


def test_there_is_room_for_as_many_as_this_process_has_cores(tmp_path: Path) -> None:
    assert LocalEngine(tmp_path).room() == usable_cores()


def test_runs_that_others_have_started_take_cores_until_they_end(runs: list[RunDirectory], tmp_path: Path) -> None:
    others, engine = SimulatedEngine(), LocalEngine(tmp_path, cores=2)
    assert engine.room() == 2
    others.start(runs[0])
    assert engine.room() == 1
    with pretend_trainer(runs[1], state="paused"):
        assert engine.room() == 0
        others.start(runs[2])
        assert engine.room() == 0, "who is more than the cores are is not looked for"
        others.end(runs[0])
        assert engine.room() == 0
    assert engine.room() == 1


def test_runs_that_are_trained_on_other_machines_take_no_core(runs: list[RunDirectory], tmp_path: Path) -> None:
    others, engine = SimulatedEngine(), LocalEngine(tmp_path, cores=2)
    for run in runs[:3]:
        others.start(run)
        write_placement(tmp_path, run.run_id, Placement("ray:there:6379", 1))
    assert engine.room() == 2
    remove_placement(tmp_path, runs[0].run_id)
    assert engine.room() == 1


def test_old_runs_are_looked_at_now_and_then(runs: list[RunDirectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEWEST", 1)
    others, engine = SimulatedEngine(), LocalEngine(tmp_path, cores=2)
    assert engine.room() == 2
    others.start(runs[0])
    assert engine.room() == 2
    monkeypatch.setattr(local, "LOOK_INTERVAL_S", 0.0)
    assert engine.room() == 1


def test_who_has_started_trainers_stays_until_they_end(runs: list[RunDirectory], tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path, cores=2)
    assert not engine.busy()
    runs[0].config.write_bytes(b"{")  # its trainer ends at once
    engine.start(runs[0])
    assert engine.busy()
    assert engine.room() == 1
    wait_until(lambda: not engine.busy(), 60, "the trainer to end")
    assert engine.room() == 2
    engine.close()
