"""What the browser's tab tells of a run; what a browser makes of it: `test_in_a_browser`."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell.tab import tab_of
from tests.pages.conftest import SETTINGS, opened, read_out
from tests.pages.fake_runs import ended, fill, live, new_run
from trainer.probing import probe
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.labels import update_labels
from trainer.run_files.notify_settings import NotifySettings, write_notify_settings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import move_to_trash


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run of 100,000 steps."""
    return new_run(tmp_path)


def _words(run: RunDirectory) -> str:
    words: str = tab_of(probe(run))["words"]
    return words


def test_the_tab_tells_how_far_a_run_is_and_what_it_does(run: RunDirectory) -> None:
    with live(run, num_timesteps=43_000):
        assert tab_of(probe(run)) == {"words": "▶ 43 % · First try", "look": "running", "colour": "green", "share": 0.43}
    with live(run, state="paused", num_timesteps=43_000):
        assert _words(run) == "‖ 43 % · First try"
    assert _words(ended(run, "stopped", num_timesteps=99_999)) == "■ 99 % · First try", "not yet all of it"


def test_the_tab_tells_of_an_end_in_a_word(run: RunDirectory) -> None:
    assert _words(ended(run, "finished", num_timesteps=100_000)) == "✓ Finished · First try"
    ended(run, "running", num_timesteps=43_000)
    crashed = tab_of(probe(run))
    assert (crashed["words"], crashed["colour"], crashed["share"]) == ("× Crashed · First try", "red", 0.43), "where it died"
    move_to_trash(run)
    assert _words(run).startswith("∅ Deleted · ")


def test_a_name_is_cut_and_its_lines_are_one(run: RunDirectory) -> None:
    update_labels(run, name="x" * 200)
    assert _words(ended(run, "finished")) == "✓ Finished · " + "x" * 39 + "…"


def test_what_is_worth_a_notification_is_said_once_while_a_tab_is_open(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    fill(run)
    write_notify_settings(runs_dir, NotifySettings(events=("new_best",)))
    with live(run):
        page = opened(app, SETTINGS)
        assert list(page.toast) == [], "nothing of before"
        events = EventsWriter(run)
        events.append(EventRow(now_text(), 3_000, "new_best", "New best: <b>20</b> lines, saved"))
        events.log.close()
        page.run()
        assert [read_out(toast.value) for toast in page.toast] == ["First try: new best. New best: <b>20</b> lines, saved"]
        page.run()
        assert list(page.toast) == []
