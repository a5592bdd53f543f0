"""An app that other machines can reach and that nobody signs in to: said once in its terminal, and once on a person's page."""

import logging

import streamlit as st

from pages.ui.guard import callback
from pages.ui.people.access import ALLOW_ANYONE, access, is_open, note_address
from pages.ui.people.person import may_act

log = logging.getLogger("control_room")
ANYONE_MAY = (
    "Other machines can reach this app and nobody signs in: whoever opens it can train, stop and delete. "
    f"Without {ALLOW_ANYONE} it is for looking only."
)
_SEEN = "open_address_seen"  # in the session


def note_own_address() -> None:
    """Called once, as the server begins: keep where it listens, and warn in its terminal."""
    note_address(st.get_option("server.address"))
    said = access()
    if is_open() and not said.sign_in:
        log.warning("%s", said.only_look or ANYONE_MAY)


def draw_open_address() -> None:
    """Warn whoever may do everything that everybody may. A viewer is told by the badge."""
    if is_open() and not access().sign_in and may_act() and not st.session_state.get(_SEEN):
        with st.container(key="open_address"):
            st.warning(ANYONE_MAY, icon=":material/lock_open:")
            st.button("Understood", key="open_address_seen_button", width="stretch", on_click=callback(_forget))


def _forget() -> None:
    st.session_state[_SEEN] = True
