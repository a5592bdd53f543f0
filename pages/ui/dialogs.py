"""Which dialog is open. A page that draws itself again would close it; so the session remembers it until it is answered."""

import streamlit as st

STARTING = "start"
FORKING = "fork"
STOPPING = "stop"
LABELLING = "label a run"  # which one, the Analytics page says
LABELLING_SHOWN = "label the shown run"
OPEN = "open_dialog"  # in the session
_DRAWN = "drawn_dialog"  # in the session: the one that the page was drawn with


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


def begin_dialogs() -> None:
    """Called when a whole page begins to be drawn, which draws the dialog that is open."""
    st.session_state[_DRAWN] = opened()


def is_awaited() -> bool:
    """Whether a part of the page that is drawn alone has opened a dialog: only the whole page draws that."""
    return opened() is not None and opened() != st.session_state.get(_DRAWN)
