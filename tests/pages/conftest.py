"""Fixtures of the page tests: an empty runs folder, and the app on it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.text import JOINER
from trainer import children

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
ANALYTICS, MODELS, REPLAY = "pages/1_Analytics.py", "pages/2_Models.py", "pages/3_Replay.py"
WATCH, PLAY, SWEEPS, SETTINGS = "pages/4_Watch.py", "pages/5_Play.py", "pages/6_Sweeps.py", "pages/7_Settings.py"
PAGES = ["streamlit_app.py", ANALYTICS, MODELS, REPLAY, WATCH, PLAY, SWEEPS, SETTINGS]


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the app looks for runs."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", str(folder))
    return folder


@pytest.fixture
def app(runs_dir: Path) -> AppTest:
    """The app, not yet opened."""
    assert not runs_dir.exists()
    return AppTest.from_file(str(APP), default_timeout=30)


@pytest.fixture
def no_children() -> Iterator[None]:
    """What the app remembers of its processes; forgotten afterwards."""
    yield
    children._children.clear()


def everything_said(app: AppTest) -> str:
    """All texts on the page, in one."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.code, app.title, app.subheader, app.toast)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def said(app: AppTest) -> str:
    """All texts on the page, as a person reads them; it must not have failed."""
    assert not app.exception
    return read_out(everything_said(app))


def read_out(text: object) -> str:
    """A text as a person reads it: without what keeps it from being markup."""
    return str(text).replace("\\", "").replace(JOINER, "")


def labelled(widgets: Iterable[Any], label: str) -> Any:
    """The widget with a label, among those of one kind."""
    return next(widget for widget in widgets if widget.label == label)


def opened(app: AppTest, page: str) -> AppTest:
    """The app on one of its pages; it must not have failed."""
    app.run()
    if page != "streamlit_app.py":
        app.switch_page(page).run()
    assert not app.exception
    return app
