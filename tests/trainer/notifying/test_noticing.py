"""What is noticed of a run, and what of it somebody knows already."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.pages.fake_runs import ended, evaluation_row, fill, live, new_run
from trainer.notifying.noticing import RunNotices
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.jsonl import cut_log
from trainer.run_files.labels import update_labels
from trainer.run_files.notifications import Told
from trainer.run_files.notify_settings import EVENTS
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory

LONG_AGO, LATER = "2025-01-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run with one new best, made on 2026-01-01."""
    run = new_run(tmp_path)
    fill(run)
    return run


def _event(run: RunDirectory, kind: str, message: str) -> None:
    events = EventsWriter(run)
    events.append(EventRow(now_text(), 3_000, kind, message))  # type: ignore[arg-type]
    events.log.close()


def _words(notices: RunNotices, told: Told) -> list[str]:
    return [notice.words for notice in notices.since(told, EVENTS)]


def test_new_bests_are_counted_and_an_end_is_told_once(run: RunDirectory) -> None:
    notices = RunNotices(run)
    with live(run):
        notices.look()
        assert _words(notices, Told()) == ["new best"]
        known = notices.state()
        for lines in (21, 22, 23):
            _event(run, "new_best", f"New best: {lines} lines, saved")
        notices.look()
        assert _words(notices, known) == ["3 new bests"]
        assert notices.since(known, EVENTS)[0].sentence == "New best: 23 lines, saved"
    ended(run, "finished")
    notices.look()
    assert _words(notices, notices.state()) == []
    assert notices.is_settling(), "one look is not believed"
    notices.look()
    assert _words(notices, known) == ["3 new bests", "finished"]
    assert _words(notices, notices.state()) == []


def test_a_trainer_that_died_is_told_with_the_reason_and_again_when_the_next_one_dies(run: RunDirectory) -> None:
    notices = RunNotices(run)
    dead = replace(ProcessIdentity.own(), pid=9_999_998)
    ended(run, "running", process=dead)
    notices.look()
    notices.look()
    (notice,) = [one for one in notices.since(Told(), EVENTS) if one.event == "crashed"]
    assert notice.sentence.startswith("Crashed at step 3,000. The trainer died unexpectedly")
    known = notices.state()
    ended(run, "running", process=replace(dead, pid=9_999_999))
    notices.look()
    notices.look()
    assert _words(notices, known) == ["crashed"]


def test_reaching_the_target_is_told_as_that(run: RunDirectory) -> None:
    _event(run, "finished", "Finished: the target is reached")
    ended(run, "finished")
    notices = RunNotices(run)
    notices.look()
    notices.look()
    assert _words(notices, Told()) == ["new best", "target reached"]


def test_a_stall_and_a_plateau_are_told_and_a_follower_begun_anew_tells_neither_again(run: RunDirectory) -> None:
    with evaluations_writer(run) as log:
        for number in range(40):
            log.append(evaluation_row(40_000 + number * 1_000, 60.0))
    with live(run, seconds_since_step=40.0):
        notices = RunNotices(run)
        notices.look()
        assert _words(notices, Told(bests=1)) == ["plateau", "stalled"]
        known = notices.state()
        again = RunNotices(run)
        again.look()
        assert _words(again, known) == []


def test_logs_that_a_resume_cuts_are_read_anew(run: RunDirectory) -> None:
    notices = RunNotices(run)
    with live(run):
        notices.look()
        cut_log(run.metrics, 100)
        notices.look()
        assert notices.state().bests == 1
        assert _words(notices, notices.state()) == []


def test_who_asks_later_is_told_nothing_of_before_but_of_an_end_that_comes(run: RunDirectory) -> None:
    update_labels(run, name="Renamed")
    notices = RunNotices(run)
    with live(run):
        notices.look()
        assert notices.name == "Renamed"
        assert notices.known_at_first(LONG_AGO) == Told(), "a run that was made since"
        known = notices.known_at_first(LATER)
        assert known.bests == 1
    ended(run, "finished")
    notices.look()
    notices.look()
    assert _words(notices, known) == ["finished"]
    assert _words(notices, notices.known_at_first(LATER)) == ["finished"], "it ended since"
    assert _words(notices, notices.known_at_first("2099-01-01T00:00:00.000Z")) == [], "it had ended before"
