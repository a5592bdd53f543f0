"""The network's value over a recorded game: where it was sure, and where it was not. A click on the curve goes there."""

import secrets
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import Trace
from pages.ui.charts import GREEN
from pages.ui.curves import thinned
from pages.ui.tetris.replay.timeline import Timeline

ELEMENT = "replay_values"
CLICKED = "replay_clicked"  # in the session: a name for the click, and the piece
MAX_PIECES = 200_000  # a second of computing
MAX_POINTS = 1_000
HEIGHT = 220  # pixels


def values_chart(key: str, timeline: Timeline) -> Chart:
    """The value of every chosen placement."""
    curve = thinned(np.arange(timeline.last, dtype=np.float64), timeline.values, MAX_POINTS)
    trace = Trace("line", curve.x, curve.y, "value", GREEN)
    note = "what the network made of each placement it chose: 0 lost, 1 safe · click to go there"
    return Chart(key, "Value", note, "pieces", "value", [trace], x_end=float(timeline.last))


def draw_values(key: str, timeline: Timeline) -> None:
    """Draw it, if there are values and they are computed in no time."""
    if timeline.network is not None and 1 < timeline.last <= MAX_PIECES:
        show_chart(values_chart(key, timeline), element=ELEMENT, height=HEIGHT, on_point=_clicked)


def _clicked() -> None:
    piece: Any = st.session_state[ELEMENT].get("point")
    if isinstance(piece, int | float):
        st.session_state[CLICKED] = (secrets.token_hex(4), round(piece))


def clicked() -> tuple[str, int] | None:
    """The click that nobody has answered yet, once."""
    click: tuple[str, int] | None = st.session_state.pop(CLICKED, None)
    return click
