"""Smoothing of a curve that starts unbiased: its first value is the curve's own. Arrays to arrays of the same length.

Values that do not exist (NaN, ±infinity) are passed over and become NaN. All weigh rows, not steps. A mean
is a sum of the values in its window and of no others: a value of 1e16 leaves no trace outside its window.
"""

import math

import numpy as np
import pandas as pd

from .resampling import CANCELLED, WHOLE_BELOW, Floats, Integers, scale_of


def debiased_ema(y: Floats, weight: float) -> Floats:
    """The exponential moving average, divided by what the weights have come to so far (Kingma and Ba 2015, for Adam).

    Args:
        y: (rows,).
        weight: share of the average that one row leaves as it was, 0 (no smoothing) to below 1. About 1 / (1 − weight) rows count.
    """
    known = np.isfinite(y)
    average: Floats = pd.Series(np.where(known, y, np.nan)).ewm(alpha=1 - weight, adjust=True).mean().to_numpy()
    return np.where(known, average, np.nan)


def centred_mean(y: Floats, window: int) -> Floats:
    """The mean of each value and its neighbours; near an end as many are taken on both sides as there are on that side.

    So a straight line stays that line, up to its ends.

    Args:
        y: (rows,).
        window: rows, an odd number; an even one counts as the next smaller; 1 changes nothing.
    """
    half = max(0, min(window - 1, len(y) - 1) // 2)
    known = np.isfinite(y)
    values = np.where(known, y, 0.0)
    scale = scale_of(values)
    values *= scale
    sums, counts = _centred_sums(values, half), _centred_sums(known.astype(np.float64), half)
    if _may_cancel(values):
        place = np.arange(len(y))
        reach = np.minimum(np.minimum(place, place[::-1]), half)
        _sum_exactly(sums, _centred_sums(np.abs(values), half), values, place - reach, place + reach)
    mean: Floats = np.divide(sums, counts, out=np.full(len(y), np.nan), where=known) / scale
    return mean


def trailing_mean(y: Floats, window: int) -> Floats:
    """The mean of each value and up to `window - 1` before it.

    Args:
        y: (rows,), finite.
        window: rows, at least 1; 1 changes nothing.
    """
    if window <= 1 or len(y) == 0:
        return y
    scale, head = scale_of(y), min(window, len(y))
    values = y * scale
    place = np.arange(len(y))
    sums = _trailing_sums(values, head)
    if _may_cancel(values):
        _sum_exactly(sums, _trailing_sums(np.abs(values), head), values, np.maximum(place - head + 1, 0), place)
    means: Floats = sums / np.minimum(place + 1, head) / scale
    return means


def _may_cancel(values: Floats) -> bool:
    """Whether a sum of some of the values may lose digits: not where they have one sign, or are whole numbers that add up exactly."""
    if not len(values) or values.min() >= 0 or values.max() <= 0:
        return False
    return not ((values == np.floor(values)).all() and float(np.abs(values).max()) * len(values) < WHOLE_BELOW)


def _sum_exactly(sums: Floats, sizes: Floats, values: Floats, first: Integers, last: Integers) -> None:
    """Sum again where the values from `first` to `last` cancel; all (rows,), `sizes` are the sums of their sizes."""
    for at in np.flatnonzero(np.abs(sums) < CANCELLED * sizes):
        sums[at] = math.fsum(values[first[at] : last[at] + 1])


def _trailing_sums(values: Floats, window: int) -> Floats:
    """(rows,) sums of each value and up to `window - 1` before it; the window is of at most all rows."""
    return np.concatenate([np.cumsum(values[:window]), _full_sums(values, window)[1:]])


def _centred_sums(values: Floats, half: int) -> Floats:
    """(rows,) sums of each value and its neighbours up to `half` away; fewer near an end, the same number on both sides."""
    sums = np.empty(len(values))
    if len(values):
        sums[half : len(values) - half] = _full_sums(values, 2 * half + 1)
        sums[:half] = np.cumsum(values[: 2 * half])[::2]
        sums[len(values) - half :] = np.cumsum(values[::-1][: 2 * half])[::2][::-1]
    return sums


def _full_sums(values: Floats, window: int) -> Floats:
    """(rows - window + 1,) the sum of every whole window, of at most all rows.

    A window is the end of one block of its length and the beginning of the next (van Herk 1992), so that
    nothing is ever subtracted.
    """
    padded = np.concatenate([values, np.zeros(-len(values) % window)]).reshape(-1, window)
    from_start = np.cumsum(padded, axis=1).ravel()
    to_end = np.cumsum(padded[:, ::-1], axis=1)[:, ::-1].ravel()
    first = np.arange(len(values) - window + 1)
    return from_start[first + window - 1] + np.where(first % window, to_end[first], 0.0)
