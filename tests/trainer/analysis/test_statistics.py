"""Statistics against published definitions, SciPy's own and hand-made cases; and how often intervals hold the truth."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from trainer.analysis.resampling import Floats, Statistic
from trainer.analysis.statistics import (
    difference_of_iqm,
    iqm,
    performance_profile,
    probability_of_improvement,
    stratified_bootstrap,
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6], 6.5),  # twelve values: the middle six
        ([1, 2, 3, 4, 100], 3.0),
        ([7], 7.0),
        ([1, 3], 2.0),
        ([1, math.nan, 3, math.inf], 2.0),
    ],
)
def test_the_interquartile_mean_of_cases_worked_out_by_hand(values: list[float], expected: float) -> None:
    assert iqm(values) == pytest.approx(expected)


def test_the_figure_is_that_of_all_strata_together_and_says_of_how_many() -> None:
    values = np.random.default_rng(1).normal(size=37)
    parts: list[Floats] = [values[:5], values[5:9], values[:0], values[9:]]

    made = {what: stratified_bootstrap(parts, what) for what in ("mean", "median", "iqm")}

    assert made["mean"].value == pytest.approx(values.mean())
    assert made["median"].value == pytest.approx(np.median(values))
    assert made["iqm"].value == pytest.approx(stats.trim_mean(values, 0.25))
    assert {one.n for one in made.values()} == {37}
    assert all(one.low < one.value < one.high for one in made.values())


@pytest.mark.parametrize("what", ["mean", "median", "iqm"])
def test_the_interval_of_one_stratum_is_that_of_scipy(what: Statistic) -> None:
    values = np.random.default_rng(2).exponential(size=40)
    figure = {"mean": np.mean, "median": np.median, "iqm": lambda sample, axis: stats.trim_mean(sample, 0.25, axis=axis)}[what]
    expected = stats.bootstrap(
        (values,), figure, n_resamples=20_000, method="percentile", vectorized=True, rng=np.random.default_rng(3)
    ).confidence_interval

    made = stratified_bootstrap(values, what)

    width = expected.high - expected.low
    assert made.low == pytest.approx(expected.low, abs=0.06 * width)
    assert made.high == pytest.approx(expected.high, abs=0.06 * width)


def test_differences_between_strata_are_no_uncertainty() -> None:
    noise = np.random.default_rng(4).normal(size=(4, 10))
    levels = np.array([0.0, 100.0, 200.0, 300.0])[:, None]

    apart, together = stratified_bootstrap(list(levels + noise), "mean"), stratified_bootstrap((levels + noise).ravel(), "mean")

    # Standard error of a mean of four independent means; percentile intervals lack the factor (n - 1) / n.
    expected = 2 * 1.96 * np.sqrt(noise.var(axis=1).sum() / 10) / 4
    assert apart.high - apart.low == pytest.approx(expected, rel=0.06)
    assert together.high - together.low > 20 * expected


def test_what_is_too_little_has_no_interval() -> None:
    one, none = stratified_bootstrap([3.0]), stratified_bootstrap([])
    assert (one.value, one.n, none.n) == (3.0, 1, 0)
    assert all(math.isnan(number) for number in (one.low, one.high, none.value, none.low, none.high))
    assert math.isnan(difference_of_iqm([1.0], [1.0, 2.0]).low)
    assert math.isnan(difference_of_iqm([], [1.0, 2.0]).value)
    assert math.isnan(probability_of_improvement([], [1.0]).value)
    assert probability_of_improvement([2.0], [1.0, 3.0]).value == 0.5
    assert math.isnan(probability_of_improvement([2.0], [1.0, 3.0]).low)


def test_a_list_of_numbers_is_one_stratum_whatever_their_type() -> None:
    values = [3, 1, 4, 1, 5]
    expected = stratified_bootstrap(np.array(values))
    assert expected.low < expected.high
    for kind in (int, float, np.int64, np.float32):
        assert stratified_bootstrap([kind(value) for value in values]) == expected
    assert stratified_bootstrap([np.array(values)]) == expected


def test_the_same_values_give_the_same_interval() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    assert stratified_bootstrap(values) == stratified_bootstrap(values)


def test_the_probability_of_improvement_is_mann_and_whitneys() -> None:
    a, b = np.random.default_rng(5).integers(10, size=(2, 12)).astype(float)
    u = stats.mannwhitneyu(a, b).statistic

    made = probability_of_improvement(a, b)

    assert made.value == pytest.approx(u / 144)
    assert made.n == 24
    assert probability_of_improvement([1, 2], [1, 0]).value == pytest.approx((0.5 + 1 + 1 + 1) / 4)
    assert probability_of_improvement(b, a).value == pytest.approx(1 - made.value)


def test_the_interval_of_the_probability_of_improvement_is_that_of_scipy() -> None:
    generator = np.random.default_rng(6)
    a, b = generator.normal(0.6, size=15), generator.normal(size=20)

    def probability(a: Floats, b: Floats, axis: int) -> Any:
        assert axis == -1
        return np.mean((np.sign(a[..., :, None] - b[..., None, :]) + 1) / 2, axis=(-2, -1))

    expected = stats.bootstrap(
        (a, b), probability, n_resamples=5_000, method="percentile", vectorized=True, rng=np.random.default_rng(7)
    ).confidence_interval

    made = probability_of_improvement(a, b)

    assert (made.low, made.high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_when_all_pairs_agree_nobody_is_certain() -> None:
    made = probability_of_improvement([5, 6, 7, 8, 9], [0, 1, 2, 3, 4])
    assert made.value == made.high == 1.0
    assert made.low == pytest.approx(0.025 ** (1 / 5))  # five wins of five, Clopper and Pearson
    assert probability_of_improvement([0, 1], [2, 3]).high == pytest.approx(1 - 0.025 ** (1 / 2))


def test_a_difference_says_which_is_better() -> None:
    generator = np.random.default_rng(8)
    a, b = generator.normal(3.0, size=20), generator.normal(size=12)
    made = difference_of_iqm(a, b)
    assert made.value == pytest.approx(iqm(a) - iqm(b))
    assert 0 < made.low < made.value < made.high
    assert made.n == 32
    same = difference_of_iqm(a, a)
    assert same.low < 0 < same.high


def test_a_performance_profile_is_the_share_above_each_threshold() -> None:
    values = [1.0, 2.0, 2.0, 4.0]
    made = performance_profile(values, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(made.share, [1, 0.75, 0.25, 0.25, 0])
    assert (made.low <= made.share).all()
    assert (made.share <= made.high).all()
    assert made.n == 4
    # Of four values, three above 1: the share of a resample is binomial(4, 3/4) / 4.
    assert made.low[1] == pytest.approx(stats.binom.ppf(0.025, 4, 0.75) / 4)
    assert np.isnan(performance_profile([], [1.0]).share).all()


@pytest.mark.parametrize(("n", "least", "most"), [(3, 0.70, 0.80), (5, 0.86, 0.93), (10, 0.91, 0.97), (20, 0.92, 0.97)])
def test_how_often_the_interval_of_normal_values_holds_the_truth(n: int, least: float, most: float) -> None:
    samples = np.random.default_rng(9).normal(size=(600, n))
    intervals = [stratified_bootstrap(sample) for sample in samples]
    held = np.mean([one.low <= 0 <= one.high for one in intervals])
    assert least <= held <= most


def test_how_often_the_interval_of_the_probability_of_improvement_holds_the_truth() -> None:
    generator = np.random.default_rng(10)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    intervals = [probability_of_improvement(generator.normal(1.0, size=10), generator.normal(size=10)) for _ in range(400)]
    held = np.mean([one.low <= truth <= one.high for one in intervals])
    assert 0.90 <= held <= 0.97


BASE = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
LOW, HIGH = BASE, BASE + 1_000  # of two learning rates


def test_a_difference_keeps_to_the_strata_as_rliable_does() -> None:
    made = difference_of_iqm([LOW + 3, HIGH + 3], [LOW, HIGH])
    assert (made.value, made.n) == (3.0, 20)
    # rliable 1.2.0, get_interval_estimates with 20,000 resamples: 1.66666667, 4.5
    assert made.low == pytest.approx(5 / 3, abs=0.2)
    assert made.high == pytest.approx(4.5, abs=0.2)
    mixed = difference_of_iqm(np.concatenate([LOW + 3, HIGH + 3]), np.concatenate([LOW, HIGH]))
    assert mixed.low < -600
    assert mixed.high > 600


def test_a_pair_is_of_one_stratum_where_both_sides_have_the_same() -> None:
    made = probability_of_improvement([LOW + 3, HIGH + 3], [LOW, HIGH])
    # rliable 1.2.0, probability_of_improvement: 0.92, 0.78 to 1
    assert made.value == pytest.approx(0.92)
    assert (made.low, made.high) == pytest.approx((0.78, 1.0), abs=0.03)
    assert probability_of_improvement(np.concatenate([LOW + 3, HIGH + 3]), [LOW, HIGH]).value == pytest.approx(0.71)


def test_a_profile_keeps_to_the_strata() -> None:
    apart, mixed = performance_profile([LOW, HIGH], [500.0]), performance_profile(np.concatenate([LOW, HIGH]), [500.0])
    assert (apart.low[0], apart.share[0], apart.high[0]) == (0.5, 0.5, 0.5)
    assert mixed.low[0] < 0.3


def test_when_all_runs_are_equal_nobody_is_certain_either() -> None:
    made = probability_of_improvement([7] * 5, [7] * 5)
    untied = 1 - 0.025 ** (1 / 5)  # of the pairs, at most, when five of five are equal
    assert (made.value, made.low, made.high) == pytest.approx((0.5, 0.5 - untied / 2, 0.5 + untied / 2))
    alike = difference_of_iqm([7] * 5, [4] * 5)
    assert (alike.low, alike.value, alike.high) == (3, 3, 3)


@pytest.mark.parametrize("largest", [1e9, 1e16, 1e100, 1e300])
def test_small_values_beside_large_ones_keep_their_digits(largest: float) -> None:
    made = stratified_bootstrap([1, 2, 3, 4, largest])
    assert (made.value, made.low) == pytest.approx((3.0, 4 / 3), rel=1e-9)
    mean = stratified_bootstrap([largest] * 100, "mean")
    assert (mean.low, mean.value, mean.high) == pytest.approx((largest,) * 3, rel=1e-9)
    turned = stratified_bootstrap([-1, -2, -3, -4, -largest])
    assert (turned.value, turned.high) == pytest.approx((-3.0, -4 / 3), rel=1e-9)


def test_values_that_cancel_leave_what_is_really_left() -> None:
    assert stratified_bootstrap([1e16, 1.0, -1e16], "mean").value == pytest.approx(1 / 3, rel=1e-9)
    made = difference_of_iqm(1e15 + np.arange(5.0) + 0.5, 1e15 + np.arange(5.0))
    near = difference_of_iqm(np.arange(5.0) + 0.5, np.arange(5.0))
    assert (made.value, made.low, made.high) == pytest.approx((near.value, near.low, near.high), rel=1e-9)


def test_nan_and_infinity_are_no_values() -> None:
    odd, plain = [1.0, math.nan, 3.0, math.inf, 4.0, -math.inf], [1.0, 3.0, 4.0]
    assert stratified_bootstrap(odd) == stratified_bootstrap(plain)
    assert difference_of_iqm(odd, plain) == difference_of_iqm(plain, plain)
    assert probability_of_improvement(odd, plain) == probability_of_improvement(plain, plain)
    assert performance_profile(odd, [2.0]).n == 3


def test_a_small_difference_of_large_means_keeps_its_digits() -> None:
    assert difference_of_iqm([0.0, 1.5, 1e16, 1e17], [0.0, 1.0, 1e16, 1e17]).value == 0.25
    thirds = difference_of_iqm([0.1, 0.1, 0.1, 1e9], [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1e9])
    assert thirds.value == 0, "no digits of rounding where nothing differs"
    first, second = np.random.default_rng(1).integers(4_096, size=(2, 40)) / 4_096
    lifted = difference_of_iqm([1.0, *(1e12 + first)], [1.0, *(1e12 + second)])  # the lowest is never in the middle half
    plain = difference_of_iqm([-1.0, *first], [-1.0, *second])
    assert (lifted.value, lifted.low, lifted.high) == pytest.approx((plain.value, plain.low, plain.high), rel=1e-9)


def test_runs_that_are_each_alone_with_their_settings_tell_nothing_of_their_spread() -> None:
    alone, others = [[0.0], [1_000.0], [5.0]], [[1.0], [999.0], [5.0]]
    figures = (stratified_bootstrap(alone), difference_of_iqm(alone, others), probability_of_improvement(alone, others))
    assert all(math.isnan(one.low) and math.isnan(one.high) for one in figures)
    assert (figures[1].value, figures[2].value) == (0.0, 0.5)
    assert np.isnan(performance_profile(alone, [2.0]).low).all()
    assert math.isnan(difference_of_iqm(alone, [1.0, 2.0, 3.0]).low)
    assert not math.isnan(difference_of_iqm([[0.0, 1.0], [5.0]], [1.0, 2.0, 3.0]).low)
