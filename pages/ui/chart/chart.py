"""Plotly's charts as a Streamlit component that stays in place.

`st.plotly_chart` makes its element's identity from the data, so a live chart is mounted anew at every refresh: it blinks and a
person's zoom is gone. This component keeps its element and hands new data to the same Plotly chart. Plotly itself is the copy that
the `plotly` package brings along; `load_plotly` sends it to the browser once a page, and nothing is fetched from elsewhere.
"""

import base64
import functools
import html
import importlib.resources
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from pages.ui.curves import Floats
from pages.ui.text import compact

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"chart.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_EXPORT = """
;self.Plotly = self.Plotly || self.moduleName;
document.dispatchEvent(new Event("control-room-plotly"));
export default () => {};
"""
MARGIN = {"l": 58, "r": 14, "t": 8, "b": 38}  # pixels
FAINT = 0.35
GREY = "#8A8F98"  # grey, readable on light and on dark
THOUSAND = 1_000  # from here on axes say 5k; below, Plotly's SI prefixes would say 300m

TraceKind = Literal["line", "points", "band", "star"]
LABEL_PLACES = (0.01, 0.27, 0.52, 0.77)  # shares of the width: the names of neighbouring levels stand beside each other


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing to draw.

    Attributes:
        x: (points,), ascending and finite.
        y: (points,), finite; of a band its lower edge.
        name: as it is, also a person's own words: it is escaped on its way to Plotly.
        dash: lengths of strokes and gaps in pixels; none is a solid line.
        high: (points,), the upper edge of a band.
        dots: whether the points of a line are marked.
    """

    kind: TraceKind
    x: Floats
    y: Floats
    name: str
    colour: str
    dash: tuple[int, ...] = ()
    high: Floats | None = None
    dots: bool = False

    def to_plotly(self) -> list[dict[str, Any]]:
        """The trace in Plotly's words; a band is two lines and what is between them."""
        name = html.escape(self.name, quote=False)
        common = {"type": "scatter", "x": _packed(self.x), "y": _packed(self.y), "name": name, "showlegend": self.kind == "line"}
        shown = {"hovertemplate": "%{y:,.4~r}"}
        if self.kind == "band":
            edge = {"mode": "lines", "line": {"width": 0, "color": self.colour}, "hoverinfo": "skip"}
            upper = {"y": _packed(self.y if self.high is None else self.high), "fill": "tonexty", "fillcolor": f"{self.colour}38"}
            return [common | edge, common | edge | upper]
        if self.kind == "points":
            return [common | {"mode": "markers", "marker": {"size": 3.5, "color": self.colour, "opacity": FAINT}, "hoverinfo": "skip"}]
        if self.kind == "star":
            return [common | shown | {"mode": "markers", "marker": {"size": 12, "symbol": "star", "color": self.colour}}]
        line = {"color": self.colour, "width": 2, "dash": ",".join(f"{length}px" for length in self.dash) or "solid"}
        return [common | shown | {"mode": "lines+markers" if self.dots else "lines", "line": line, "marker": {"size": 5}}]


@dataclass(frozen=True, slots=True)
class Level:
    """A value to compare with, drawn as a faint line across the whole chart with its name on it."""

    y: float
    name: str

    def to_plotly(self, end: float, place: float) -> dict[str, Any]:
        """The level in Plotly's words; its name begins at a share of the width."""
        return {
            "type": "scatter",
            "x": [0, place * end, end],
            "y": [self.y] * 3,
            "name": html.escape(self.name, quote=False),
            "mode": "lines+text",
            "text": ["", html.escape(self.name, quote=False), ""],
            "textposition": "bottom right",
            "textfont": {"size": 10, "color": GREY},
            "line": {"color": GREY, "width": 1, "dash": "2px,3px"},
            "hoverinfo": "skip",
            "showlegend": False,
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        key: a zoom is kept as long as it stays the same.
        note: small beside the title: the smoothing, or how many points are shown.
        zero_y: whether the y axis begins at 0.
        x_end: the x axis reaches at least so far, so that charts side by side have the same.
        levels: values to compare with.
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
    levels: Sequence[Level] = ()

    def to_json(self) -> dict[str, Any]:
        """What the component gets: texts, Plotly traces and a layout without colours, which are the theme's."""
        drawn = [trace for trace in self.traces if len(trace.x)]
        ends = [f"{trace.name} {compact(float(trace.y[-1]))}" for trace in drawn if trace.kind == "line"]
        return {
            "key": self.key,
            "title": self.title,
            "note": self.note,
            "summary": ", ".join(ends) or "no data yet",
            "traces": [part for trace in drawn for part in trace.to_plotly()] + self._drawn_levels(drawn),
            "layout": self._layout(drawn),
        }

    def _end(self, drawn: Sequence[Trace]) -> float:
        return max([self.x_end, *(float(trace.x[-1]) for trace in drawn)]) or 1.0

    def _drawn_levels(self, drawn: Sequence[Trace]) -> list[dict[str, Any]]:
        places = itertools.cycle(LABEL_PLACES)
        return [level.to_plotly(self._end(drawn), place) for level, place in zip(self.levels, places, strict=False)] if drawn else []

    def _layout(self, drawn: Sequence[Trace]) -> dict[str, Any]:
        end = self._end(drawn)
        largest = max((float(abs(trace.y).max()) for trace in drawn), default=0.0)
        y_axis = {"type": "log", "dtick": 1} if self.log_y else {"rangemode": "tozero" if self.zero_y else "normal"}
        common = {"zeroline": False, "automargin": False}
        bottom = MARGIN | {"b": 84} if self.legend else MARGIN
        return {
            "margin": bottom,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hovermode": "x unified",
            "showlegend": self.legend,
            "legend": {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "itemclick": "toggleothers", "itemdoubleclick": False},
            "xaxis": common
            | {"title": _title(self.x_title, 4), "range": [0, end], "tickformat": "~s", "hoverformat": ",.4~r", "showgrid": False},
            "yaxis": common | y_axis | {"title": _title(self.y_title, 6), "tickformat": "~s" if largest >= THOUSAND else "~g"},
        }


def _title(text: str, standoff: int) -> dict[str, Any]:
    return {"text": text, "standoff": standoff, "font": {"size": 11}}


def _packed(values: Floats) -> dict[str, str]:
    """An array as Plotly takes it without a parser: little-endian doubles in base64."""
    return {"dtype": "f8", "bdata": base64.b64encode(values.astype("<f8").tobytes()).decode()}


@functools.cache
def _plotly_module() -> str:
    """Plotly as a module of the browser."""
    return (importlib.resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8") + _EXPORT


def load_plotly() -> None:
    """Bring Plotly into the page. Called by a page once, outside its timed parts: then it is sent once, not with every refresh."""
    mount = st.components.v2.component("control_room.plotly", html="<span></span>", js=_plotly_module())
    mount(key="plotly", height=1)


def show_chart(chart: Chart, *, element: str, height: int, on_point: Callable[[], None] | None = None) -> None:
    """Draw a chart in an element that stays in place; `element` is its name on the page.

    `on_point` is called when a person clicks on a point; its x is then in the session, as `point` of the element.
    """
    # Not in a shadow root: Plotly writes its own style rules into the page.
    mount = st.components.v2.component("control_room.chart", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)
    mount(key=element, data=chart.to_json() | {"height": height, "picks": on_point is not None}, height=height, on_point_change=on_point)
