"""Which dialog is open. A page that draws itself again would close it; so the session remembers it until it is answered."""

import streamlit as st

STARTING = "start"
FORKING = "fork"
STOPPING = "stop"
OPEN = "open_dialog"  # in the session


def open_dialog(name: str) -> None:
    """Open a dialog with the next run of the page."""
    st.session_state[OPEN] = name


def opened() -> str | None:
    """The dialog that is open, or None."""
    name: str | None = st.session_state.get(OPEN)
    return name


def close_dialog(name: str | None = None) -> None:
    """Close the dialog that is open; with a name, only if it is that one."""
    if name in (None, opened()):
        st.session_state.pop(OPEN, None)
