"""Smoothing of a curve that starts unbiased: its first value is the curve's own. Arrays to arrays of the same length.

Values that do not exist (NaN) are passed over and stay NaN. Both weigh rows, not steps.
"""

import numpy as np
import pandas as pd

from trainer.analysis.statistics import Floats


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
    place = np.arange(len(y))
    half = np.minimum(np.minimum(place, place[::-1]), max(0, (window - 1) // 2))
    known = np.isfinite(y)
    level = y[known].mean() if known.any() else 0.0  # sums of small numbers lose less
    sums, counts = (np.concatenate([[0.0], np.cumsum(values)]) for values in (np.where(known, y - level, 0.0), known.astype(np.float64)))
    total, count = (of[place + half + 1] - of[place - half] for of in (sums, counts))
    mean: Floats = np.divide(total, count, out=np.full(len(y), np.nan), where=known) + level
    return mean
