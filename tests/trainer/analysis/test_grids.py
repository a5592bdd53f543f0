"""Several curves as one: common grid, aggregate and band, and never a value where a curve has none."""

import numpy as np
import pytest

from trainer.analysis.grids import Curve, aggregate, common_grid, on_grid
from trainer.analysis.resampling import Statistic
from trainer.analysis.statistics import stratified_bootstrap


def _curves(n: int, length: int = 40, seed: int = 0) -> list[Curve]:
    generator = np.random.default_rng(seed)
    return [(np.arange(float(length)), generator.exponential(size=length)) for _ in range(n)]


def test_the_grid_has_every_x_unless_they_are_too_many() -> None:
    short = [(np.array([1.0, 4.0]), np.zeros(2)), (np.array([2.0, 4.0, 9.0]), np.array([0.0, np.nan, 1.0]))]
    np.testing.assert_array_equal(common_grid(short), [1.0, 2.0, 4.0, 9.0])
    np.testing.assert_allclose(common_grid(short, 3), [1.0, 5.0, 9.0])
    assert len(common_grid([])) == len(common_grid([(np.zeros(1), np.full(1, np.nan))])) == 0


def test_a_curve_has_its_last_value_up_to_each_place_and_none_outside_its_ends() -> None:
    curves = [(np.array([2.0, 4.0]), np.array([10.0, 20.0])), (np.empty(0), np.empty(0)), (np.array([3.0]), np.array([7.0]))]
    n = np.nan
    np.testing.assert_array_equal(on_grid(curves, np.array([1.0, 2.0, 3.0, 4.0, 5.0])), [[n, 10, 10, 20, n], [n] * 5, [n, n, 7, n, n]])


@pytest.mark.parametrize("how", ["mean", "median", "iqm"])
@pytest.mark.parametrize("strata", [None, [0, 0, 0, 0, 1, 1, 1]])
def test_each_point_of_the_band_is_the_estimate_of_the_values_there(how: Statistic, strata: list[int] | None) -> None:
    curves = _curves(7)
    band = aggregate(curves, how, strata=strata)
    for place in (0, 13, 39):
        values = np.array([y[place] for _, y in curves])
        expected = stratified_bootstrap([values] if strata is None else [values[:4], values[4:]], how)
        assert band.centre[place] == pytest.approx(expected.value)
        close = 0.05 * (expected.high - expected.low)
        assert (band.low[place], band.high[place]) == pytest.approx((expected.low, expected.high), abs=close)
    assert set(band.n) == {7}


def test_curves_of_unequal_length_are_never_extrapolated() -> None:
    long, short = _curves(3, length=10), _curves(2, length=4, seed=1)
    band = aggregate([*long, *short], "mean")
    np.testing.assert_array_equal(band.n, [5] * 4 + [3] * 6)
    assert band.centre[9] == pytest.approx(np.mean([y[9] for _, y in long]))
    assert band.centre[3] == pytest.approx(np.mean([y[3] for _, y in long + short]))


def test_one_curve_alone_has_no_band() -> None:
    band = aggregate([*_curves(1, 5), *_curves(1, 3)])
    np.testing.assert_array_equal(np.isfinite(band.low), [True, True, True, False, False])
    np.testing.assert_array_equal(band.n, [2, 2, 2, 1, 1])
    assert np.isfinite(band.centre).all()


def test_values_that_do_not_exist_leave_no_trace() -> None:
    x = np.arange(4.0)
    band = aggregate([(x, np.array([np.nan, 1.0, np.nan, 3.0])), (x, np.full(4, np.nan))], "median")
    np.testing.assert_array_equal(band.x, [1.0, 3.0])
    np.testing.assert_array_equal(band.centre, [1.0, 3.0])
    assert len(aggregate([]).x) == len(aggregate([(x, np.full(4, np.nan))]).n) == 0


def test_a_gap_between_the_curves_has_no_point() -> None:
    apart = [(np.array([0.0, 1.0]), np.zeros(2)), (np.array([8.0, 9.0]), np.ones(2))]
    band = aggregate(apart, grid=np.arange(10.0))
    np.testing.assert_array_equal(band.x, [0, 1, 8, 9])
    np.testing.assert_array_equal(band.n, [1, 1, 1, 1])


def test_a_hundred_curves_have_the_same_band_twice() -> None:
    curves = _curves(100)
    first, second = aggregate(curves), aggregate(curves)
    np.testing.assert_array_equal(first.low, second.low)
    assert (first.low < first.centre).all()
    assert (first.centre < first.high).all()


def test_nothing_that_comes_later_flows_into_a_band() -> None:
    steps = np.array([20.0, 40.0, 100.0])
    band = aggregate([(steps, np.array([10.0, 30.0, 610.0])), (np.array([20.0, 60.0]), np.array([110.0, 130.0]))], "mean")
    np.testing.assert_array_equal(band.x, [20, 40, 60, 100])
    np.testing.assert_array_equal(band.centre, [60, 70, 80, 610])


@pytest.mark.parametrize("largest", [1e9, 1e16, 1e100, 1e300])
@pytest.mark.parametrize("strata", [None, [0, 0, 0, 0, 0], [0, 0, 1, 1, 1]])
def test_a_band_is_right_whatever_the_sizes_of_its_values(largest: float, strata: list[int] | None) -> None:
    curves = [(np.zeros(1), np.array([value])) for value in (1.0, 2.0, 3.0, 4.0, largest)]
    band = aggregate(curves, strata=strata)
    assert band.centre[0] == pytest.approx(3.0, rel=1e-9)
    if strata is None or len(set(strata)) == 1:
        assert band.low[0] == pytest.approx(4 / 3, rel=1e-9)
    assert 1 <= band.low[0] <= 3 <= band.high[0] <= largest


def test_curves_that_are_each_alone_in_their_stratum_have_no_band() -> None:
    curves = [(np.arange(3.0), np.full(3, level)) for level in (1.0, 2.0, 3.0)]
    assert np.isnan(aggregate(curves, strata=[0, 1, 2]).low).all()
    assert np.isfinite(aggregate(curves, strata=[0, 1, 1]).low).all()
