"""No traceback reaches a person, and the app stays light."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Caption, Error

from pages.ui import live_page
from tests.pages.conftest import APP, WATCH, everything_said, labelled, opened, read_out
from tests.pages.fake_runs import live, new_run
from tests.pages.test_watch import shown
from trainer.errors import RunDirectoryError
from trainer.run_files import files
from trainer.run_files.control import read_control
from trainer.tasks.tetris.files.demos import Demo, DemoControl, make_demo

HEAVY = ("torch", "stable_baselines3", "numba", "gymnasium")


def test_an_unforeseen_error_is_one_calm_sentence_and_the_rest_stays(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(runs_dir)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(live_page, "parts_of", broken)
    app.run()
    assert not app.exception
    assert "This part could not be shown" in everything_said(app)
    assert "secret detail" not in everything_said(app)
    assert app.button(key="pause_or_resume") is not None


def test_a_foreseen_error_shows_its_own_sentence() -> None:
    def script() -> None:
        from pages.ui.guard import guard  # noqa: PLC0415 - runs as a page of its own
        from trainer.errors import RunDirectoryError  # noqa: PLC0415

        with guard():
            raise RunDirectoryError("The disk is <b>full</b>.")

    shown = AppTest.from_function(script).run()
    assert read_out(shown.error[0].value) == "The disk is <b>full</b>."
    assert not shown.exception


def _page_of_parts() -> None:
    """A page with a part that is about one thing or another, and a dialog; each asks for what the session says."""
    import streamlit as st  # noqa: PLC0415 - runs as a page of its own

    from pages.ui.dialogs import close_dialog, open_dialog, opened  # noqa: PLC0415
    from pages.ui.guard import begin_page, callback, dialog, fragment  # noqa: PLC0415

    def act() -> None:
        if error := st.session_state.get("error"):
            raise error

    def part() -> None:
        st.caption("the part begins")
        st.button("Act", key="part", on_click=callback(act))

    @dialog("Sure?")
    def ask() -> None:
        st.button("Act", key="dialog", on_click=callback(act))
        st.button("Close", key="close", on_click=callback(close_dialog))

    begin_page()
    st.button("Act", key="page", on_click=callback(act))
    st.button("Open", key="open", on_click=callback(open_dialog), args=("sure",))
    fragment(part, about=st.session_state.get("about", ""))()
    if opened() == "sure":
        ask()


@pytest.mark.parametrize("where", ["page", "part", "dialog"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RunDirectoryError("The folder is <b>gone</b>."), "The folder is <b>gone</b>."),
        (
            OSError(28, "No space left on device", "/runs/a"),
            "That could not be done (No space left on device: /runs/a). The training is not affected; the details are in the app's log.",
        ),
        (ZeroDivisionError("secret detail"), "That could not be done. The training is not affected; the details are in the app's log."),
    ],
)
def test_what_a_widget_asked_for_in_vain_is_said_in_its_part_until_something_is_done_there(where: str, error: Exception, said: str) -> None:
    page = AppTest.from_function(_page_of_parts).run()
    page.button(key="open").click().run()
    page.session_state["error"] = error
    page.button(key=where).click().run()
    for _ in range(3):
        assert [read_out(one.value) for one in page.error] == [said]
        assert not page.exception
        page.run()
    place = [read_out(one.value) for one in page.main if isinstance(one, Error | Caption)]
    assert where != "part" or place == [said, "the part begins"], "above what is drawn there"
    del page.session_state["error"]
    page.button(key=where).click().run()
    assert not page.error


def test_what_was_refused_is_forgotten_when_the_part_is_about_something_else() -> None:
    page = AppTest.from_function(_page_of_parts).run()
    page.session_state["error"] = RunDirectoryError("No.")
    page.button(key="part").click().run()
    page.session_state["about"] = "another run"
    assert not page.run().error
    del page.session_state["about"]
    assert not page.run().error


def test_a_dialog_is_closed_by_a_callback_with_what_was_refused_in_it() -> None:
    page = AppTest.from_function(_page_of_parts).run()
    page.button(key="open").click().run()
    page.session_state["error"] = RunDirectoryError("No.")
    page.button(key="dialog").click().run()
    page.button(key="close").click().run()
    assert "close" not in [button.key for button in page.button]
    page.button(key="open").click().run()
    assert not page.error


@pytest.mark.long
def test_a_refused_command_is_said_until_the_next_one_or_another_run(app: AppTest, runs_dir: Path) -> None:
    other, run = new_run(runs_dir, "Other"), new_run(runs_dir, "Shown")
    app.query_params["run"] = run.run_id
    with live(run):
        opened(app, "streamlit_app.py")
        run.control_lock.unlink()
        run.control_lock.mkdir()  # a folder in its place: root cannot write it either
        app.button(key="pause_or_resume").click().run()
        for _ in range(3):
            assert "control.json.lock must be a file" in read_out(everything_said(app))
            opened(app, WATCH)
            app.switch_page("streamlit_app.py").run()
        run.control_lock.rmdir()
        labelled(app.select_slider, "Training speed").set_value(50).run()
        assert not app.error
        assert read_control(run).speed == 50

        run.control_lock.unlink()
        run.control_lock.mkdir()
        labelled(app.toggle, "Show board").set_value(False).run()
        assert "control.json.lock must be a file" in read_out(everything_said(app))
        for shown_run in (other, run):
            labelled(app.selectbox, "Run").set_value(shown_run.run_id).run()
            assert "control.json.lock must be a file" not in read_out(everything_said(app))


@pytest.fixture
def demo(app: AppTest, runs_dir: Path) -> Demo:
    """A demo that is shown; its players are still being loaded."""
    demo = make_demo(runs_dir, DemoControl())
    assert labelled(shown(app, runs_dir, demo).button, "New seed")
    return demo


@pytest.mark.parametrize("act", ["Pause game", "Step", "New seed", "End game"])
def test_a_press_that_a_full_disk_refuses_is_said_and_the_next_one_works(
    app: AppTest, demo: Demo, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = demo.wanted()
    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_bytes", no_room)
        labelled(app.button, act).click().run()
    assert "The watched game cannot be steered (No space left on device)" in read_out(everything_said(app.run()))
    assert demo.wanted() == before
    labelled(app.button, act).click().run()
    assert "cannot be steered" not in everything_said(app)
    assert demo.wanted() != before


def test_a_control_file_of_a_watch_that_became_a_folder_is_said(app: AppTest, demo: Demo) -> None:
    demo.files.control.unlink()
    demo.files.control.mkdir()
    labelled(app.select_slider, "Speed").set_value("60 pieces/s").run()
    assert "control.json cannot be used (it is a folder)" in read_out(everything_said(app))
    assert not app.exception


@pytest.mark.parametrize("in_its_place", ["nothing", "a file"])
def test_a_watch_that_was_deleted_before_a_press_has_ended(app: AppTest, demo: Demo, in_its_place: str) -> None:
    shutil.rmtree(demo.files.path)
    if in_its_place == "a file":
        demo.files.path.write_text("")
    labelled(app.button, "New seed").click().run()
    assert not app.exception
    assert "Choose who plays and press Watch" in everything_said(app)


@pytest.mark.long
@pytest.mark.parametrize("entry", ["streamlit_app.py", "pages/1_Analytics.py", "pages/2_Models.py"])
def test_a_page_imports_nothing_that_learns(entry: str, tmp_path: Path) -> None:
    program = (
        f"import runpy, sys; sys.path.insert(0, '.'); runpy.run_path({entry!r}); print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    environment = {"CONTROL_ROOM_RUNS_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=APP.parent, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr
