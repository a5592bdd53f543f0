"""The interval of a mean over games: how often it holds the truth, and what it is at its edges."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from trainer.learning.mean_interval import Floats, mean_interval, student_quantile

SETS = 4_000  # the standard error of a coverage is 0.35 %
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def _exponential(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return generator.exponential(1.0, shape)


def _lines(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return np.floor(generator.exponential(1_000.0, shape)) / 1_000 + 0.0005


def _losses(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return -generator.exponential(1.0, shape) + 2.0


def _normal(generator: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return generator.normal(1.0, 3.0, shape)


@pytest.mark.parametrize("n", [20, 100])
@pytest.mark.parametrize("draw", [_exponential, _lines, _losses, _normal])
def test_the_interval_of_a_mean_holds_the_truth_in_95_percent_of_all_cases(draw: Draw, n: int) -> None:
    intervals = [mean_interval(values) for values in draw(np.random.default_rng(n), (SETS, n))]
    held = np.mean([one is not None and one[0] <= 1.0 <= one[1] for one in intervals])
    assert 0.935 <= held <= 0.965


def test_the_interval_of_two_or_of_symmetric_values_is_students() -> None:
    for values in ([3.0, 8.0], [-2.0, -1.0, 0.0, 1.0, 2.0]):
        expected = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert mean_interval(values) == pytest.approx(expected)


def test_the_quantiles_of_student_are_those_of_scipy() -> None:
    for freedom in (*range(1, 40), 99, 100, 999, 1_000, 9_999):
        assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_one_game_has_no_interval_and_equal_games_have_one_without_width() -> None:
    assert mean_interval([14]) is None
    assert mean_interval([]) is None
    assert mean_interval([np.nan, 3.0, np.inf]) is None
    assert mean_interval([14] * 20) == (14.0, 14.0)
    assert mean_interval(np.zeros(20)) == (0.0, 0.0)
    assert mean_interval([0.1] * 3) == (0.1, 0.1), "rounding makes no spread"


def test_a_mean_of_counts_is_never_said_to_be_below_0() -> None:
    values = [0] * 19 + [100]
    free, bounded = mean_interval(values), mean_interval(values, lowest=0)
    assert free is not None
    assert bounded is not None
    assert free[0] < 0.0 == bounded[0]
    assert free[1] == bounded[1] > 20
    assert mean_interval([-5, 5], lowest=0) == mean_interval([-5, 5], lowest=-5), "what was seen can be"


def test_the_interval_is_the_same_at_every_scale_and_turns_with_the_sign() -> None:
    values = np.random.default_rng(3).exponential(size=20)
    made = mean_interval(values)
    assert made is not None
    assert made[0] < values.mean() < made[1]
    assert made[1] - values.mean() > values.mean() - made[0], "the long tail is above"
    for scale in (1e-290, 1e300):
        assert mean_interval(values * scale) == pytest.approx((made[0] * scale, made[1] * scale), rel=1e-12)
    assert mean_interval(-values) == pytest.approx((-made[1], -made[0]), rel=1e-12)


def test_the_interval_takes_the_evaluators_thread_no_time() -> None:
    values = np.random.default_rng(4).exponential(size=1_000)
    mean_interval(values)
    fastest = min(_seconds_of_a_call(values) for _ in range(5))
    assert fastest < 0.05


def _seconds_of_a_call(values: Floats) -> float:
    started = time.perf_counter()
    mean_interval(values)
    return time.perf_counter() - started
