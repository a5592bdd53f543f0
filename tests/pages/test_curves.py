"""Thinning, and running means that are thinned."""

import numpy as np
import pytest

from pages.ui.curves import extreme_points, last, smoothed, sparkline, thinned


def test_a_short_curve_is_shown_whole() -> None:
    x = np.arange(100.0)
    curve = thinned(x, x**2)
    assert not curve.thinned
    assert curve.total == 100
    np.testing.assert_array_equal(curve.y, x**2)


@pytest.mark.parametrize("length", [1_201, 5_000, 99_999, 100_000, 100_001])
def test_a_long_curve_keeps_its_ends_its_extremes_and_its_order(length: int) -> None:
    x = np.arange(float(length))
    y = np.random.default_rng(length).normal(size=length)
    spike, dip = length // 3, length // 2
    y[spike], y[dip] = 50.0, -50.0
    curve = thinned(x, y)
    assert curve.thinned
    assert curve.total == length
    assert len(curve.x) <= 1_210
    assert {0.0, float(spike), float(dip), float(length - 1)} <= set(curve.x)
    assert (np.diff(curve.x) > 0).all()
    np.testing.assert_array_equal(curve.y, y[curve.x.astype(int)])


def test_values_that_do_not_exist_are_left_out() -> None:
    x, y = np.arange(6.0), np.array([np.nan, 1.0, np.inf, 3.0, np.nan, 5.0])
    curve = thinned(x, y)
    np.testing.assert_array_equal(curve.x, [1.0, 3.0, 5.0])
    assert curve.total == 3
    assert len(thinned(x, np.full(6, np.nan)).x) == 0


def test_smoothing_passes_over_gaps() -> None:
    y = np.array([2.0, np.nan, 4.0, 6.0])
    np.testing.assert_allclose(smoothed(np.arange(4.0), y, 2).y, [2.0, 3.0, 5.0])
    assert len(smoothed(np.empty(0), np.empty(0), 10).x) == 0


def test_extreme_points_of_equal_values_are_still_in_order() -> None:
    chosen = extreme_points(np.zeros(10_000), 100)
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] == 0
    assert chosen[-1] == 9_999


def test_a_sparkline_is_short_and_ends_with_the_newest_value() -> None:
    assert sparkline(np.array([np.nan, 1.0])) == []
    course = sparkline(np.arange(10_000.0))
    assert len(course) == 60
    assert course[0] == 0.0
    assert course[-1] == 9_999.0


def test_the_last_value_is_the_newest_that_exists() -> None:
    assert last(np.array([1.0, 2.0, np.nan])) == 2.0
    assert last(np.array([np.nan])) is None
    assert last(np.empty(0)) is None
