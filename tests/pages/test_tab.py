"""What the browser's tab tells of a run; what a browser makes of it: `test_in_a_browser`."""

from pathlib import Path

import pytest

from pages.ui.shell.tab import tab_of
from tests.pages.fake_runs import ended, live, new_run
from trainer.probing import probe
from trainer.run_files.labels import update_labels
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
