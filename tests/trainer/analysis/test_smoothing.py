"""Smoothing starts unbiased and passes over gaps."""

import math

import numpy as np
import pandas as pd
import pytest

from trainer.analysis.smoothing import centred_mean, debiased_ema, trailing_mean

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


@pytest.mark.parametrize("window", [1, 2, 7, 30, 100])
def test_a_trailing_mean_is_the_mean_of_what_came_before(window: int) -> None:
    y = np.random.default_rng(window).normal(size=30)
    expected = [y[max(0, place - window + 1) : place + 1].mean() for place in range(30)]
    np.testing.assert_allclose(trailing_mean(y, window), expected)
    assert len(trailing_mean(np.empty(0), window)) == 0


@pytest.mark.parametrize("largest", [1e16, 1e300])
@pytest.mark.parametrize("window", [3, 21, 199])
def test_a_large_value_leaves_no_trace_outside_its_window(largest: float, window: int) -> None:
    y = 1.0 + np.random.default_rng(window).random(1_000)
    y[500] = largest
    for place in (*range(0, 500 - window, 50), 499, 500, *range(500 + window, 1_000, 50)):
        half = min(place, 999 - place, window // 2)
        near = y[place - half : place + half + 1]
        assert centred_mean(y, window)[place] == pytest.approx(math.fsum(near) / len(near), rel=1e-9)
        before = y[max(0, place - window + 1) : place + 1]
        assert trailing_mean(y, window)[place] == pytest.approx(math.fsum(before) / len(before), rel=1e-9)


def test_values_of_a_window_that_cancel_leave_what_is_left() -> None:
    y = np.array([0.5, 1e16, 0.25, -1e16, 0.5])
    assert centred_mean(y, 3)[2] == pytest.approx(0.25 / 3, rel=1e-9)
    assert centred_mean(y, 5)[2] == pytest.approx(1.25 / 5, rel=1e-9)
    np.testing.assert_allclose(centred_mean(np.full(9, 1.7e308), 5), 1.7e308)
    np.testing.assert_allclose(trailing_mean(np.full(9, -1.7e308), 5), -1.7e308)
    infinite = centred_mean(np.array([1.0, np.inf, 3.0]), 3)
    np.testing.assert_array_equal(infinite, [1.0, np.nan, 3.0])


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_what_is_left_of_large_values_that_cancel_is_right_in_every_window(unit: float) -> None:
    y = np.array([1.0, 1e16, 3.0, -1e16, 7.0, 1e16, -1e16, 2.0]) * unit
    for place in range(len(y)):
        before = y[max(0, place - 2) : place + 1]
        assert trailing_mean(y, 3)[place] == pytest.approx(math.fsum(before) / len(before), rel=1e-9)
        half = min(place, len(y) - 1 - place, 2)
        near = y[place - half : place + half + 1]
        assert centred_mean(y, 5)[place] == pytest.approx(math.fsum(near) / len(near), rel=1e-9)


def test_the_smallest_values_keep_their_digits_beside_the_largest() -> None:
    y = np.array([1.1e-300, 1.3e-300, 1.7e-300, 1e300, 1.9e-300])
    assert centred_mean(y, 3)[1] == pytest.approx(4.1e-300 / 3, rel=1e-9, abs=0)
    assert trailing_mean(y, 3)[2] == pytest.approx(4.1e-300 / 3, rel=1e-9, abs=0)
