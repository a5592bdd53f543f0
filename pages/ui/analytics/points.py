"""The points of a run's curve and of a team's, worked out once for the rows they are made of."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

import numpy as np
import streamlit as st

from pages.ui.analytics.lines import Line
from pages.ui.analytics.metrics import Metric, series
from pages.ui.analytics.teams import Team
from pages.ui.curves import Curve, Floats, finite, thinned
from pages.ui.run_data import rows_version, run_data
from trainer.analysis.grids import Band, aggregate
from trainer.analysis.smoothing import centred_mean, debiased_ema
from trainer.analysis.statistics import Statistic

MAX_POINTS = 1_500  # of one curve on the screen
MAX_SEED_POINTS = 300  # of the thin line of one run in a team

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How curves are smoothed; both kinds begin unbiased.

    Attributes:
        rows: about how many rows count; 1 is off.
    """

    kind: Literal["exponential", "window"] = "exponential"
    rows: int = 1

    def __call__(self, values: Floats) -> Floats:
        """The smoothed values (rows,)."""
        if self.rows <= 1:
            return values
        return debiased_ema(values, 1 - 1 / self.rows) if self.kind == "exponential" else centred_mean(values, self.rows)

    def words(self) -> str:
        """What it does, for the note of a chart; empty if nothing."""
        if self.rows <= 1:
            return ""
        return f"exponential mean of about {self.rows} rows" if self.kind == "exponential" else f"centred mean of {self.rows} rows"


UNSMOOTHED = Smoothing()


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn of a run: everything that its points depend on besides its rows."""

    metric: Metric
    x_axis: str
    smoothing: Smoothing


@dataclass(frozen=True, slots=True)
class Points:
    """A run's curve: x and y (rows,), ascending and finite; `raw` is y before smoothing. `version` changes with the rows."""

    x: Floats
    y: Floats
    raw: Floats
    version: Hashable


@st.cache_resource(max_entries=512, show_spinner=False)
def _kept(key: Hashable, _make: Callable[[], Any]) -> Any:  # noqa: ARG001 - Streamlit compares it
    return _make()


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, kept for the next time that the same is asked for; the key names all that it depends on."""
    return cast("T", _kept(key, make))


def points_of(line: Line, view: View) -> Points:
    """A run's curve; empty if it has no values of the metric."""
    data = run_data(line.run)
    rows = data.refresh()
    version = (rows_version(rows.metrics), rows_version(rows.evaluations))

    def make() -> Points:
        x, y = finite(*series(rows, view.metric, view.x_axis, line.probed.config))
        return Points(x, view.smoothing(y), y, (str(line.run.path), version))

    return data.derived(f"points {view}", version, make)


def shown(points: Points, *, raw: bool = False, most: int = MAX_POINTS) -> Curve:
    """A run's curve as it is drawn."""
    return thinned(points.x, points.raw if raw else points.y, most)


def band_of(team: Team, view: View, how: Statistic) -> Band:
    """The curves of a team as one; a run without values does not count."""
    members = [(points_of(line, view), kind) for line, kind in zip(team.lines, team.strata, strict=True)]
    members = [(points, kind) for points, kind in members if len(points.x)]
    key = ("band", str(view), how, tuple((points.version, kind) for points, kind in members))
    return kept(key, lambda: aggregate([(points.x, points.y) for points, _ in members], how, strata=[kind for _, kind in members]))


def rows_at(x: Floats, y: Floats, where: Floats) -> Floats:
    """Values of a curve between its points; NaN outside them."""
    return np.interp(where, x, y, left=np.nan, right=np.nan) if len(x) else np.full(len(where), np.nan)


def bad_rows(line: Line) -> int:
    """Rows of a run's logs that could not be read."""
    return run_data(line.run).refresh().bad_lines
