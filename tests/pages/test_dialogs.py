"""What the dialogs say when the world has changed while they were open."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui.analytics import actions
from pages.ui.dialogs import OPEN, STARTING, STOPPING
from tests.pages.conftest import ANALYTICS, everything_said, opened, read_out
from tests.pages.fake_runs import ended, live, new_run
from trainer.run_files.control import read_control, update_control
from trainer.run_files.labels import Labels, update_labels
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.trash import list_trash, trash_of


def _said(app: AppTest) -> str:
    return read_out(everything_said(app))


@pytest.mark.parametrize("seen_before", [True, False], ids=["seen before the click", "not seen before the click"])
def test_a_run_that_ended_while_the_dialog_was_open_is_said_to_have(app: AppTest, runs_dir: Path, seen_before: bool) -> None:
    run = new_run(runs_dir, "Quick")
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="stop").click().run()
        assert "Resume goes on from there" in _said(app)
    ended(run, "finished", num_timesteps=100_000)
    if seen_before:
        app.run()
    else:
        app.button(key="confirm_stop").click().run()
    assert "**Quick** is not being trained any more (finished): there is nothing to stop." in _said(app)
    assert "confirm_stop" not in [button.key for button in app.button]
    assert read_control(run).run == "running"
    app.button(key="close_stop").click().run()
    assert "nothing to stop" not in _said(app)
    assert not app.error


def test_a_run_that_another_tab_has_stopped_or_deleted_is_not_stopped_again(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir, "Shared")
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="stop").click().run()
        update_control(run, by="cli", run="stopped")
        app.button(key="confirm_stop").click().run()
        assert "**Shared** is being stopped already" in _said(app)
        assert read_control(run).updated_by == "cli"
    shutil.rmtree(run.path)
    assert "is not being trained any more (deleted)" in _said(app.run())
    assert not app.exception


def test_a_stop_that_is_refused_is_said_in_its_dialog_and_can_be_tried_again(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir)
    with live(run):
        opened(app, "streamlit_app.py")
        app.button(key="stop").click().run()
        run.control_lock.unlink()
        run.control_lock.mkdir()
        app.button(key="confirm_stop").click().run()
        assert "control.json.lock must be a file" in read_out(app.run().error[0].value)
        run.control_lock.rmdir()
        app.button(key="confirm_stop").click().run()
        assert read_control(run).run == "stopped"
        assert "confirm_stop" not in [button.key for button in app.button]
        assert not app.error


def _asked_to_delete(app: AppTest, *runs: RunDirectory) -> None:
    opened(app, ANALYTICS)
    app.session_state["analytics_about"] = [run.run_id for run in runs]
    app.session_state["open_dialog"] = actions.DELETING
    app.run()


def test_the_dialog_stays_open_for_a_run_that_cannot_be_deleted(app: AppTest, runs_dir: Path) -> None:
    fine, taken = new_run(runs_dir, "Fine"), new_run(runs_dir, "Taken")
    (trash_of(runs_dir) / taken.run_id).mkdir(parents=True)
    _asked_to_delete(app, fine, taken)
    app.button(key="confirm_delete").click().run()
    assert list_runs(runs_dir) == [taken]
    assert f"There is a {taken.run_id} in" in read_out(app.run().error[0].value)
    assert "**Taken**, with its models and logs" in _said(app)
    assert "“Fine” was moved to the trash." in _said(app)
    (trash_of(runs_dir) / taken.run_id).rmdir()
    app.button(key="confirm_delete").click().run()
    assert len(list_trash(runs_dir)) == 2
    assert "confirm_delete" not in [button.key for button in app.button]


def test_a_run_that_is_gone_before_it_is_deleted_is_said_to_be(app: AppTest, runs_dir: Path) -> None:
    run = new_run(runs_dir, "Gone")
    new_run(runs_dir, "There")
    _asked_to_delete(app, run)
    shutil.rmtree(run.path)
    assert "There is nothing left to delete" in _said(app.run())
    assert app.button(key="confirm_delete").disabled
    app.button(key="keep_run").click().run()
    assert "nothing left to delete" not in _said(app)


def test_what_one_run_of_several_refuses_is_said_until_something_else_is_done(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [new_run(runs_dir, name) for name in ("One", "Two")]
    opened(app, ANALYTICS)

    def of_a_full_disk(run: RunDirectory, **changes: Any) -> Labels:
        if run == runs[0]:
            raise OSError(28, "No space left on device", str(run.labels))
        return update_labels(run, **changes)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "update_labels", of_a_full_disk)
        app.button(key="archive_chosen").click().run()
    for _ in range(2):
        assert "No space left on device" in _said(app)
        assert "“Two” was archived." in _said(app)
        assert not app.exception
        app.run()
    app.button(key="analytics_undo_close").click().run()
    assert not app.error


def test_the_late_word_that_a_dialog_was_dismissed_closes_no_other_one(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake_dialog(title: str, *, width: str, on_dismiss: Callable[[], None]) -> Callable[..., object]:
        """Streamlit's has a cross that no `AppTest` can press."""
        assert width
        return lambda draw: (
            lambda *args, **kwargs: (
                st.button("Dismiss", key=f"dismiss {title}", on_click=on_dismiss),
                draw(*args, **kwargs),
            )
        )

    monkeypatch.setattr(st, "dialog", fake_dialog)
    with live(new_run(runs_dir)):
        opened(app, "streamlit_app.py")
        app.session_state[OPEN] = STARTING
        app.run()
        app.session_state[OPEN] = STOPPING  # Stop was pressed right after Escape
        app.button(key="dismiss Start a new run").click().run()
        assert "Resume goes on from there" in _said(app)
        app.button(key="dismiss Stop this run?").click().run()
        assert "Resume goes on from there" not in _said(app)
