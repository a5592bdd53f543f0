"""The hints of the tour, when it is offered, and how it is started again.

It is drawn in the browser, beside the page: it moves nothing, takes no focus, and lets every click through to what is below it.
A browser that has ended it remembers that.
"""

import secrets
from pathlib import Path
from typing import Any, Final

import streamlit as st

from pages.ui.shell.navigation import LIVE, go_to

REMEMBERED: Final = "control-room-tour"
"""The name under which a browser remembers, in its `localStorage`, that the tour was ended."""
HINTS: Final = (
    {
        "title": "Your runs",
        "text": "Every run is in this list. A run goes on training when you close the page.",
        "at": [".st-key-picker"],
    },
    {
        "title": "Pause, slow down, stop",
        "text": "Whatever you press here, what is learned stays the same, bit by bit.",
        "at": [".st-key-heading_pause_or_resume", ".st-key-pause_or_resume"],
    },
    {
        "title": "What it learns",
        "text": "The charts grow as it trains. Point at a curve to read it; drag to zoom in.",
        "at": [".st-key-charts"],
    },
    {
        "title": "Better, or lucky?",
        "text": "Analytics compares runs and groups of seeds, and says how sure that is.",
        "at": ['[data-testid="stSidebar"] a[href*="Analytics"]'],
    },
    {
        "title": "Take the best home",
        "text": "Models ranks what your runs have saved, evaluates it and packs it for your own program.",
        "at": ['[data-testid="stSidebar"] a[href*="Models"]'],
    },
)
"""What each says and which element it points at: the first of these that is in sight; without one the hint is left out."""
NEEDED: Final = ".st-key-live_body"
"""What must be on the page before the tour begins: the board and the charts of a run."""
_AGAIN = "tour_again"  # in the session: names the wish to see it again

_FOLDER = Path(__file__).parent
_CSS, _JS = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("tour.css", "tour.js"))


def draw_tour() -> None:
    """Mount it, on every page, beside the shell; it shows itself when it is time."""
    mount = st.components.v2.component("control_room.tour", html='<span class="look"></span>', js=_JS)
    data: dict[str, Any] = {
        "style": _CSS, "hints": HINTS, "needed": NEEDED, "remembered": REMEMBERED, "again": st.session_state.get(_AGAIN, ""),
    }  # fmt: skip
    with st.container(key="tour"):
        mount(key="page_tour", data=data, height=1)


def start_tour() -> None:
    """Show it again, on the live page, to which this leads; to be called by a widget."""
    st.session_state[_AGAIN] = secrets.token_hex(8)
    go_to(LIVE)
