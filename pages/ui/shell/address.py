"""The address of the page, and who has changed it: a person, or the app itself.

The session remembers what the address says. An address that says something else was changed by a person (Back, Forward, a link, typed)
and wins over everything that the session remembers. One exception: a request that the browser had sent before it heard of the newest
address still carries an older one. So older ones count as known until the browser has sent the newest; Back and Forward say themselves
what they are.

All of it is decided once, when a whole page begins to be drawn. Parts that are redrawn on a timer only ask what the address says.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

MAX_EARLIER = 20  # addresses that the browser may still send
_KNOWN = "known_address"  # in the session

Parameters = dict[str, str]


class Change(Enum):
    """Why a page is drawn, as far as its address tells."""

    NONE = auto()  # it says what the app has written
    HERE = auto()  # a person has changed it: Back, Forward, a link to the same page, or a page opened anew
    CAME = auto()  # a link of another page led here


@dataclass(slots=True)
class _Known:
    page: str
    parameters: Parameters
    change: Change
    earlier: list[Parameters] = field(default_factory=list)
    written: bool = False  # since a page began to be drawn last: the browser may not know of it


def begin() -> None:
    """Look at the address; called when a page begins to be drawn, before anything asks what it says."""
    context = get_script_run_ctx()
    page, by_history = (context.page_script_hash, context.is_history_navigation) if context else ("", False)
    sent = st.query_params.to_dict()
    known: _Known | None = st.session_state.get(_KNOWN)
    if known is not None and known.page == page and not by_history and (sent == known.parameters or sent in known.earlier):
        if sent != known.parameters:
            st.query_params.from_dict(known.parameters)
        elif not known.written:
            known.earlier.clear()
        known.change, known.written = Change.NONE, False
        return
    came = known is not None and known.page != page and not by_history
    st.session_state[_KNOWN] = _Known(page, sent, Change.CAME if came else Change.HERE)
    if known is not None and known.page == page and not by_history:
        st.query_params.from_dict(sent)  # a link to the page that is shown does not change what the browser displays


def change() -> Change:
    """Whether a person has changed the address since this page was drawn last."""
    return _known().change


def says(name: str) -> str | None:
    """What the address says; None if nothing."""
    return _known().parameters.get(name)


def everything() -> Parameters:
    """All that the address says."""
    return dict(_known().parameters)


def write(**changes: str | None) -> None:
    """Change the address, all at once: one step back for a person. None leaves a name out."""
    known = _known()
    merged = known.parameters | changes
    wanted = {name: value for name, value in merged.items() if value is not None}
    if wanted != known.parameters:
        known.earlier = [*known.earlier, known.parameters][-MAX_EARLIER:]
        known.parameters = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
        known.written = True


def _known() -> _Known:
    if _KNOWN not in st.session_state:
        begin()
    known: _Known = st.session_state[_KNOWN]
    return known
