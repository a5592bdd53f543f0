"""Plotly's charts as a Streamlit component that stays in place.

`st.plotly_chart` makes its element's identity from the data, so a live chart is mounted anew at every refresh: it blinks and a
person's zoom is gone. This component keeps its element and hands new data to the same Plotly chart; `plotly_script` says where it
has Plotly from.
"""

import html
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from pages.ui.chart import plotly_script
from pages.ui.chart.trace import MARK_AXIS, Level, Trace
from pages.ui.guard import callback
from trainer.numbers import compact

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"chart.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
MARGIN = {"l": 58, "r": 14, "t": 8, "b": 38}  # pixels
THOUSAND = 1_000  # from here on axes say 5k; below, Plotly's SI prefixes would say 300m
EMPTY_AXIS = 1_000.0  # where an axis ends that has no points yet
COUNTS_SHARE = 0.14  # of the height, for how many runs there are along the x axis
CURVES_FROM = 0.21
TICK_ROOM, BAR_ROOM = 0.08, 0.6  # beside the first and the last of given ticks: of the width, and of the distance of two bars

XKind = Literal["linear", "log", "date"]
LABEL_PLACES = (0.01, 0.27, 0.52, 0.77)  # shares of the width: the names of neighbouring levels stand beside each other


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        key: a zoom is kept as long as it stays the same.
        y_title: none: the chart has no y axis.
        note: small beside the title: the smoothing, or how many points are shown.
        log_y: whether the y axis is logarithmic.
        zero_y: whether the y axis begins at 0.
        legend: whether the names stand below the chart; a click on one hides and shows it.
        x_end: the x axis reaches at least so far, so that charts side by side have the same.
        levels: values to compare with.
        x_kind: a date axis takes milliseconds since 1970, in UTC; Plotly shows the clocks of the browser, each point with the summer
            time of its day.
        x_ticks: where the x axis has ticks and what they say; none: as Plotly likes it.
        words: texts at places of the chart, x and y.
        counts: step lines of how many runs there are at each x, in a strip of their own below the curves.
        zoom_group: charts of one group on a page have the same zoom along x, for as long as their `x_key` is the same.
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
    x_kind: XKind = "linear"
    x_ticks: Sequence[tuple[float, str]] = ()
    words: Sequence[tuple[float, float, str]] = ()
    counts: Sequence[Trace] = ()
    zoom_group: str = ""
    x_key: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the component gets: texts, Plotly traces and a layout without colours, which are the theme's."""
        drawn, counts = self._drawable(self.traces), self._drawable(self.counts)
        named = [trace for trace in drawn if trace.named]
        ends = [f"{trace.name} {compact(float(trace.y[-1]))}" for trace in named]
        counted = [part | {"yaxis": "y2", "showlegend": False} for trace in counts for part in trace.to_plotly()]
        return {
            "key": self.key,
            "x_key": self.x_key or self.key,
            "zoom_group": self.zoom_group,
            "title": self.title,
            "note": self.note,
            "summary": ", ".join(ends) or "no data",
            "legend": [_legend_entry(trace) for trace in named] if self.legend else [],
            "traces": [part for trace in drawn for part in trace.to_plotly()] + counted + self._drawn_levels(drawn),
            "layout": self._layout(drawn, counts),
        }

    def _drawable(self, traces: Sequence[Trace]) -> list[Trace]:
        return [fitting for trace in traces if len((fitting := self._fitting(trace)).x)]

    def _fitting(self, trace: Trace) -> Trace:
        return trace.positive() if self.x_kind == "log" else trace

    def _range(self, drawn: Sequence[Trace]) -> tuple[float, float]:
        """The whole x axis, in its own numbers: of a logarithmic one the exponents."""
        end = max([self.x_end, *(float(trace.x[-1]) for trace in drawn)]) or EMPTY_AXIS
        if self.x_kind == "linear":
            return 0.0, end
        start = min((float(trace.x[0]) for trace in drawn), default=end / 10)
        return (start, end) if self.x_kind == "date" else (math.log10(start), math.log10(max(end, start * 1.01)))

    def _drawn_levels(self, drawn: Sequence[Trace]) -> list[dict[str, Any]]:
        start, end = self._range(drawn)
        places = (self._point(start + share * (end - start)) for share in itertools.cycle(LABEL_PLACES))
        ends = self._point(start), self._point(end)
        return [level.to_plotly(*ends, place) for level, place in zip(self.levels, places, strict=False)] if drawn else []

    def _point(self, place: float) -> float:
        """Plotly takes the points of a logarithmic axis as they are, but its range as exponents."""
        return 10.0**place if self.x_kind == "log" else place

    def _layout(self, drawn: Sequence[Trace], counts: Sequence[Trace]) -> dict[str, Any]:
        largest = max((float(np.nanmax(abs(trace.y))) for trace in drawn), default=0.0)
        y_axis: dict[str, Any] = {"type": "log", "dtick": 1} if self.log_y else {"rangemode": "tozero" if self.zero_y else "normal"}
        common = {"zeroline": False, "automargin": False}
        y_axis |= common | {
            "title": _title(self.y_title, 6),
            "tickformat": "~s" if largest >= THOUSAND else "~g",
            "visible": bool(self.y_title),
        }
        return {
            "margin": MARGIN,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hovermode": "closest" if any(trace.kind != "marks" and trace.texts for trace in drawn) else "x unified",
            "annotations": [_words(*one) for one in self.words],
            "showlegend": False,
            "hoverlabel": {"namelength": -1},
            "bargap": 0.25,
            "xaxis": common | {"title": _title(self.x_title, 4), "showgrid": False} | self._x_axis(drawn),
            "yaxis": y_axis | ({"domain": [CURVES_FROM, 1]} if counts else {}),
            **_more_axes(drawn, counts),
        }

    def _x_axis(self, drawn: Sequence[Trace]) -> dict[str, Any]:
        axis: dict[str, Any] = {"range": list(self._range(drawn)), "type": self.x_kind} | ({"anchor": "y2"} if self.counts else {})
        if self.x_kind == "date":
            return axis | {"hoverformat": "%d %b %H:%M:%S"}
        if self.x_ticks:
            places, words = zip(*self.x_ticks, strict=True)
            bars = any(trace.kind == "bars" for trace in drawn)
            room = BAR_ROOM if bars else TICK_ROOM * (max(places) - min(places)) or TICK_ROOM
            texts = [html.escape(word, quote=False) for word in words]
            return axis | {"tickvals": places, "ticktext": texts, "range": [min(places) - room, max(places) + room]}
        return axis | {"tickformat": "~s", "hoverformat": ",.4~r"} | ({"dtick": "D2"} if self.x_kind == "log" else {})


