"""When runs reach a target, where some were ended before they could: nothing is assumed about what was not seen.

| call | what it tells |
|---|---|
| `time_to_reach(x, y, target)` | where a curve first reaches a value, or None |
| `median_time(times, last_seen)` | the median of such, with its 95 % interval |
"""

from collections.abc import Sequence

import numpy as np

from .resampling import TAILS, Floats, can_differ, times_drawn
from .statistics import Estimate

HALF = 0.5
ROUNDING = 1e-9  # of a product of shares


def time_to_reach(x: Floats, y: Floats, target: float) -> float | None:
    """The first x at which a curve has the target or more; None if it never does.

    Nothing is interpolated; points whose x or y is NaN or infinite are passed over.
    """
    reached = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & (y >= target))
    return float(x[reached[0]]) if len(reached) else None


def median_time(times: Sequence[float | None], last_seen: Sequence[float] | None = None, strata: Sequence[int] | None = None) -> Estimate:
    """The median time until a target is reached, by Kaplan and Meier (1958), with its bootstrap interval.

    A run that had not reached the target when it was last seen is *censored*: it counts among those
    that may still reach it up to there, and is no evidence afterwards. The median is the first time by
    which half would have reached it; where exactly half have for a while, the middle of that while, as
    of an even number of plain values. It is infinite where the target was not reached by half.

    Args:
        times: of each run, from `time_to_reach`; None: not reached.
        last_seen: up to where each run was watched; infinite, or not given: for ever.
        strata: which runs belong together in the bootstrap; all of them if not given.
    """
    ends = [np.inf] * len(times) if last_seen is None else last_seen
    when = np.array([end if time is None else time for time, end in zip(times, ends, strict=True)], np.float64)
    kinds = np.zeros(len(when), np.int64) if strata is None else np.asarray(strata, np.int64)
    known = ~np.isnan(when)
    reached = np.array([time is not None for time in times], np.bool_)[known]
    when, kinds = when[known], kinds[known]
    if not len(when):
        return Estimate(np.nan, np.nan, np.nan, 0)
    order = np.lexsort((~reached, when))  # of equal times, a run that reached it comes before one that was ended
    when, reached, kinds = when[order], reached[order], kinds[order]
    value = float(_medians(when, reached, np.ones((len(when), 1)))[0])
    low, high = np.nan, np.nan
    if can_differ(kinds):
        resampled = _medians(when, reached, times_drawn(kinds).astype(np.float64))
        low, high = np.quantile(resampled, TAILS, method="inverted_cdf")
    return Estimate(value, float(low), float(high), len(when))


def _medians(when: Floats, reached: np.ndarray[tuple[int], np.dtype[np.bool_]], times: Floats) -> Floats:
    """(resamples,) the medians where each run, in the order of time, counts so many times (n, resamples)."""
    at_risk = np.cumsum(times[::-1], axis=0)[::-1]
    events = np.where(reached[:, None], times, 0.0)
    left = np.cumprod(1 - np.divide(events, at_risk, out=np.zeros_like(times), where=at_risk > 0), axis=0)
    return (_first(when, left <= HALF + ROUNDING) + _first(when, left < HALF - ROUNDING, _first(when, left <= HALF + ROUNDING))) / 2


def _first(when: Floats, there: np.ndarray[tuple[int, int], np.dtype[np.bool_]], otherwise: Floats | float = np.inf) -> Floats:
    """(resamples,) the first time at which something is there (n, resamples)."""
    found: Floats = np.where(there.any(axis=0), when[there.argmax(axis=0)], otherwise)
    return found
