"""The list of keys names what the scripts of the pages do, and every page says in one line what it is for."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell.keys import OF_PAGE
from pages.ui.shell.navigation import all_pages, purpose_of
from tests.pages.conftest import PAGES, everything_said, opened
from tests.pages.fake_runs import ended, fill, new_run
from tests.pages.fake_studies import confirmed_study

UI = Path(__file__).parents[2] / "pages" / "ui"
PRINTED = {" ": "Space", "ArrowRight": "→", "ArrowLeft": "←", "ArrowUp": "↑", "ArrowDown": "↓"}
HANDLED = {  # by page: the scripts that handle its keys, and those that Python gives a letter
    "Live": ("pictures/stream.js", "projector/projector.js"),
    "Watch": ("pictures/stream.js",),
    "Replay": ("replay/player.js", "tetris/replay/parts.py"),
    "Play": ("tetris/board/play.js",),
    "Models": ("models/table.js",),
}


def handled(files: tuple[str, ...]) -> set[str]:
    """The keys that scripts name, as they are printed."""
    text = "\n".join((UI / name).read_text("utf-8") for name in files)
    tables = re.findall(r"(?:const (?:KEYS|TURNS) = |const step = )\{(.*?)\}", text)
    named = {part.split(":")[0].strip().strip('"') or " " for table in tables for part in table.split(",") if part.strip()}
    named |= set(re.findall(r'key === "( |Arrow\w+)"', text)) | set(re.findall(r'Jump\(.*"(\w)"[,)]', text))
    return {PRINTED.get(key, key.upper() if len(key) == 1 else key) for key in named}


@pytest.mark.parametrize("label", HANDLED)
def test_the_list_of_keys_is_that_of_the_scripts(label: str) -> None:
    _, keys = OF_PAGE[label]
    assert {name for key in keys for name in key.keys} == handled(HANDLED[label])


def test_the_list_is_about_pages_that_exist() -> None:
    assert set(OF_PAGE) <= {page.label for page in all_pages()}


def test_every_page_has_one_line_that_says_what_it_is_for() -> None:
    for page in all_pages():
        assert 20 <= len(page.purpose) <= 110, page
        assert page.purpose[0].isupper()
        assert page.purpose.endswith(".")
        assert purpose_of(page.label) == page.purpose


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_says_below_its_heading_what_it_is_for(app: AppTest, runs_dir: Path, page: str) -> None:
    fill(ended(new_run(runs_dir), "finished"))
    confirmed_study(runs_dir)
    opened(app, page)
    label = app.title[0].value
    assert purpose_of(label) in everything_said(app)
