"""The points of a run's curve and of a group's, worked out once for the rows they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from pages.ui.analytics.axes import DATE_AXIS, X_AXES
from pages.ui.analytics.groups import Group
from pages.ui.analytics.run_rows import RunRow
from pages.ui.cache import Cache
from pages.ui.curves import Curve, Floats, finite, thinned
from pages.ui.run_data import rows_version, run_data
from pages.ui.zone import EARLIEST_MS, LATEST_MS
from trainer.analysis.grids import Band, aggregate
from trainer.analysis.resampling import Statistic
from trainer.analysis.smoothing import centred_mean, debiased_ema
from trainer.tasks.metric import Metric

MAX_POINTS = 1_500  # of one curve on the screen
MAX_SEED_POINTS = 300  # of the thin line of one run in a group
MAX_GROUP_POINTS = 3_000  # of one run in a group, evenly spaced: ten times as many as a band has
MAX_CACHED_BYTES = 256_000_000  # of curves and bands; four metrics of a thousand runs of a thousand rows take 70 MB
VALUE_BYTES = 500  # of each, beside its arrays
MAX_GROWING = 16  # long curves: of each all its smoothed points are there for when it grows
LONG = 50_000  # points; shorter curves are smoothed anew
EXPONENTIAL_REACH = 40  # times as far back as its rows a value weighs e⁻⁴⁰, less than a number's last digit

SmoothingKind = Literal["exponential", "window"]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How curves are smoothed; both kinds begin unbiased.

    Attributes:
        rows: about how many rows count; 1 is off.
    """

    kind: SmoothingKind = "exponential"
    rows: int = 1

    def __call__(self, values: Floats) -> Floats:
        """The smoothed values (rows,)."""
        if self.rows <= 1:
            return values
        return debiased_ema(values, 1 - 1 / self.rows) if self.kind == "exponential" else centred_mean(values, self.rows)

    def extended(self, values: Floats, before: Floats) -> Floats:
        """The same, where `before` is what it gave for the first of the values: only the end is worked out."""
        reach = self.rows * EXPONENTIAL_REACH if self.kind == "exponential" else self.rows
        unchanged = len(before) - (0 if self.kind == "exponential" else self.rows)  # a window near the end was cut short
        start = max(0, unchanged - reach)
        return self(values) if start == 0 else np.concatenate([before[:unchanged], self(values[start:])[unchanged - start :]])

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


def _size(value: Curve | Band | tuple[Floats, Floats]) -> int:
    arrays = value if isinstance(value, tuple) else [getattr(value, one.name) for one in fields(value)]
    return VALUE_BYTES + sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))


_cache = Cache(MAX_CACHED_BYTES, _size)
_growing = Cache(MAX_GROWING)


def series_of(row: RunRow, view: View, *, in_units: bool = True) -> tuple[Floats, Floats]:
    """The points of a run's curve before smoothing: x (rows,) and y (rows,), finite; none if it has no values of the metric.

    Args:
        row: the run.
        view: what is asked for.
        in_units: whether x is in the unit of the axis, else it is as the log has it.
    """
    columns = run_data(row.run).log(view.metric.log)
    if view.metric.column not in columns:
        return np.empty(0), np.empty(0)
    x = x_values(columns, row, view.x_axis, in_units=in_units)
    return in_order(*finite(x, view.metric.values(columns)))


def x_values(columns: Mapping[str, Floats], row: RunRow, x_axis: str, *, in_units: bool = True) -> Floats:
    """Where rows stand on an axis (rows,): by their own column, else by their step among the metrics; NaN outside those.

    When a row was written only the row itself knows: one that does not tell stands nowhere on the axis of the date.
    """
    axis = X_AXES[x_axis]
    if x_axis == DATE_AXIS:
        at = columns[axis.column]
        return np.where((at >= EARLIEST_MS) & (at <= LATEST_MS), at, np.nan)
    known = axis.column in columns
    values = columns[axis.column] if known else _over_steps(columns["step"], run_data(row.run).log("metrics"), axis.column)
    return values / axis.per_unit if in_units else values


def untimed_rows(row: RunRow, metric: Metric) -> int:
    """Rows with a value of the metric that do not tell when they were written: those of older versions."""
    columns = run_data(row.run).log(metric.log)
    return int(np.count_nonzero(np.isfinite(columns[metric.column]) & ~np.isfinite(x_values(columns, row, DATE_AXIS))))


def in_order(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Points in the order of x: the machine's clock may have been set back."""
    if (x[1:] >= x[:-1]).all():
        return x, y
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _over_steps(steps: Floats, metrics: Mapping[str, Floats], column: str) -> Floats:
    known = metrics["step"]
    return np.interp(steps, known, metrics[column], left=np.nan, right=np.nan) if len(known) else np.full(len(steps), np.nan)


def version_of(row: RunRow, view: View) -> object:
    """Changes when the rows of a run do that its curve is made of."""
    data = run_data(row.run)
    own, other = data.log(view.metric.log), data.log("metrics") if view.x_axis == "updates" else None
    return rows_version(own), rows_version(other) if other is not None else None


def smoothed_of(row: RunRow, view: View) -> tuple[Floats, Floats]:
    """The points of a run's curve; of a long one that grows, only the new ones are smoothed."""
    x, y = series_of(row, view)
    if len(y) < LONG or view.smoothing == UNSMOOTHED:
        return x, view.smoothing(y)
    key, generation = (row.run.path, view), run_data(row.run).generation(view.metric.log)

    def smooth() -> tuple[int, Floats]:
        before = _growing.last(key)
        if before is None or before[0] != generation or len(before[1]) > len(y):
            return generation, view.smoothing(y)
        return generation, view.smoothing.extended(y, before[1])

    return x, _growing.get(key, (generation, len(y)), smooth)[1]


def curve_of(row: RunRow, view: View, *, raw: bool = False, most: int = MAX_POINTS) -> Curve:
    """A run's curve as it is drawn; `raw` is the one before smoothing."""

    def make() -> Curve:
        return thinned(*(series_of(row, view) if raw else smoothed_of(row, view)), most)

    return _cache.get(("curve", row.run.path, view, raw, most), version_of(row, view), make)


def band_of(group: Group, view: View, how: Statistic) -> Band:
    """The curves of a group as one; a run without values does not count."""

    def make() -> Band:
        return aggregate([_in_a_group(row, view) for row in group.rows], how, strata=group.strata)

    runs = tuple(row.run.path for row in group.rows)
    version = [version_of(row, view) for row in group.rows]
    return _cache.get(("band", runs, view, how, group.strata), version, make)


def _in_a_group(row: RunRow, view: View) -> tuple[Floats, Floats]:
    def make() -> tuple[Floats, Floats]:
        x, y = series_of(row, view)
        y = view.smoothing(y)
        chosen = np.unique(np.linspace(0, len(x) - 1, MAX_GROUP_POINTS).astype(np.int64)) if len(x) > MAX_GROUP_POINTS else slice(None)
        return x[chosen], y[chosen]

    return _cache.get(("in a group", row.run.path, view), version_of(row, view), make)


def bad_rows(row: RunRow) -> int:
    """Rows that could not be read, of those logs of a run that have been looked at."""
    data = run_data(row.run)
    return sum(data.bad_lines(log) for log in ("metrics", "headline"))
