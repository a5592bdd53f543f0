"""Going to another page without a link: the browser is asked once, and not after the person has gone elsewhere."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell import navigation
from pages.ui.shell.navigation import Page, all_pages

PAGE = """
import streamlit as st
from pages.ui.shell.navigation import REPLAY, go_to, wanted_address

wanted = wanted_address()
st.text(wanted["address"] if wanted else "stay")
if st.button("Games"):
    go_to(REPLAY, run="a b", evaluation="3")
"""


@pytest.fixture
def app(tmp_path: Path) -> AppTest:
    """An app of two pages; each has a button that leads to the games."""
    (tmp_path / "pages").mkdir()
    for name in ("main.py", "pages/Other.py"):
        (tmp_path / name).write_text(PAGE, encoding="utf-8")
    return AppTest.from_file(str(tmp_path / "main.py"), default_timeout=60).run()


def test_the_page_that_asks_for_another_one_sends_the_browser_there(app: AppTest) -> None:
    assert app.text[0].value == "stay"
    app.button[0].click().run()
    assert app.text[0].value == "./Replay?run=a+b&evaluation=3"


def test_who_has_gone_on_by_a_link_meanwhile_is_not_sent_away_again(app: AppTest) -> None:
    app.button[0].click().run()
    assert app.switch_page("pages/Other.py").run().text[0].value == "stay"
    assert app.switch_page("main.py").run().text[0].value == "stay", "what was asked for before has been forgotten"


def test_a_page_is_found_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "streamlit_app.py").write_text('"""Live."""\n', encoding="utf-8")
    (tmp_path / "pages" / "10_Last_one.py").write_text(
        '"""The last page: be the last.\n\nReally."""\n# Its icon in the sidebar: flag.\n', encoding="utf-8"
    )
    (tmp_path / "pages" / "2_First.py").write_text('"""First."""\n', encoding="utf-8")
    monkeypatch.setattr(navigation, "PROJECT", tmp_path)
    assert navigation.all_pages.__wrapped__() == (
        Page("streamlit_app.py", "Live", ":material/description:", ""),
        Page("pages/2_First.py", "First", ":material/description:", ""),
        Page("pages/10_Last_one.py", "Last one", ":material/flag:", "Be the last."),
    )


def test_every_page_of_ours_has_an_icon_of_its_own() -> None:
    icons = [page.icon for page in all_pages()]
    assert len(set(icons)) == len(icons) >= 6
    assert ":material/description:" not in icons
