"""What a person reads when a run has come to grief: the state, why, and the end of the log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.events import failure_traceback
from pages.ui.states import LOOKS, RESUMABLE
from tests.pages.conftest import everything_said, opened
from tests.pages.fake_runs import ended, failed_run, fill, live, new_run, set_status
from tests.workers import identity_of, pretend_worker
from trainer import probing
from trainer.endings import Ending
from trainer.run_files.events import EventRow
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status


@pytest.fixture
def start_failed() -> Iterator[dict[Path, probing._Ended]]:
    """What is remembered of failed starts; forgotten afterwards."""
    yield probing._ended
    probing._ended.clear()


def _failed_to_resume(run: RunDirectory, start_failed: dict[Path, probing._Ended]) -> None:
    status = read_status(run)
    assert status is not None
    start_failed[run.path] = probing._Ended(Ending(1), spoke=False, status_of=status.process)
    run.log.write_text("loading\nModuleNotFoundError: No module named 'torch'\n", encoding="utf-8")


def test_a_run_whose_machine_was_restarted_is_orphaned_and_has_a_resume_button(app: AppTest, runs_dir: Path) -> None:
    ended(new_run(runs_dir), "running", process=replace(ProcessIdentity.own(), boot_id="an-earlier-boot"))
    said = everything_said(opened(app, "streamlit_app.py"))
    assert "Orphaned" in said
    assert "The machine was restarted while this run was being trained; it can be resumed" in said.replace("\\", "")
    assert app.button(key="pause_or_resume").label == "Resume"
    assert not app.button(key="pause_or_resume").disabled


def test_a_resume_that_failed_shows_the_end_of_the_log_and_can_be_tried_again(
    app: AppTest, runs_dir: Path, start_failed: dict[Path, probing._Ended]
) -> None:
    run = ended(new_run(runs_dir), "stopped")
    _failed_to_resume(run, start_failed)
    said = everything_said(opened(app, "streamlit_app.py"))
    assert "The run could not be resumed: its trainer ended at once (exit code 1)" in said.replace("\\", "")
    assert "ModuleNotFoundError: No module named 'torch'" in [str(code.value) for code in app.code][-1]
    assert app.expander[-1].proto.expanded
    assert app.button(key="pause_or_resume").label == "Resume"


def test_a_trainer_that_was_killed_is_said_with_the_likely_reason(
    app: AppTest, runs_dir: Path, start_failed: dict[Path, probing._Ended]
) -> None:
    run = ended(new_run(runs_dir), "running", process=replace(ProcessIdentity.own(), start_ticks=1, started_at=1.0))
    status = read_status(run)
    assert status is not None
    why = Ending(-9, "most likely because the memory ran out (limit 2.0 GiB)")
    start_failed[run.path] = probing._Ended(why, spoke=True, status_of=status.process)
    said = everything_said(opened(app, "streamlit_app.py")).replace("\\", "")
    assert "died unexpectedly: killed by SIGKILL, most likely because the memory ran out (limit 2.0 GiB). Resume continues" in said
    assert app.button(key="pause_or_resume").label == "Resume"


def test_the_traceback_of_an_earlier_failure_is_not_shown_for_a_failed_resume(
    app: AppTest, runs_dir: Path, start_failed: dict[Path, probing._Ended]
) -> None:
    run = failed_run(runs_dir)
    _failed_to_resume(run, start_failed)
    opened(app, "streamlit_app.py")
    assert not any("Traceback (most recent call last)" in str(code.value) for code in app.code)


def test_a_failure_before_training_went_on_is_over() -> None:
    failure = EventRow("", 1, "failure", "Training failed", traceback="Traceback …")
    went_on = EventRow("", 1, "started", "Training goes on")
    assert failure_traceback([went_on, failure]) == "Traceback …"
    assert failure_traceback([failure, went_on]) == ""
    assert failure_traceback([replace(failure, traceback=None)]) == ""


def test_a_suspended_trainer_is_told_from_a_stalled_one(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(runs_dir)
    fill(run)
    with pretend_worker("start", run.path) as worker, monkeypatch.context() as patch, live(run, process=identity_of(worker)):
        set_status(run, seconds_since_step=60.0)
        patch.setattr(psutil.Process, "status", lambda _self: psutil.STATUS_STOPPED)
        said = everything_said(opened(app, "streamlit_app.py")).replace("\\", "")
    assert "Stalled" in said
    assert "process is suspended" in said


def test_a_person_who_waits_for_a_stop_reads_how_far_it_is(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(runs_dir)
    with live(run, state="stopping"):
        monkeypatch.setattr("pages.ui.heading.heading.stop_words", lambda _run: "Stopping… SIGTERM was sent, SIGKILL follows in 7 s")
        said = everything_said(opened(app, "streamlit_app.py"))
    assert "SIGTERM was sent, SIGKILL follows in 7 s" in said


def test_every_state_has_a_look_and_what_has_ended_badly_can_be_resumed() -> None:
    assert set(LOOKS) >= probing.ACTIVE_STATES | RESUMABLE
    assert {"failed", "crashed", "orphaned"} <= RESUMABLE