def _more_axes(drawn: Sequence[Trace], counts: Sequence[Trace]) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    if counts:
        most = max(float(trace.y.max()) for trace in counts)
        strip = {"domain": [0, COUNTS_SHARE], "range": [0, most * 1.15], "tickvals": [0, most], "title": _title("runs", 6)}
        axes["yaxis2"] = strip | {"fixedrange": True, "zeroline": False}
    if any(trace.kind == "marks" for trace in drawn):
        axes["yaxis" + MARK_AXIS[1:]] = {"overlaying": "y", "range": [0, 1], "fixedrange": True, "visible": False}
    return axes


def _title(text: str, standoff: int) -> dict[str, Any]:
    return {"text": text, "standoff": standoff, "font": {"size": 11}}


def _words(x: float, y: float, text: str) -> dict[str, Any]:
    said = {"text": html.escape(text, quote=False), "showarrow": False, "xanchor": "left", "xshift": 4, "yshift": 9}
    return {"x": x, "y": y, "font": {"size": 10}} | said


def _legend_entry(trace: Trace) -> dict[str, Any]:
    (part, *_) = trace.to_plotly()
    return {
        "name": trace.name,
        "whole": trace.whole or trace.name,
        "group": part["legendgroup"],
        "colour": trace.colour,
        "dash": trace.dash,
        "width": trace.width,
    }


def show_chart(
    chart: Chart,
    *,
    element: str,
    height: int,
    zoom: Sequence[Any] = (),
    on_zoom: Callable[[], None] | None = None,
    on_point: Callable[[], None] | None = None,
    goes_to: str = "",
) -> None:
    """Draw a chart in an element that stays in place.

    Args:
        chart: what to draw.
        element: its name on the page, the key of its state in the session.
        height: pixels, with title and legend.
        zoom: the two ends of the x axis to begin with, as the browser told them; none: all of it.
        on_zoom: called when a person has zoomed; the ends are then in the session, as `zoom` of the element.
        on_point: called when a person has clicked on a point; its x is then in the session, as `point` of the element.
        goes_to: where the browser goes when a person has clicked on a point: an address that its x, rounded, completes.
    """
    # Not in a shadow root: Plotly writes its own style rules into the page.
    mount = st.components.v2.component("control_room.chart", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)
    asks = {"zoom": list(zoom), "picks": on_point is not None, "goes_to": goes_to}
    data = chart.to_json() | {"height": height, "plotly": plotly_script.ADDRESS} | asks
    mount(
        key=element, data=data, height=height,
        on_zoom_change=callback(on_zoom) if on_zoom else None, on_point_change=callback(on_point) if on_point else None,
    )  # fmt: skip
