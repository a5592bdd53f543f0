"""Several curves as one: values of every curve on a common grid, and their mean, median or IQM with a band.

At each x a curve has its last value at or before it: nothing that came later flows in, so that a band
and what is compared at a step agree. No curve is extrapolated: outside its own first and last point it
does not count, and `Band.n` tells how many do at each x. NaN and ±infinity are no points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .resampling import Floats, Integers, Statistic, can_differ, interval_of, resampled_means, trimmed_mean

Curve = tuple[Floats, Floats]
"""x (points,), ascending, and y (points,); points whose x or y is not finite are left out."""

GRID_POINTS = 300


@dataclass(frozen=True, slots=True)
class Band:
    """A group's curve; all arrays (grid,).

    Attributes:
        x: the grid.
        centre: mean, median or IQM of the curves that exist at x.
        low: lower end of the 95 % interval, point by point; NaN where no two curves of a stratum exist.
        high: upper end.
        n: how many curves exist at x, never 0.
    """

    x: Floats
    centre: Floats
    low: Floats
    high: Floats
    n: Integers


def common_grid(curves: Sequence[Curve], points: int = GRID_POINTS) -> Floats:
    """Where the curves are looked at: at every x that any of them has, or at evenly spaced ones if those are too many."""
    xs = [x for x, _ in map(_finite, curves) if len(x)]
    if not xs:
        return np.empty(0)
    if max(map(len, xs)) <= points and len(every := np.unique(np.concatenate(xs))) <= points:
        return every
    return np.linspace(min(x[0] for x in xs), max(x[-1] for x in xs), points)


def on_grid(curves: Sequence[Curve], grid: Floats) -> Floats:
    """(curves, grid) each curve's last value at or before each x, NaN outside its first and last point."""
    values = np.full((len(curves), len(grid)), np.nan)
    for row, curve in zip(values, curves, strict=True):
        x, y = _finite(curve)
        if len(x):
            inside = (x[0] <= grid) & (grid <= x[-1])
            row[inside] = y[np.searchsorted(x, grid[inside], side="right") - 1]
    return values


def aggregate(curves: Sequence[Curve], how: Statistic = "iqm", *, strata: Sequence[int] | None = None, grid: Floats | None = None) -> Band:
    """The curves of a group as one, with the 95 % stratified percentile bootstrap interval; every resample draws whole curves.

    Args:
        curves: one a run.
        how: `mean`, `median` or `iqm`.
        strata: (curves,) which curves belong together and are drawn from among each other; all of them if not given.
        grid: ascending x; `common_grid(curves)` if not given.
    """
    grid = common_grid(curves) if grid is None else grid
    values = on_grid(curves, grid)
    present = np.isfinite(values)
    some = present.any(axis=0)
    grid, values, present = grid[some], values[:, some], present[:, some]
    kinds = np.zeros(len(curves), np.int64) if strata is None else np.asarray(strata)
    centre, low, high = np.full((3, len(grid)), np.nan)
    masks, which = np.unique(present, axis=1, return_inverse=True)
    for number, mask in enumerate(masks.T):
        places = np.flatnonzero(which.ravel() == number)
        there = values[np.ix_(mask, places)]  # (n, places)
        centre[places] = trimmed_mean(there, how)
        if can_differ(kinds[mask]):
            low[places], high[places] = interval_of(resampled_means(there, kinds[mask], how))
    return Band(grid, centre, low, high, present.sum(axis=0))


def _finite(curve: Curve) -> Curve:
    x, y = curve
    known = np.isfinite(x) & np.isfinite(y)
    return (x, y) if known.all() else (x[known], y[known])
