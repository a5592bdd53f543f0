"""Which dialog is open. A page that draws itself again would close it; so the session remembers it until it is answered."""

import streamlit as st

STARTING = "start"
FORKING = "fork"
STOPPING = "stop"
_KEY = "open_dialog"


def open_dialog(name: str) -> None:
    """Open a dialog with this run of the page."""
    st.session_state[_KEY] = name


def opened() -> str | None:
    """The dialog that is open, or None."""
    name: str | None = st.session_state.get(_KEY)
    return name


def close_dialog() -> None:
    """Close the dialog, if one is open."""
    st.session_state.pop(_KEY, None)
