"""Curves for the charts: thinning that keeps the extremes, and running means. Arrays to arrays, nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler

from trainer.analysis.smoothing import trailing_mean

Floats = NDArray[np.float64]
MAX_POINTS = 1_200


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a line, perhaps thinned.

    Attributes:
        x: (points,), ascending.
        y: (points,), finite.
        total: points before thinning.
    """

    x: Floats
    y: Floats
    total: int

    @property
    def thinned(self) -> bool:
        """Whether some points are not shown."""
        return len(self.x) < self.total


def finite(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The points that exist in both."""
    known = np.isfinite(x) & np.isfinite(y)
    return (x, y) if known.all() else (x[known], y[known])


def extreme_points(y: Floats, max_points: int) -> NDArray[np.int64]:
    """Indices of the smallest and the largest value in each of `max_points / 2 - 1` equal stretches, with both ends.

    What a person can see of a dense line is its envelope; this keeps it exactly and never invents a value.
    """
    if len(y) <= max_points:
        return np.arange(len(y))
    chosen = MinMaxDownsampler().downsample(y, n_out=max(2, max_points // 2 * 2 - 2))
    return np.unique(np.concatenate([[0], chosen.astype(np.int64), [len(y) - 1]]))


def thinned(x: Floats, y: Floats, max_points: int = MAX_POINTS) -> Curve:
    """A curve of at most about `max_points` points; values that do not exist are left out."""
    x, y = finite(x, y)
    chosen = extreme_points(y, max_points)
    return Curve(x[chosen], y[chosen], total=len(y))


def smoothed(x: Floats, y: Floats, window: int, max_points: int = MAX_POINTS) -> Curve:
    """A running mean over the values that exist, thinned."""
    x, y = finite(x, y)
    return thinned(x, trailing_mean(y, window), max_points)


def sparkline(y: Floats, points: int = 60) -> list[float]:
    """A few values that show the course of a column, for a metric card; empty if there are fewer than two."""
    known = y[np.isfinite(y)]
    if len(known) < 2:
        return []
    values: list[float] = known[np.unique(np.linspace(0, len(known) - 1, points).astype(np.int64))].tolist()
    return values


def last(y: Floats) -> float | None:
    """The newest value that exists, or None."""
    for value in y[:-200:-1]:
        if np.isfinite(value):
            return float(value)
    return None
