"""A widget that shows a truth kept elsewhere is replaced when that truth becomes another, and only then."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui.control_values import is_news, value_key


def slider() -> None:
    """A page with one slider, whose truth the test sets; `forget` is what an interrupted run of a page does."""
    import streamlit as st  # noqa: PLC0415 - AppTest runs the text of this function

    from pages.ui.control_values import value_key  # noqa: PLC0415

    truth = st.session_state.setdefault("truth", 1.0)
    if st.session_state.pop("forget", False):
        del st.session_state["speed:0"]
    key = value_key("speed", truth)
    st.slider("Speed", 0.0, 1.0, truth, step=0.1, key=key)
    st.caption(key)


def drawn(app: AppTest) -> tuple[str, float]:
    """Which widget there is and what it shows."""
    assert not app.exception
    value = app.slider[0].value
    assert isinstance(value, float)
    return app.caption[0].value, value


def test_a_widget_stays_while_the_truth_does() -> None:
    app = AppTest.from_function(slider).run()
    assert drawn(app) == drawn(app.run()) == ("speed:0", 1.0)


def test_what_another_program_writes_makes_a_new_widget() -> None:
    app = AppTest.from_function(slider).run()
    app.session_state["truth"] = 0.5
    assert drawn(app.run()) == drawn(app.run()) == ("speed:1", 0.5)


def test_what_a_person_sets_and_becomes_the_truth_keeps_the_widget() -> None:
    app = AppTest.from_function(slider).run()
    app.session_state["truth"] = 0.3
    assert drawn(app.slider[0].set_value(0.3).run()) == ("speed:0", 0.3)


def test_a_new_truth_makes_a_new_widget_also_when_the_value_was_forgotten() -> None:
    app = AppTest.from_function(slider).run()
    app.session_state["truth"] = 0.5
    app.session_state["forget"] = True
    assert drawn(app.run()) == drawn(app.run()) == ("speed:1", 0.5)


def test_a_forgotten_value_of_the_same_truth_keeps_the_widget() -> None:
    app = AppTest.from_function(slider).run()
    app.session_state["forget"] = True
    assert drawn(app.run()) == ("speed:0", 1.0)


def test_a_widget_that_was_replaced_gives_no_news_by_saying_again_what_it_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    old = value_key("speed", 1.0)
    state[old] = 0.1
    assert is_news(old)
    assert value_key("speed", 0.1) == old
    new = value_key("speed", 0.7)  # another tab's
    assert new != old

    assert not is_news(old)  # the browser says it once more
    state[new] = 0.7
    assert not is_news(new)
    state[new] = 0.9
    assert is_news(new)
    state[old] = 0.3
    assert is_news(old), "a person was faster than the page"
