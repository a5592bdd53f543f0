"""The app's side of a sweep: start it, tell how it is, stop it, go on with it."""

import shutil
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.trainer.sweeping.simulated_runs import planned
from tests.workers import identity_of, pretend_worker
from trainer.errors import RunDirectoryError, SweepFinishedError, SweepIsActiveError
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.studies import Progress, make_study, read_wanted, write_progress
from trainer.run_files.study_directory import StudyDirectory, list_studies
from trainer.sweeping import starting
from trainer.sweeping.starting import probe_sweep, resume_sweep, start_sweep, stop_sweep

OLD = "2026-01-02T03:04:05.000Z"
Words = list[list[str]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Words:
    """What processes were asked for; none is started."""
    words: Words = []
    monkeypatch.setattr(starting, "start_child", lambda arguments, _log, **_about: words.append(list(arguments)))
    return words


@pytest.fixture
def study(tmp_path: Path) -> StudyDirectory:
    """One whose process has died long ago."""
    made = make_study(tmp_path, replace(planned(), created_at=OLD))
    write_progress(made, Progress(replace(ProcessIdentity.own(), pid=2**22 + 1)))
    return made


def test_starting_one_makes_a_study_and_its_process(tmp_path: Path, started: Words) -> None:
    made = start_sweep(tmp_path, planned())
    assert list_studies(tmp_path) == [made]
    assert started == [["sweep", "run", str(made.path)]]
    assert (probe_sweep(made).state, probe_sweep(made).pid) == ("starting", None)
    assert start_sweep(tmp_path, planned()) != made, "the same again is another one"


def test_a_process_is_told_from_one_that_is_dead_or_another(study: StudyDirectory) -> None:
    assert (probe_sweep(study).state, probe_sweep(study).problem) == ("interrupted", "")
    study.log.write_text("2026-01-02T03:04:05.000Z Trial 0 begins.\n")
    assert probe_sweep(study).problem == "", "it only says what it was doing"
    study.log.write_text("2026-01-02T03:04:05.000Z Trial 0 begins.\n\nProcess 7 was killed by SIGKILL.\n")
    assert probe_sweep(study).problem == "Process 7 was killed by SIGKILL."
    with pretend_worker("sweep", "run", study.path) as process:
        write_progress(study, Progress(identity_of(process), problem="The disk is full."))
        probed = probe_sweep(study)
        assert (probed.state, probed.pid, probed.problem) == ("running", process.pid, "The disk is full.")
    assert probe_sweep(study).state == "interrupted"
    with pretend_worker("sweep", "run", study.path.parent) as other:
        write_progress(study, Progress(identity_of(other)))
        assert probe_sweep(study).state == "interrupted"
    write_progress(study, Progress(ProcessIdentity.of(psutil.Process()), "finished"))
    assert probe_sweep(study).state == "finished"


def test_stopping_says_what_is_wanted_and_an_interrupted_one_has_its_runs_stopped(study: StudyDirectory, started: Words) -> None:
    stop_sweep(study, by="app")
    assert read_wanted(study) == "stopped"
    assert started == [["sweep", "run", str(study.path)]]
    with pretend_worker("sweep", "run", study.path) as process:
        write_progress(study, Progress(identity_of(process)))
        stop_sweep(study, by="app")
        assert len(started) == 1, "its process sees to it"
    write_progress(study, Progress(ProcessIdentity.own(), "stopped"))
    with pytest.raises(SweepFinishedError, match="is stopped: there is nothing to stop"):
        stop_sweep(study, by="app")


def test_resuming_starts_one_process_and_no_second(study: StudyDirectory, started: Words) -> None:
    stop_sweep(study, by="app")
    resume_sweep(study, by="app")
    assert read_wanted(study) == "running"
    assert len(started) == 2
    with pretend_worker("sweep", "run", study.path) as process:
        write_progress(study, Progress(identity_of(process)))
        with pytest.raises(SweepIsActiveError, match=r"One process a sweep: one is at work on .* already \(running\)"):
            resume_sweep(study, by="app")
        stop_sweep(study, by="app")
        write_progress(study, Progress(identity_of(process), "stopping"))
        with pytest.raises(SweepIsActiveError, match="is still being stopped"):
            resume_sweep(study, by="app")
    write_progress(study, Progress(ProcessIdentity.own(), "finished"))
    with pytest.raises(SweepFinishedError, match="cannot be resumed: it has made all its trials"):
        resume_sweep(study, by="app")
    assert len(started) == 2


def test_a_deleted_or_damaged_study_is_said(study: StudyDirectory, started: Words) -> None:
    study.study.write_text("{")
    assert "study.json of the sweep" in probe_sweep(study).problem
    study.control.mkdir()
    with pytest.raises(RunDirectoryError, match="cannot be written"):
        resume_sweep(study, by="app")
    shutil.rmtree(study.path)
    assert (probe_sweep(study).state, probe_sweep(study).problem) == ("gone", f"The sweep {study.study_id} was deleted.")
    with pytest.raises(SweepFinishedError, match="it was deleted"):
        resume_sweep(study, by="app")
    assert started == []
