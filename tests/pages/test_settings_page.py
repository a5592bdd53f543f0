"""The settings page: how much room the runs take, the clean-up, and what a bug report must say."""

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.settings import inventory as counting
from tests.pages.conftest import SETTINGS, opened, said
from tests.pages.fake_runs import new_run
from tests.waiting import wait_until
from trainer.errors import NotPermittedError
from trainer.program import version
from trainer.run_files.cleaning import Survey, survey
from trainer.run_files.run_directory import list_runs
from trainer.run_files.table_cache import cache_path
from trainer.run_files.trash import list_trash, move_to_trash


@pytest.fixture
def messy(runs_dir: Path) -> Path:
    """A run with a cache of 2 kB, and a deleted one."""
    cache_path(new_run(runs_dir, "Stays").metrics).write_bytes(bytes(2_000))
    move_to_trash(new_run(runs_dir, "Goes"))
    return runs_dir


def counted(app: AppTest, runs_dir: Path) -> AppTest:
    """The page, once no thread is at work any more."""
    wait_until(lambda: not counting.inventory(runs_dir).doing, 30.0, "the count")
    return app.run()


def test_the_page_tells_how_large_the_runs_are_and_what_a_bug_report_must_say(app: AppTest, messy: Path) -> None:
    page = counted(opened(app, SETTINGS), messy)
    assert "1 run: " in said(page)
    assert "1 cache of a long log (2 kB)" in said(page)
    assert f"Control Room {version()}, MIT licence" in said(page).replace("**", "")
    path, report = (str(code.value) for code in page.code)
    assert path == str(messy)
    assert all(word in report for word in (f"Control Room {version()}", "Python 3.", "torch ", "streamlit ", "runs: 1 run", "browser: "))
    assert str(messy) not in report


def test_a_clean_up_asks_once_says_what_it_keeps_and_says_what_it_freed(app: AppTest, messy: Path) -> None:
    page = counted(opened(app, SETTINGS), messy)
    page.button(key="clean_up").click().run()
    assert "every run in the list" in said(page)
    assert "cannot be brought back" in said(page)
    page.button(key="keep_clutter").click().run()
    assert len(list_trash(messy)) == 1
    page.button(key="clean_up").click().run()
    page.button(key="confirm_clean_up").click().run()
    page = counted(page, messy)
    assert "Freed " in said(page)
    assert "Can be deleted: nothing" in said(page)
    assert page.button(key="clean_up").disabled
    assert (len(list_runs(messy)), list_trash(messy)) == (1, [])


def test_a_run_that_is_deleted_after_the_question_is_not_taken_along(app: AppTest, messy: Path) -> None:
    page = counted(opened(app, SETTINGS), messy)
    page.button(key="clean_up").click().run()
    late = move_to_trash(new_run(messy, "Deleted by another tab"))
    page.button(key="confirm_clean_up").click().run()
    counted(page, messy)
    assert list_trash(messy) == [late]


def test_whoever_may_only_look_cleans_nothing_up(app: AppTest, messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removable = survey(messy).removable
    page = counted(opened(app, SETTINGS), messy)
    monkeypatch.setenv("CONTROL_ROOM_READ_ONLY", "1")
    assert page.run().button(key="clean_up").disabled
    with pytest.raises(NotPermittedError):
        counting.clean_up(messy, removable)
    assert not counting.inventory(messy).doing
    assert len(list_trash(messy)) == 1


def test_no_page_waits_for_a_count_and_one_that_fails_says_so(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(_: Path) -> Survey:
        go.wait(30.0)
        raise PermissionError("it is locked away")

    monkeypatch.setattr(counting, "survey", slow)
    page = opened(app, SETTINGS)
    assert "Counting the files…" in said(page)
    assert page.button(key="count_again").disabled
    go.set()
    page = counted(page, runs_dir)
    assert "could not be counted" in said(page)
    assert "it is locked away" in said(page)
    monkeypatch.undo()
