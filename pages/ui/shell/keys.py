"""Which keys do what, on every page and on each; a list that `?` opens, and a small button at the end of the sidebar.

The one place that lists keys for people. What they do is in the scripts that handle them; a test compares the two.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from pages.ui.guard import callback
from pages.ui.tour.tour import start_tour

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"keys.{ending}").read_text(encoding="utf-8") for ending in ("html", "css", "js"))


@dataclass(frozen=True, slots=True)
class Key:
    """What some keys do.

    Attributes:
        keys: as they are printed on them; each does it alone.
        does: begins with a verb.
    """

    keys: tuple[str, ...]
    does: str


EVERYWHERE = (
    Key(("?",), "Show this list"),
    Key(("Tab",), "Go to the next control; with Shift to the one before"),
    Key(("Enter", "Space"), "Press the button that has the focus"),
    Key(("Esc",), "Close a dialog or a list"),
)
EPISODE = (
    Key(("Space",), "Stop and go on"),
    Key(("→",), "Go one step further"),
    Key(("←",), "Go one step back"),
)
OF_PAGE: dict[str, tuple[str, tuple[Key, ...]]] = {
    "Live": (
        "While a run is shown; all but F on its picture",
        (Key(("F",), "Show the picture and three figures alone, in full screen, and leave that"), *EPISODE),
    ),
    "Replay": (
        "On the episode",
        (
            *EPISODE,
            Key(("Home", "End"), "Go to the beginning, to the end"),
            Key(("+", "="), "Play faster"),
            Key(("-",), "Play slower"),
            Key(("C",), "Jump to the next clear (Tetris)"),
            Key(("D",), "Jump to the biggest drop in value (Tetris)"),
        ),
    ),
    "Models": (
        "In a leaderboard",
        (
            Key(("↑", "↓"), "Go from row to row; Enter opens the model"),
            Key(("Home", "End"), "Go to the first row, to the last"),
        ),
    ),
    "Watch": ("On the boards", EPISODE),
    "Play": (
        "On the boards",
        (
            Key(("←", "→"), "Choose the column"),
            Key(("↑", "X"), "Turn the piece right"),
            Key(("Z",), "Turn it left"),
            Key(("Space", "↓"), "Drop it"),
        ),
    ),
    "Analytics": (
        "In the table",
        (
            Key(("↑", "↓", "←", "→"), "Go from cell to cell"),
            Key(("Space",), "Select the run"),
            Key(("Esc",), "Leave the table"),
        ),
    ),
}
"""By the label of a page: where its keys work, and what they do."""


def draw_keys() -> None:
    """Mount the button and the list. The browser knows which page it shows."""
    mount = st.components.v2.component("control_room.keys", html=_HTML, css=_CSS, js=_JS)
    pages = {label: {"where": where, "keys": [asdict(key) for key in keys]} for label, (where, keys) in OF_PAGE.items()}
    with st.container(key="keys"):
        mount(
            key="page_keys", data={"everywhere": [asdict(key) for key in EVERYWHERE], "pages": pages}, height="content",
            on_tour_change=callback(start_tour),
        )  # fmt: skip
