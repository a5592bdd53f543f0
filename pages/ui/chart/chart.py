"""The chart as a Streamlit component.

`st.plotly_chart` mounts its element anew whenever its data change (its identity is made from the data), which blinks and drops
a person's zoom at every refresh. This one keeps its element, gets arrays as base64 and draws a thousand points in a millisecond.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from pages.ui.curves import Floats

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"chart.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))

TraceKind = Literal["line", "points", "band", "star"]


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing to draw.

    Attributes:
        x: (points,), ascending and finite.
        y: (points,), finite; of a band its lower edge.
        name: as it is, also a person's own words: it is only ever set as text.
        dash: lengths of strokes and gaps in pixels; none is a solid line.
        high: (points,), the upper edge of a band.
        of: the line a band belongs to.
        dots: whether the points of a line are marked.
    """

    kind: TraceKind
    x: Floats
    y: Floats
    name: str
    colour: str
    dash: tuple[int, ...] = ()
    high: Floats | None = None
    of: str = ""
    dots: bool = False

    def to_json(self) -> dict[str, Any]:
        """What the component gets."""
        arrays = {"x": _packed(self.x), "y": _packed(self.y), "high": None if self.high is None else _packed(self.high)}
        return {
            "kind": self.kind,
            "name": self.name,
            "colour": self.colour,
            "dash": list(self.dash),
            "of": self.of,
            "dots": self.dots,
        } | arrays


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        key: a zoom is kept as long as it stays the same.
        note: small beside the title: the smoothing, or how many points are shown.
        zero_y: whether the y axis begins at 0.
        x_end: the x axis reaches at least so far, so that charts side by side have the same.
    """

    key: str
    title: str
    note: str
    x_title: str
    y_title: str
    traces: Sequence[Trace]
    log_y: bool = False
    zero_y: bool = False
    legend: bool = False
    x_end: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """What the component gets."""
        texts = {name: getattr(self, name) for name in ("key", "title", "note", "x_title", "y_title", "log_y", "zero_y", "legend", "x_end")}
        return texts | {"traces": [trace.to_json() for trace in self.traces]}


def _packed(values: Floats) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode()


def show_chart(chart: Chart, *, element: str, height: int) -> None:
    """Draw a chart in an element that stays in place; `element` is its name on the page."""
    mount = st.components.v2.component("control_room.chart", html=_HTML, css=_CSS, js=_JS)
    mount(key=element, data=chart.to_json() | {"height": height}, height=height)
