"""Marks the fields of a form that are wrong, for eyes and for screen readers, and goes to the first of them."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_JS = Path(__file__).with_name("marks.js").read_text(encoding="utf-8")


def mark_fields(wrong: Sequence[str], tries: int) -> None:
    """Mark fields, and no others.

    Args:
        wrong: the keys of their widgets, in the order of the form.
        tries: how often it was submitted: at every new try the first wrong field gets the focus.
    """
    mount = st.components.v2.component("control_room.marks", html="<span></span>", js=_JS)
    with st.container(key="marks"):
        mount(key="form_marks", data={"wrong": list(wrong), "tries": tries}, height=1)
