"""The queue on the page: where a run stands, what can be asked for, and the list in the sidebar."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import opened, said
from tests.pages.fake_runs import live, new_run
from trainer import queueing
from trainer.run_files.queue import QUEUE_FILE, QueueEntry, add_to_queue, read_queue, taking_from_queue
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import list_trash

LIVE = "streamlit_app.py"


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunDirectory]:
    """Three that wait; no process is started."""
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    runs = [new_run(runs_dir, f"Wide, seed {seed}", seed=seed) for seed in (1, 2, 3)]
    add_to_queue(runs_dir, [QueueEntry(run.run_id, by="app", after_seq=1) for run in runs])
    return runs


def _shown(app: AppTest, run: RunDirectory) -> AppTest:
    app.query_params["run"] = run.run_id
    return opened(app, LIVE)


def _order(runs_dir: Path) -> list[str]:
    return [entry.run for entry in read_queue(runs_dir)]


def test_a_run_that_waits_says_where_it_stands_and_is_moved_and_started(app: AppTest, runs: list[RunDirectory], runs_dir: Path) -> None:
    one, two, three = (run.run_id for run in runs)
    _shown(app, runs[1])
    assert "Number 2 of 3 in the queue" in said(app)
    assert {"pause_or_resume", "stop"}.isdisjoint(button.key for button in app.button), "there is no trainer to ask"
    app.button(key="queue_up").click().run()
    assert _order(runs_dir) == [two, one, three]
    assert "Number 1 of 3 in the queue" in said(app)
    assert (app.button(key="queue_up").disabled, app.button(key="queue_down").disabled) == (True, False)
    app.button(key="queue_down").click().run()
    app.button(key="queue_start").click().run()
    assert [(entry.run, entry.now) for entry in read_queue(runs_dir)] == [(one, False), (two, True), (three, False)]
    assert "Will be started at once" in said(app)
    with taking_from_queue(runs_dir, two):
        pass
    with live(runs[1]):
        app.run()
        assert "Number" not in said(app)
        assert not app.button(key="stop").disabled
        assert [button.label for button in app.button if "Wide" in button.label] == ["1\\. Wide, seed 1", "2\\. Wide, seed 3"]


def test_a_run_is_cancelled_into_the_trash_once_and_by_two_tabs(app: AppTest, runs: list[RunDirectory], runs_dir: Path) -> None:
    _shown(app, runs[0])
    queueing.cancel_queued(runs[0])  # the other tab was faster
    app.button(key="queue_cancel").click().run()
    assert not app.error
    assert list_trash(runs_dir) == [RunDirectory(runs_dir / ".trash" / runs[0].run_id)]
    _shown(app, runs[1]).button(key="queue_cancel").click().run()
    assert f"The run {runs[1].run_id} is in the trash; the Analytics page can bring it back." in said(app)
    assert _order(runs_dir) == [runs[2].run_id]


def test_a_run_that_was_started_meanwhile_is_not_cancelled(app: AppTest, runs: list[RunDirectory], runs_dir: Path) -> None:
    _shown(app, runs[0])
    with taking_from_queue(runs_dir, runs[0].run_id):
        pass
    with live(runs[0]):
        app.button(key="queue_cancel").click().run()
    assert "does not wait in the queue any more: it was started" in said(app)


def test_a_long_queue_is_listed_in_part_and_none_not_at_all(app: AppTest, runs: list[RunDirectory], runs_dir: Path) -> None:
    add_to_queue(runs_dir, [QueueEntry(f"20260102-030405-{number}") for number in range(20)])
    _shown(app, runs[0])
    assert "and 15 more runs" in said(app)
    assert [expander.label for expander in app.expander if "Queue" in expander.label] == ["Queue · 23 runs"]
    (runs_dir / QUEUE_FILE).unlink()
    assert [expander.label for expander in app.run().expander if "Queue" in expander.label] == []


def test_a_damaged_queue_is_told_in_one_sentence_and_takes_nothing_else_away(
    app: AppTest, runs: list[RunDirectory], runs_dir: Path
) -> None:
    (runs_dir / QUEUE_FILE).write_bytes(b"{")
    _shown(app, runs[0])
    assert "queue.json must hold JSON" in said(app)
    assert app.button(key="start_new_run")
    assert app.select_slider
