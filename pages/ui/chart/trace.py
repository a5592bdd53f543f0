"""What a chart draws, in Plotly's words: lines, bands, points, bars, marks of events, and values to compare with."""

import base64
import html
from dataclasses import dataclass, replace
from typing import Any, Literal

from pages.ui.curves import Floats

FAINT = 0.35
GREY = "#8A8F98"  # of lines that stand back, on light and on dark; too faint for words
MARK_AXIS = "y3"  # from 0 to 1, whatever the chart shows
VALUE_SHOWN = {"hovertemplate": "%{y:,.4~r}"}

TraceKind = Literal["line", "points", "band", "star", "marks", "bars"]


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
        faint: a thin line in the background, which the legend does not name and the pointer passes over.
        width: of a line, in pixels.
        group: traces of one group are shown and hidden together; none: its name.
        texts: (points,) what each says when the pointer is over them, in one line or several.
        links: (points,) where the browser goes when a person clicks on each, or on the line to it: addresses of our own.
        interval: (points,) lower and upper ends of what each point is known to lie in; NaN where that is not known.
        steps: whether a line goes from value to value in steps.
        whole: the name in full, if `name` was cut: the legend says it to the pointer.
    """

    kind: TraceKind
    x: Floats
    y: Floats
    name: str
    colour: str
    dash: tuple[int, ...] = ()
    high: Floats | None = None
    dots: bool = False
    faint: bool = False
    width: float = 2.0
    group: str = ""
    texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    interval: tuple[Floats, Floats] | None = None
    steps: bool = False
    whole: str = ""

    @property
    def named(self) -> bool:
        """Whether the legend names it."""
        return self.kind in ("line", "bars") and not self.faint

    def positive(self) -> "Trace":
        """What of it a logarithmic x axis can show."""
        keep = self.x > 0
        if keep.all():
            return self
        texts, links = (tuple(one for one, kept in zip(of_points, keep, strict=False) if kept) for of_points in (self.texts, self.links))
        high = None if self.high is None else self.high[keep]
        interval = None if self.interval is None else (self.interval[0][keep], self.interval[1][keep])
        return replace(self, x=self.x[keep], y=self.y[keep], high=high, texts=texts, links=links, interval=interval)

    def to_plotly(self) -> list[dict[str, Any]]:
        """The trace in Plotly's words; a band is two lines and what is between them."""
        name, group = html.escape(self.name, quote=False), html.escape(self.group or self.name, quote=False)
        common = {
            "type": "scatter",
            "x": _packed(self.x),
            "y": _packed(self.y),
            "name": name,
            "legendgroup": group,
            "showlegend": self.named,
            **({"customdata": self.links} if self.links else {}),
            **self._whiskers(),
        }
        return [common | part for part in self._parts()]

    def _whiskers(self) -> dict[str, Any]:
        if self.interval is None:
            return {}
        low, high = self.interval
        reach = {"array": _packed(high - self.y), "arrayminus": _packed(self.y - low)}
        return {"error_y": {"type": "data", "symmetric": False, "color": f"{self.colour}90", "thickness": 1.2, "width": 3, **reach}}

    def _parts(self) -> list[dict[str, Any]]:
        if self.kind == "band":
            edge = {"mode": "lines", "line": {"width": 0, "color": self.colour}, "hoverinfo": "skip"}
            upper = {"y": _packed(self.y if self.high is None else self.high), "fill": "tonexty", "fillcolor": f"{self.colour}38"}
            return [edge, edge | upper]
        if self.kind == "bars":
            return [VALUE_SHOWN | {"type": "bar", "marker": {"color": self.colour}}]
        if self.kind != "line":
            return [self._markers()]
        return [self._line() | ({"hoverinfo": "skip", "opacity": FAINT} if self.faint else self._said() if self.texts else VALUE_SHOWN)]

    def _said(self) -> dict[str, Any]:
        lines = [html.escape(text, quote=False).replace("\n", "<br>") for text in self.texts]
        return {"text": lines, "hovertemplate": "%{text}<extra></extra>"}

    def _markers(self) -> dict[str, Any]:
        marker: dict[str, Any] = {"color": self.colour}
        if self.kind == "star":
            return VALUE_SHOWN | {"mode": "markers", "marker": marker | {"size": 12, "symbol": "star"}}
        if self.kind == "marks":
            marker |= {"size": 9, "symbol": "triangle-up", "line": {"width": 1, "color": GREY}}
            return self._said() | {"mode": "markers", "marker": marker, "yaxis": MARK_AXIS, "cliponaxis": False}
        if self.texts:
            return self._said() | {"mode": "markers", "marker": marker | {"size": 9, "opacity": 0.85}}
        return {"mode": "markers", "marker": marker | {"size": 3.5, "opacity": FAINT}, "hoverinfo": "skip"}

    def _line(self) -> dict[str, Any]:
        dash = ",".join(f"{length}px" for length in self.dash) or "solid"
        line: dict[str, Any] = {"color": self.colour, "width": 1 if self.faint else self.width, "dash": dash}
        if self.steps:
            line["shape"] = "hv"
        return {"mode": "lines+markers" if self.dots else "lines", "line": line, "marker": {"size": 5}}


@dataclass(frozen=True, slots=True)
class Level:
    """A value to compare with, drawn as a faint line across the whole chart with its name on it."""

    y: float
    name: str

    def to_plotly(self, start: float, end: float, place: float) -> dict[str, Any]:
        """The level in Plotly's words, from one x to another; its name begins at `place`."""
        return {
            "type": "scatter",
            "x": [start, place, end],
            "y": [self.y] * 3,
            "name": html.escape(self.name, quote=False),
            "mode": "lines+text",
            "text": ["", html.escape(self.name, quote=False), ""],
            "textposition": "bottom right",
            "textfont": {"size": 10},
            "line": {"color": GREY, "width": 1, "dash": "2px,3px"},
            "hoverinfo": "skip",
            "showlegend": False,
        }


def _packed(values: Floats) -> dict[str, str]:
    """An array as Plotly takes it without a parser: little-endian doubles in base64."""
    return {"dtype": "f8", "bdata": base64.b64encode(values.astype("<f8").tobytes()).decode()}
