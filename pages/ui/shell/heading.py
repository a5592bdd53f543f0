"""The heading of a page: its title, and below it one line that says what the page is for."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.shell.navigation import purpose_of

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def draw_heading(label: str, place: "DeltaGenerator | None" = None) -> None:
    """Draw it.

    Args:
        label: of the page, as the sidebar names it.
        place: where; None: here.
    """
    with (place or st.container()).container(key="heading"):
        st.title(label, anchor=False)
        st.caption(purpose_of(label))
