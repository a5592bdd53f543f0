"""The bootstrap behind every interval: which runs a resample draws, and its trimmed mean, right to a number's last digits.

A resample is told by how often it draws each run, so that its mean is one weighted sum of the sorted
values. Values of one sign are summed without loss, whatever their sizes: 1 beside 1e16 keeps its
digits. Where values of both signs cancel almost wholly, they are summed again exactly.
"""

import math
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Counts = NDArray[np.float32]
"""Whole numbers: exact up to 2**24, in half the memory."""
Statistic = Literal["mean", "median", "iqm"]

RESAMPLES = 2_000
CONFIDENCE = 0.95
TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
CANCELLED = 1e-5  # of the largest value: a sum below this part of it has lost more than six digits
LARGE, SMALLER = 1e300, 2.0**-64  # sums of values beyond the one may overflow; times the other they do not, but 1e-300 loses digits
WHOLE_BELOW = 2.0**53  # sums of whole numbers up to here are exact


def draws(n: int, seed: int = 0) -> Integers:
    """(resamples, n) which of n values each resample draws; always the same for the same numbers."""
    return np.random.default_rng((n, seed)).integers(n, size=(RESAMPLES, n))


def times_drawn(strata: Integers, seed: int = 0) -> Counts:
    """(n, resamples) how often each resample draws each value, from its stratum alone.

    Args:
        strata: (n,) which values belong together.
        seed: an even one and the next one give independent draws.
    """
    times = np.zeros((len(strata), RESAMPLES), np.float32)
    for place, number in enumerate(np.unique(strata)):
        members = np.flatnonzero(strata == number)
        flat = draws(len(members), seed + 2 * place) * RESAMPLES + np.arange(RESAMPLES)[:, None]
        times[members] = np.bincount(flat.ravel(), minlength=len(members) * RESAMPLES).reshape(-1, RESAMPLES)
    return times


def can_differ(strata: Integers) -> bool:
    """Whether resamples can: a stratum of one run is drawn as it is, so that such runs alone tell nothing of their spread."""
    return len(strata) > 0 and int(np.unique(strata, return_counts=True)[1].max()) > 1


def cut_from_each_end(n: int, statistic: Statistic) -> int:
    """How many of n sorted values the statistic leaves out at either end: all three are the mean of what is left."""
    return {"mean": 0, "iqm": n // 4, "median": max(0, (n - 1) // 2)}[statistic]


def trimmed_mean(values: Floats, statistic: Statistic) -> Floats:
    """(places,) the statistic of each column of values (n, places), which are finite; NaN if n is 0."""
    n = len(values)
    if not n:
        return np.full(values.shape[1], np.nan)
    cut = cut_from_each_end(n, statistic)
    return exact_mean(np.sort(values, axis=0)[cut : n - cut])


def scale_of(values: Floats) -> float:
    """What finite values must be multiplied by so that their sums do not overflow."""
    return SMALLER if values.size and max(values.max(), -values.min()) > LARGE else 1.0


def exact_mean(values: Floats) -> Floats:
    """(places,) the mean of each column of values (n, places), n at least 1, right even where values cancel."""
    scale = scale_of(values)
    return _mean(values * scale) / scale if scale != 1 else _mean(values)


def _mean(values: Floats) -> Floats:
    means: Floats = values.mean(axis=0)
    for place in np.flatnonzero(_cancelled(means, values)):
        means[place] = math.fsum(values[:, place]) / len(values)
    return means


def resampled_means(values: Floats, strata: Integers, statistic: Statistic, seed: int = 0) -> Floats:
    """(places, resamples) the statistic of every resample of each column of values (n, places), n at least 1."""
    if (scale := scale_of(values)) != 1:
        scaled: Floats = resampled_means(values * scale, strata, statistic, seed) / scale
        return scaled
    whose = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, whose, axis=0)
    times, cut = times_drawn(strata, seed), cut_from_each_end(len(values), statistic)
    kept = len(values) - 2 * cut
    if (strata == strata[0]).all():  # any value is drawn as often as any other: whose the lowest is makes no difference
        weights = _kept_draws(times, cut)
        means: Floats = ordered.T @ weights / kept
    else:
        means = np.stack([column @ _kept_draws(times[order], cut) / kept for column, order in zip(ordered.T, whose.T, strict=True)])
    for place in _doubtful(means, ordered):
        means[place] = [float(exact) for exact in exact_means(values[:, place], strata, statistic, seed)]
    return means


def exact_means(values: Floats, strata: Integers, statistic: Statistic, seed: int = 0) -> list[Fraction]:
    """Of every resample (resamples,) of values (n,) what `resampled_means` gives, without any rounding."""
    whose = np.argsort(values, kind="stable")
    times, cut = times_drawn(strata, seed), cut_from_each_end(len(values), statistic)
    weights = _kept_draws(times if (strata == strata[0]).all() else times[whose], cut).astype(np.int64)
    ratios = [value.as_integer_ratio() for value in values[whose].tolist()]
    common = max(denominator for _, denominator in ratios)  # all are powers of two
    whole = np.array([numerator * (common // denominator) for numerator, denominator in ratios], object)
    return [Fraction(total, common * (len(values) - 2 * cut)) for total in weights.T.astype(object) @ whole]


def exact_trimmed_mean(values: Floats, statistic: Statistic) -> Fraction:
    """The statistic of finite values (n,), n at least 1, without any rounding."""
    cut = cut_from_each_end(len(values), statistic)
    kept = np.sort(values)[cut : len(values) - cut].tolist()
    return sum(map(Fraction, kept), Fraction()) / len(kept)


def interval_of(resampled: Floats) -> tuple[Floats, Floats]:
    """The ends of the 95 % percentile interval along the last axis."""
    low, high = np.quantile(resampled, TAILS, axis=-1)
    return low, high


def _kept_draws(times: Counts, cut: int) -> Floats:
    """(n, resamples) how often each value, in their order, is among a resample's middle draws."""
    kept = len(times) - 2 * cut
    below = np.cumsum(times, axis=0)
    below -= cut
    np.clip(below, 0, kept, out=below)
    return np.diff(below, axis=0, prepend=np.float32(0)).astype(np.float64)


def _doubtful(means: Floats, values: Floats) -> Integers:
    """The places at which an end of the interval may have lost digits."""
    ends = np.abs(np.stack(interval_of(means))).min(axis=0)
    return np.flatnonzero(_cancelled(ends, values))


def _cancelled(sums: Floats, values: Floats) -> NDArray[np.bool_]:
    """(places,) whether values (n, places) of both signs left so little that the digits of the sum are noise."""
    sizes, low, high = np.abs(values).max(axis=0), values.min(axis=0), values.max(axis=0)
    mixed: NDArray[np.bool_] = (low < 0) & (high > 0) & (np.abs(sums) < CANCELLED * sizes)
    if mixed.any():
        mixed &= ~((values == np.floor(values)).all(axis=0) & (sizes * len(values) < WHOLE_BELOW))
    return mixed
