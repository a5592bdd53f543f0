"""The process of a sweep: it says how far it is, obeys, and is not ended by what goes wrong around it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import full_disk
from tests.trainer.sweeping.simulated_runs import TICKS, Landscape, SimulatedRuns, new_study, planned, sweep, told
from trainer.errors import RunDirectoryError, StudyNotFoundError, SweepIsActiveError, TaskNotFoundError
from trainer.run_files.locks import locked
from trainer.run_files.studies import make_study, read_progress, read_trials, write_wanted
from trainer.sweeping.process import SweepProcess, run_sweep


def test_a_sweep_that_is_stopped_and_resumed_ends_as_if_it_had_never_been(tmp_path: Path) -> None:
    plain = new_study(tmp_path / "plain")
    sweep(plain, SimulatedRuns(Landscape(1)))
    study, runs = new_study(tmp_path / "stopped"), SimulatedRuns(Landscape(1))
    for moment in (3, 11, 17, 20, 30):
        passed = 0

        def tick(_: float, moment: int = moment) -> None:
            nonlocal passed
            passed += 1
            runs.tick()
            if passed == moment:
                write_wanted(study, "stopped", by="cli")

        ended = SweepProcess(study, runs, sleep=tick).until_done()
        assert ended is not None
        assert ended.state == "stopped"
        assert not {"waiting", "training"} & set(runs.states.values())
        progress = read_progress(study)
        assert progress is not None
        assert progress.state == "stopped"
        write_wanted(study, "running", by="cli")
    progress = sweep(study, runs)
    assert progress is not None
    assert progress.state == "finished"
    assert told(study) == told(plain)
    assert set(runs.ticks.values()) == {TICKS}, "what was stopped went on where it was"


def test_a_study_that_is_deleted_while_it_runs_leaves_its_runs_stopped(tmp_path: Path) -> None:
    study, runs, said = new_study(tmp_path), SimulatedRuns(Landscape(2)), list[str]()

    def delete(_: float) -> None:
        runs.tick()
        if runs.ticks.total() == 6:
            shutil.rmtree(study.path)

    assert SweepProcess(study, runs, say=said.append, sleep=delete).until_done() is None
    assert said[-1] == "The study was deleted: its runs are stopped, and stay."
    assert set(runs.states.values()) == {"held"}
    assert not study.path.exists(), "it is not brought back"


def test_on_a_full_disk_it_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    plain = new_study(tmp_path / "plain")
    sweep(plain, SimulatedRuns(Landscape(3)))
    study, runs, said = new_study(tmp_path / "full"), SimulatedRuns(Landscape(3)), list[str]()
    process = SweepProcess(study, runs, say=said.append, sleep=lambda _: runs.tick())
    with full_disk(0):
        for _ in range(30):
            assert process._look() == "running"
            runs.tick()
            assert process._tell("running") is False
    assert said == ["It cannot go on now (File too large).", "progress.json cannot be written (File too large)."] * 30
    ended = process.until_done()
    assert ended is not None
    assert (ended.state, ended.problem) == ("finished", "")
    assert told(study) == told(plain)


def test_a_sweep_without_one_complete_trial_has_failed_and_says_why(tmp_path: Path) -> None:
    study, runs = new_study(tmp_path, trials=2), SimulatedRuns(Landscape(4))
    process = SweepProcess(study, runs, sleep=lambda _: runs.states.update(dict.fromkeys(runs.states, "failed")))
    progress = process.until_done()
    assert progress is not None
    assert progress.state == "failed"
    first = read_trials(study)[0]
    assert progress.error == f"No trial was completed. The first problem: {first.error}"


def test_settings_that_do_not_go_together_fail_their_trial_alone(tmp_path: Path) -> None:
    study = planned(trials=4)
    directory = make_study(tmp_path, replace(study, settings=study.settings | {"algo": "dqn"}))  # as another version may have made it
    progress = sweep(directory, SimulatedRuns(Landscape(5)))
    assert progress is not None
    assert progress.state == "failed"
    assert "gae_lambda is not a hyperparameter of dqn" in progress.error


def test_one_process_a_sweep(tmp_path: Path) -> None:
    study = new_study(tmp_path)
    with locked(study.lock, timeout_s=1), pytest.raises(SweepIsActiveError, match="One process a sweep"):
        run_sweep(study, say=print)


def test_a_task_that_is_not_there_any_more_is_said(tmp_path: Path) -> None:
    study = make_study(tmp_path, replace(planned(), task="chess"))
    with pytest.raises(TaskNotFoundError):
        run_sweep(study, say=print)
    progress = read_progress(study)
    assert progress is not None
    assert progress.state == "failed"
    assert "'chess' is not a task here" in progress.error


def test_a_folder_that_is_gone_or_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    study = new_study(tmp_path)
    with full_disk(0), pytest.raises(RunDirectoryError, match="must be writable"):
        run_sweep(study, say=print)
    study.study.unlink()
    with pytest.raises(StudyNotFoundError, match="was deleted"):
        run_sweep(study, say=print)
