"""`control.json` becomes events; nothing that stands in it can hurt the trainer."""

import os
from pathlib import Path

import pytest

from tests.trainer.learning.tiny import new_run, tiny_config
from tests.waiting import wait_until
from trainer.learning import control_watcher
from trainer.learning.control_watcher import LOOKS_PER_READING, ControlEvents, ControlWatcher
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A new run: its `control.json` has seq 1."""
    return new_run(tmp_path, tiny_config())


def _watcher(run: RunDirectory, ignored_seq: int = 0) -> tuple[ControlWatcher, ControlEvents, list[str]]:
    events, complaints = ControlEvents(), list[str]()
    return ControlWatcher(run, events, ignored_seq=ignored_seq, report_problem=complaints.append), events, complaints


def test_pause_clears_and_resume_sets_the_event(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    watcher.look()
    assert events.resume.is_set()

    update_control(run, by="app", run="paused")
    watcher.look()
    assert not events.resume.is_set()

    update_control(run, by="app", run="running")
    watcher.look()
    assert events.resume.is_set()
    assert not events.stop.is_set()


def test_visual_mode_is_an_event_too(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    update_control(run, by="app", visual=True, speed=30, board_every=7)
    watcher.look()
    assert events.visual.is_set()
    assert (events.control.speed, events.control.board_every) == (30, 7)

    update_control(run, by="app", visual=False)
    watcher.look()
    assert not events.visual.is_set()


def test_stop_releases_a_pause(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    update_control(run, by="app", run="paused")
    watcher.look()
    update_control(run, by="app", run="stopped")
    watcher.look()
    assert events.stop.is_set()
    assert events.resume.is_set()


@pytest.mark.parametrize("left_behind", ["stopped", "paused"])
def test_what_an_earlier_process_was_told_does_not_touch_a_new_one(run: RunDirectory, left_behind: str) -> None:
    before = update_control(run, by="app", run=left_behind, visual=True)
    watcher, events, _ = _watcher(run, ignored_seq=before.seq)
    watcher.look()
    assert events.resume.is_set()
    assert not events.stop.is_set()
    assert events.visual.is_set()  # a wish about the view, not a command to the old process

    update_control(run, by="app", run="paused")
    watcher.look()
    assert not events.resume.is_set()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"{", "JSON"),
        (b"[" * 10_000, "JSON"),
        (b"x" * 2_000_000, "smaller than"),
        (b'{"version": 5, "seq": 9, "run": "paused"}', "version 4"),
        (b'{"version": 4, "seq": 9, "run": "sleeping"}', "run must be one of running, paused, stopped; got 'sleeping'"),
        (
            b'{"version": 4, "seq": 9, "run": "paused", "speed": 0.5}',
            "speed must be from 1 to 1,000,000 environment steps",
        ),
        (b'{"version": 4, "seq": 9, "run": "paused", "visual": "yes"}', "visual must be true or false; got 'yes'"),
    ],
)
def test_a_bad_file_changes_nothing_and_is_said_once(run: RunDirectory, content: bytes, reason: str) -> None:
    watcher, events, complaints = _watcher(run)
    update_control(run, by="app", run="running", speed=70)
    watcher.look()
    run.control.write_bytes(content)
    watcher.look()
    watcher.look()

    assert events.resume.is_set()
    assert not events.stop.is_set()
    assert events.control.speed == 70
    assert len(complaints) == 1
    assert reason in complaints[0]
    assert complaints[0].endswith("Ignored: the last good state stays.")


def test_a_missing_file_is_said_once_and_a_new_one_is_obeyed(run: RunDirectory) -> None:
    watcher, events, complaints = _watcher(run)
    watcher.look()
    run.control.unlink()
    watcher.look()
    watcher.look()
    assert len(complaints) == 1
    update_control(run, by="app", applied_seq=1, run="paused")
    watcher.look()
    assert not events.resume.is_set()


def test_the_thread_sees_a_change_by_itself_and_ends_when_it_is_closed(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    watcher.start()
    update_control(run, by="app", run="paused")
    wait_until(lambda: not events.resume.is_set(), 5, "the watcher to see the pause")
    watcher.close()
    update_control(run, by="app", run="running")
    assert not watcher._thread.is_alive()
    assert not events.resume.is_set()


def test_the_thread_sleeps_while_training_looks_and_looks_while_training_waits(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    watcher.start()
    events.unattended.clear()
    wait_until(lambda: bool(events.unattended._cond._waiters), 5, "the watcher to sleep")  # type: ignore[attr-defined]
    update_control(run, by="app", run="paused")
    assert events.resume.is_set()

    events.changed.clear()
    events.wait_for_change()  # as training does in a pause
    assert not events.resume.is_set()
    assert not events.unattended.is_set()
    watcher.close()


def test_a_watcher_that_sleeps_can_be_closed(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    watcher.start()
    events.unattended.clear()
    wait_until(lambda: bool(events.unattended._cond._waiters), 5, "the watcher to sleep")  # type: ignore[attr-defined]
    watcher.close()
    assert not watcher._thread.is_alive()


def test_the_training_thread_need_not_wait_for_the_watchers(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_watcher, "LOOK_INTERVAL_S", 0.0)
    watcher, events, _ = _watcher(run)  # its thread is not started
    watcher.look_if_due()
    update_control(run, by="app", run="paused")
    watcher.look_if_due()
    assert not events.resume.is_set()


def test_a_look_is_not_due_right_after_another(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_watcher, "LOOK_INTERVAL_S", 60.0)
    watcher, events, _ = _watcher(run)
    watcher.look_if_due()
    update_control(run, by="app", run="paused")
    watcher.look_if_due()
    assert events.resume.is_set()


def test_a_change_that_the_clock_of_the_files_does_not_show_is_seen_soon(run: RunDirectory) -> None:
    watcher, events, _ = _watcher(run)
    watcher.look()
    before = run.control.stat()
    run.control.write_bytes(run.control.read_bytes().replace(b'"running"', b'"paused" '))  # in place, as long as before
    os.utime(run.control, ns=(before.st_atime_ns, before.st_mtime_ns))

    for _ in range(LOOKS_PER_READING):
        watcher.look()

    assert not events.resume.is_set()


@pytest.mark.parametrize("seq", [2**53, 2**41])
def test_a_number_far_ahead_is_said_once_and_the_next_command_is_obeyed(run: RunDirectory, seq: int) -> None:
    watcher, events, complaints = _watcher(run)
    watcher.look()
    run.control.write_bytes(b'{"version": 4, "seq": %d, "run": "stopped"}' % seq)
    watcher.look()
    watcher.look()
    assert len(complaints) == 1
    assert "seq must be at most" in complaints[0]
    assert not events.stop.is_set()
    update_control(run, by="app", applied_seq=1, run="paused")
    watcher.look()
    assert (events.control.seq, events.resume.is_set()) == (2, False)
