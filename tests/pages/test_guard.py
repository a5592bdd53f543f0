"""No traceback reaches a person, and the app stays light."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import live_page
from pages.ui.guard import guarded
from pages.ui.text import JOINER
from tests.pages.conftest import APP, everything_said
from tests.pages.fake_runs import new_run

HEAVY = ("torch", "stable_baselines3", "numba", "gymnasium")


def test_an_unforeseen_error_is_one_calm_sentence_and_the_rest_stays(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(runs_dir)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(live_page, "kpis", broken)
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
    assert str(shown.error[0].value).replace("\\", "").replace(JOINER, "") == "The disk is <b>full</b>."
    assert not shown.exception


def test_a_guarded_function_returns_what_it_returns() -> None:
    assert guarded(lambda number: number + 1)(1) == 2


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
