"""Going to another page without a link: the browser is asked once, and not after the person has gone elsewhere."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
