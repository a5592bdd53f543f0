"""What a click writes and how its fate is told, without Streamlit."""

import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import selection, steering
from pages.ui.run_data import RunData
from pages.ui.selection import choose, labels_of, labels_of_listed, listed, runs_to_compare
from pages.ui.states import pending_words
from pages.ui.steering import applied_words, asked_words, send, wanted
from tests.pages.conftest import APP, opened
from tests.pages.fake_runs import ended, live, new_run, set_status
from tests.waiting import wait_until
from tests.workers import pretend_trainer
from trainer import stopping
from trainer.errors import ControlFileError, RunDirectoryError
from trainer.probing import Probe, probe
from trainer.run_files.config_file import read_config, write_config
from trainer.run_files.control import read_control, update_control
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.labels import update_labels
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import Best


def test_a_command_is_written_once_and_pending_until_it_is_applied(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        written = send(run, run="paused")
        assert written is not None
        assert (written.seq, written.run, written.updated_by) == (2, "paused", "app")
        assert send(run, run="paused") is None, "a second click changes nothing and writes nothing"
        assert pending_words(probe(run)) == "Pausing…"
        set_status(run, state="paused", applied_seq=2, applied_at_step=81_920, applied_latency_ms=14.2)
        assert pending_words(probe(run)) == ""


def test_a_click_that_is_answered_at_once_is_never_shown_as_pending(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "ANSWER_PATIENCE_S", 30.0)
    run = new_run(runs_dir)
    with live(run):
        trainer = threading.Thread(target=_answer, args=(run,))
        trainer.start()
        send(run, run="paused")
        assert not probe(run).pending
        trainer.join()


def test_a_click_probes_the_run_once_and_waits_by_its_status_alone(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, probed = new_run(runs_dir), list[RunDirectory]()

    def count(run: RunDirectory) -> Probe:
        probed.append(run)
        return probe(run)

    monkeypatch.setattr(steering, "probe", count)
    with live(run):
        send(run, run="paused")
    assert probed == [run]


def _answer(run: RunDirectory) -> None:
    wait_until(lambda: read_control(run).seq == 2, 10, "the command")
    set_status(run, state="paused", applied_seq=2, applied_at_step=81_920, applied_latency_ms=14.2)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM and SIGKILL follow soon."""
    monkeypatch.setattr(stopping, "TERMINATE_AFTER_S", 0.3)
    monkeypatch.setattr(stopping, "KILL_AFTER_S", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_deaf_trainer_is_ended_although_no_page_is_drawn_after_the_click(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with pretend_trainer(run, "--deaf", state="running") as trainer:
        send(run, run="stopped")
        assert trainer.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.long
@pytest.mark.usefixtures("impatient")
def test_a_stop_that_a_page_has_seen_is_carried_through_although_it_is_never_drawn_again(
    runs_dir: Path,
) -> None:
    shown, other = new_run(runs_dir), new_run(runs_dir)
    with (
        pretend_trainer(shown, "--deaf", state="running") as trainer,
        pretend_trainer(other, "--deaf", state="running") as not_shown,
    ):
        for run in (shown, other):
            update_control(run, by="cli", run="stopped")
        opened(AppTest.from_file(str(APP), default_timeout=60), "streamlit_app.py")
        assert trainer.wait(timeout=30) == -signal.SIGKILL
        assert not_shown.wait(timeout=30) == -signal.SIGKILL


def test_the_pending_command_is_named(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        send(run, speed=50, visual=False, board_every=100)
        assert pending_words(probe(run)) == "Pending: hide the board, 50 pieces/s, snapshot every 100 steps"
        send(run, run="stopped")
        assert pending_words(probe(run)).startswith("Stopping…")


def test_the_applied_command_is_told_with_step_and_milliseconds(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    events = EventsWriter(run)
    events.append(EventRow(now_text(), 81_920, "command", "Paused (by app)", seq=2, latency_ms=14.2))
    events.log.close()
    with live(run, state="paused", applied_seq=2, applied_at_step=81_920, applied_latency_ms=14.2):
        assert applied_words(probe(run), RunData(run).events()) == "Paused at step 81,920 after 14 ms"
        assert applied_words(probe(run), ()) == "Command done at step 81,920 after 14 ms"
    with live(run, applied_latency_ms=None):
        assert applied_words(probe(run), ()) == "", "the state a run was made with is no command"


def _acknowledged(run: RunDirectory, said: str, /, **control: Any) -> None:
    """The command of that sentence was asked for at step 119,536 and applied."""
    asked = update_control(run, by="app", applied_seq=1, **control)
    events = EventsWriter(run)
    events.append(EventRow(now_text(), 119_536, "command", f"{said} (by app)", seq=asked.seq, latency_ms=14.2))
    events.log.close()
    set_status(run, applied_seq=asked.seq, applied_at_step=119_536, applied_latency_ms=14.2, num_timesteps=119_536)


def told(run: RunDirectory) -> str:
    """The acknowledgement beside the state."""
    return applied_words(probe(run), RunData(run).events())


@pytest.mark.parametrize("said", ["Resumed, Will pause at step 119,736", "Will pause at step 119,736"])
def test_a_pause_that_has_come_is_told_as_what_it_is(runs_dir: Path, said: str) -> None:
    run = new_run(runs_dir)
    with live(run):
        _acknowledged(run, said, pause_at_step=119_736)
        assert told(run) == f"{said} (applied at step 119,536 after 14 ms)"
        assert asked_words(probe(run)) == "Will pause at step 119,736"
        set_status(run, state="paused", num_timesteps=119_744)
        assert told(run) == "Paused at step 119,744, as asked"
        assert asked_words(probe(run)) == ""
        send(run, speed=50)
        assert pending_words(probe(run)) == "Pending: 50 pieces/s", "it is not being resumed"
        _acknowledged(run, "Speed 0.5")
        set_status(run, state="paused", num_timesteps=119_744)
        assert told(run) == "Speed 0.5 at step 119,536 after 14 ms", "a later command is acknowledged too"


def test_a_pause_at_a_best_that_has_come_is_not_told_as_to_come(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, best=Best("eval_lines", 60.0, 2_000)):
        _acknowledged(run, "Will pause at the next new best", pause_at_best_after=2_000)
        assert asked_words(probe(run)) == "Will pause at the next new best"
        set_status(run, state="paused", best=Best("eval_lines", 70.0, 3_000))
        assert told(run) == "Paused at step 119,536, as asked"
        send(run, run="paused")  # a pause by hand meanwhile changes nothing of that
        assert asked_words(probe(run)) == ""


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "running"])
def test_what_a_trainer_did_is_not_told_of_one_that_has_ended(runs_dir: Path, state: str) -> None:
    run = new_run(runs_dir)
    with live(run):
        _acknowledged(run, "Will pause at step 119,736", pause_at_step=119_736)
        set_status(run, state=state)
    assert told(run) == asked_words(probe(run)) == ""


def test_a_stop_stays_acknowledged_when_the_run_is_stopped(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        _acknowledged(run, "Stop requested", run="stopped")
        set_status(run, state="stopped")
    assert told(run) == "Stop requested at step 119,536 after 14 ms"


def test_a_run_that_has_ended_gets_no_commands(runs_dir: Path) -> None:
    run = ended(new_run(runs_dir), "finished")
    before = read_control(run)
    assert send(run, run="paused") is None
    assert read_control(run) == before


def test_a_corrupt_control_file_is_repaired_by_the_next_command(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run, applied_seq=7, speed=40):
        run.control.write_bytes(b"{oops")
        assert wanted(probe(run)).speed == 40, "the controls show what the trainer does"
        send(run, run="paused")
        assert (read_control(run).seq, read_control(run).run) == (8, "paused")


def test_a_value_out_of_range_and_a_deleted_run_are_explained(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run), pytest.raises(ControlFileError, match="speed must be from 1 to 1,000,000"):
        send(run, speed=0.5)
    for file in run.path.iterdir():
        file.unlink()
    run.path.rmdir()
    with pytest.raises(RunDirectoryError, match="is the run still there"):
        send(run, run="paused")


def test_the_run_in_the_address_is_shown_then_the_remembered_then_the_newest(runs_dir: Path) -> None:
    for name in ("a", "b", "c"):
        new_run(runs_dir, name)
    runs = list_runs(runs_dir)
    ids = [run.run_id for run in runs]
    assert choose(runs, ids[1], ids[2], runs_dir).run == runs[1]
    assert choose(runs, None, ids[2], runs_dir).run == runs[2]
    assert choose(runs, None, None, runs_dir).run == runs[0]
    assert choose([], None, None, runs_dir).run is None


def test_of_very_many_runs_the_newest_are_listed_and_an_older_one_is_found_by_its_id(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_LISTED_RUNS", 2)
    for name in ("apple tree", "apple pie", "pear", "newer", "newest"):
        new_run(runs_dir, name)
    every = list_runs(runs_dir)
    chosen = choose(every, None, None, runs_dir)
    assert (chosen.runs, chosen.older) == (tuple(every[:2]), 3)
    older = choose(every, every[4].run_id, None, runs_dir)
    assert (older.run, older.runs, older.message) == (every[4], (*every[:2], every[4]), None)
    assert choose(every, None, every[3].run_id, runs_dir).run == every[3], "the one that was shown before"

    assert runs_to_compare(every, {every[0].run_id}, "") == every[:2]
    assert runs_to_compare(every, {every[2].run_id, "all"}, "") == every[:3]
    apples = [run for run in every if "apple" in run.run_id]
    assert runs_to_compare(every, set(), "Apple") == [*every[:2], *apples]
    assert runs_to_compare(every, set(), "apple tree") == [*every[:2], *(run for run in apples if "tree" in run.run_id)]
    monkeypatch.setattr(selection, "MAX_LISTED_RUNS", 1)
    assert len(runs_to_compare(every, set(), "apple")) == 2, "no more older ones than newest ones"


@pytest.mark.parametrize("unknown", ["../../etc/passwd", "CON", "<script>", "20261124-000000-x", "x" * 5_000])
def test_an_unknown_run_in_the_address_is_said_and_the_newest_shown(runs_dir: Path, unknown: str) -> None:
    new_run(runs_dir)
    runs = list_runs(runs_dir)
    found = choose(runs, unknown, runs[0].run_id, runs_dir)
    assert found.run == runs[0]
    assert found.message is not None
    assert found.message.startswith("There is no run “")
    assert len(found.message) < 150


def test_a_run_deleted_while_it_is_shown_stays_chosen(runs_dir: Path) -> None:
    new_run(runs_dir)
    gone = "20261124-000000-gone"
    found = choose(list_runs(runs_dir), gone, gone, runs_dir)
    assert found.run is not None
    assert found.run.run_id == gone
    assert probe(found.run).state == "gone"


def test_runs_of_the_same_name_and_minute_can_be_told_apart(runs_dir: Path) -> None:
    for _ in range(3):
        new_run(runs_dir, "Twin")
    labels = labels_of(list_runs(runs_dir), {})
    assert len(set(labels.values())) == 3


def test_the_choices_follow_what_is_written_damaged_and_deleted(runs_dir: Path) -> None:
    old, new = new_run(runs_dir, "Old"), new_run(runs_dir, "New")

    def told() -> list[str]:
        runs = list_runs(runs_dir)
        labels = labels_of_listed(runs, new, {})
        assert labels == labels_of(listed(runs), {})
        return [label.partition(" · ")[0] for label in labels.values()]

    assert sorted(told()) == ["New", "Old"]
    update_labels(old, name="Renamed")
    assert sorted(told()) == ["New", "Renamed"]
    update_labels(old, name="Anew once")
    assert sorted(told()) == ["Anew once", "New"]
    update_labels(old, archived=True)
    assert told() == ["New"]
    assert old.run_id in labels_of_listed(list_runs(runs_dir), old, {}), "the run that is shown is among the choices"
    config = read_config(new)
    write_config(new, replace(config, name="Its config is another"))
    assert told() == ["Its config is another"]
    write_config(new, replace(config, name="Its config is a third"))
    assert told() == ["Its config is a third"]
    new.config.write_text("{", encoding="utf-8")
    assert told() == [new.run_id]
    shutil.rmtree(new.path)
    assert told() == []
