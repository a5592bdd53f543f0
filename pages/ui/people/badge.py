"""Who is looking, in the sidebar: nothing is said where nobody signs in and everything is allowed."""

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.access import access
from pages.ui.people.open_address import draw_open_address
from pages.ui.people.person import present_person
from pages.ui.text import escaped


def draw_person() -> None:
    """Say who is signed in, and once, quietly, why a viewer can change nothing."""
    person, sign_in = present_person(), access().sign_in
    if person.role == "viewer" or sign_in:
        with st.container(key="person", horizontal=True, vertical_alignment="center"):
            if person.role == "viewer":
                st.badge("Viewing", icon=":material/visibility:", color="gray", help=escaped(person.why, limit=300))
            if sign_in:
                st.caption(escaped(person.name))
                st.button("Sign out", key="sign_out", type="tertiary", on_click=callback(st.logout))
    draw_open_address()
