"""When targets are reached, with runs that were ended before; against survival analyses worked out elsewhere."""

import math

import numpy as np
import pytest

from trainer.analysis.survival import median_time, time_to_reach


def test_a_target_is_reached_at_the_first_point_that_has_it() -> None:
    x, y = np.array([10.0, 20.0, 30.0, 40.0]), np.array([1.0, np.nan, 5.0, 4.0])
    assert time_to_reach(x, y, 4.5) == 30.0
    assert time_to_reach(x, y, 1.0) == 10.0
    assert time_to_reach(x, y, 6.0) is None
    assert time_to_reach(x[:0], y[:0], 1.0) is None
    assert time_to_reach(x, np.array([np.inf, np.nan, 5.0, 4.0]), 4.5) == 30.0


def test_runs_that_never_reach_a_target_are_later_than_all_others() -> None:
    made = median_time([3.0, None, 1.0, 2.0, 4.0])
    assert (made.value, made.n) == (3.0, 5)
    assert made.low == 1.0
    assert made.high == math.inf
    assert median_time([1.0, None, None]).value == math.inf
    assert median_time([None, None]).low == math.inf
    assert math.isnan(median_time([]).value)
    assert math.isnan(median_time([2.0]).low)


def test_without_censored_runs_it_is_the_plain_median() -> None:
    for times in ([5.0, 1.0, 4.0], [5.0, 1.0, 4.0, 2.0], [2.0, 2.0, 2.0, 9.0]):
        assert median_time(times).value == np.median(times)


def test_runs_that_were_ended_early_are_censored_and_not_late() -> None:
    # Four runs get there at 50; four were stopped at 10, when nobody had: they say nothing.
    assert median_time([50.0] * 4 + [None] * 4, [60.0] * 4 + [10.0] * 4).value == 50.0
    assert median_time([50.0] * 4 + [None] * 4, [60.0] * 4 + [60.0] * 4).value == 50.0
    assert median_time([50.0] * 3 + [None] * 5, [60.0] * 3 + [60.0] * 5).value == math.inf


@pytest.mark.parametrize(
    ("times", "seen", "median"),
    [
        # Remission of leukaemia under 6-MP (Freireich 1963): the median of every textbook is 23 weeks, of the placebo 8.
        (
            [6, 6, 6, None, 7, None, 10, None, None, 13, 16, None, None, None, 22, 23, None, None, None, None, None],
            [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
            23.0,
        ),
        ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], None, 8.0),
    ],
)
def test_the_median_is_kaplan_and_meiers(times: list[float | None], seen: list[float] | None, median: float) -> None:
    made = median_time(times, seen)
    assert (made.value, made.n) == (median, 21)
    assert made.low <= made.value <= made.high


def test_the_order_of_runs_makes_no_median_and_strata_are_kept() -> None:
    times, seen = [5.0, None, 7.0, 1.0], [5.0, 6.0, 7.0, 1.0]
    assert median_time(times, seen).value == median_time(times[::-1], seen[::-1]).value
    apart = median_time([1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0], strata=[0, 0, 0, 1, 1, 1, 1])
    assert (apart.low, apart.value, apart.high) == (9.0, 9.0, 9.0)
    assert median_time([1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0]).low == 1.0
    assert median_time([math.nan, 3.0]).n == 1


def test_runs_that_are_each_alone_in_their_stratum_have_no_interval() -> None:
    assert np.isnan(median_time([1.0, 2.0], strata=[0, 1]).low)
    assert median_time([1.0, 2.0], strata=[0, 0]).low == 1.0
