"""Smoothing starts unbiased and passes over gaps."""

import numpy as np
import pandas as pd
import pytest

from trainer.analysis.smoothing import centred_mean, debiased_ema

CURVE = np.random.default_rng(1).normal(size=200).cumsum()


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("gaps", [[], [0, 1, 50, 51, 52, 199]])
def test_the_debiased_average_weighs_every_row_by_how_long_ago_it_was(weight: float, gaps: list[int]) -> None:
    y = CURVE.copy()
    y[gaps] = np.nan

    smooth = debiased_ema(y, weight)

    for place in range(200):
        past = y[: place + 1]
        known = np.isfinite(past)
        weights = weight ** np.arange(place, -1, -1.0)
        expected = np.average(past[known], weights=weights[known]) if known[-1] else np.nan
        assert smooth[place] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("weight", [0.0, 0.9, 0.9999])
def test_the_average_starts_at_the_first_value(weight: float) -> None:
    smooth = debiased_ema(np.array([5.0, 7.0]), weight)
    assert smooth[0] == pytest.approx(5.0)
    assert smooth[1] == pytest.approx((5 * weight + 7) / (weight + 1))


@pytest.mark.parametrize("window", [1, 3, 21, 999])
def test_a_centred_mean_leaves_a_straight_line_as_it_is(window: int) -> None:
    line = np.linspace(-3.0, 9.0, 50)
    np.testing.assert_allclose(centred_mean(line, window), line)


def test_a_centred_mean_is_the_mean_of_both_neighbours() -> None:
    y = np.array([1.0, 5.0, 3.0, np.nan, 10.0])
    np.testing.assert_allclose(centred_mean(y, 3), [1.0, 3.0, 4.0, np.nan, 10.0])
    np.testing.assert_array_equal(centred_mean(y, 2), y)
    middle = centred_mean(CURVE, 11)[5:-5]
    np.testing.assert_allclose(middle, pd.Series(CURVE).rolling(11, center=True).mean().to_numpy()[5:-5])


def test_there_may_be_nothing_to_smooth() -> None:
    nothing, gap = np.empty(0), np.full(3, np.nan)
    assert len(debiased_ema(nothing, 0.9)) == len(centred_mean(nothing, 5)) == 0
    assert np.isnan(debiased_ema(gap, 0.9)).all()
    assert np.isnan(centred_mean(gap, 5)).all()
