"""The empty state of a page: what will be here, and how it comes to be."""

from collections.abc import Callable

import streamlit as st

from pages.ui.dialogs import STARTING, is_awaited, open_dialog
from pages.ui.guard import callback, fragment
from pages.ui.people.person import operator_only
from pages.ui.welcome.examples import draw_examples_button, draw_progress, example_probes, is_under_way

REFRESH_S = 2.0


def draw_empty(icon: str, title: str, sentence: str, extra: Callable[[], None] | None = None) -> None:
    """Draw it; how far the examples are stands there as long as they are under way.

    Args:
        icon: of the page.
        title: what there is none of yet.
        sentence: what will be here.
        extra: draws one more way to something that is shown here, before the others.
    """
    if is_awaited():
        st.rerun()
    probes = example_probes()
    with st.container(border=True, key="empty_state"):
        st.markdown(f"## :material/{icon}: {title}")
        st.markdown(sentence)
        if any(map(is_under_way, probes)):
            draw_progress(probes)
            return
        with st.container(horizontal=True):
            if extra is not None:
                extra()
            st.button(
                "Start training", key="empty_start", icon=":material/play_arrow:", type="secondary" if extra else "primary",
                on_click=callback(open_dialog), args=(STARTING,), **operator_only(),
            )  # fmt: skip
            draw_examples_button()


def draw_empty_page(icon: str, title: str, sentence: str) -> None:
    """Draw it where nothing else is on the page, so that it follows the examples by itself."""
    fragment(draw_empty, REFRESH_S)(icon, title, sentence)
