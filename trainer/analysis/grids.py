"""Several curves as one: values of every curve on a common grid, and their mean, median or IQM with a band.

No curve is extrapolated: outside its own first and last point it does not count, and `Band.n` tells how many do at each x.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.analysis.statistics import CONFIDENCE, RESAMPLES, Floats, Statistic, cut_from_each_end, draws

Integers = NDArray[np.int64]
Singles = NDArray[np.float32]

Curve = tuple[Floats, Floats]
"""x (points,), ascending, and y (points,); points whose x or y is not finite are left out."""

GRID_POINTS = 300
FEWEST_FOR_A_BAND = 2


@dataclass(frozen=True, slots=True)
class Band:
    """A group's curve; all arrays (grid,).

    Attributes:
        x: the grid.
        centre: mean, median or IQM of the curves that exist at x.
        low: lower end of the 95 % interval, point by point; NaN where fewer than two curves exist.
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
    """(curves, grid) each curve's values, linearly between its points, NaN outside its first and last one."""
    values = np.full((len(curves), len(grid)), np.nan)
    for row, curve in zip(values, curves, strict=True):
        x, y = _finite(curve)
        if len(x):
            row[:] = np.interp(grid, x, y, left=np.nan, right=np.nan)
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
        ordered = np.argsort(values[np.ix_(mask, places)], axis=0)  # (n, places)
        there = np.take_along_axis(values[np.ix_(mask, places)], ordered, axis=0)
        n = int(mask.sum())
        cut = cut_from_each_end(n, how)
        centre[places] = there[cut : n - cut].mean(axis=0)
        if n >= FEWEST_FOR_A_BAND:
            low[places], high[places] = _interval(there, ordered, kinds[mask], cut)
    return Band(grid, centre, low, high, present.sum(axis=0))


def _times_drawn(kinds: Integers) -> Singles:
    """(n, resamples) how often each resample draws each curve, from its stratum alone."""
    times = np.zeros((len(kinds), RESAMPLES), np.float32)
    for place, kind in enumerate(np.unique(kinds)):
        members = np.flatnonzero(kinds == kind)
        flat = draws(len(members), 2 * place) * RESAMPLES + np.arange(RESAMPLES)[:, None]
        times[members] = np.bincount(flat.ravel(), minlength=len(members) * RESAMPLES).reshape(-1, RESAMPLES)
    return times


def _interval(there: Floats, order: Integers, kinds: Integers, cut: int) -> Floats:
    """(2, places) quantiles of the trimmed means of all resamples; there (n, places) sorted, order (n, places) whose they are.

    A resample of sorted values is told by how often each was drawn. Of the draws in their order those in the middle count; summed by
    parts, their mean is the highest value less each step between neighbours times the share of the draws that lie below it.
    """
    times, steps = _times_drawn(kinds), np.diff(there, axis=0).astype(np.float32)
    if (kinds == kinds[0]).all():  # any curve is drawn as often as any other: whose the lowest value is makes no difference
        lower = steps.T @ _share_below(times, cut)  # (places, resamples)
    else:
        lower = np.stack([step @ _share_below(times[whose], cut) for step, whose in zip(steps.T, order.T, strict=True)])
    tails = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    interval: Floats = there[-1] - np.quantile(lower, tails[::-1], axis=1)
    return interval


def _share_below(times: Singles, cut: int) -> Singles:
    """(n - 1, resamples) share of a resample's middle draws that are at most each value but the highest, in order."""
    kept = len(times) - 2 * cut
    below = np.cumsum(times[:-1], axis=0)
    below -= cut
    return np.clip(below, 0, kept, out=below) / np.float32(kept)


def _finite(curve: Curve) -> Curve:
    x, y = curve
    known = np.isfinite(x) & np.isfinite(y)
    return (x, y) if known.all() else (x[known], y[known])
