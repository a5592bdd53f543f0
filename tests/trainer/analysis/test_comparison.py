"""Two groups against each other: the cases in which it once misled."""

import numpy as np
import pytest

from trainer.analysis.comparison import Side, compare, efficiency, profile_of
from trainer.analysis.scores import Course
from trainer.tasks.tetris.metrics import METRICS


def side(label: str, *runs: dict[int, float], strata: tuple[int, ...] = ()) -> Side:
    """A group of runs, each told by its value at each step."""
    courses = [Course(np.array(list(run), float), np.array(list(run.values()), float), np.array(list(run), float) / 100) for run in runs]
    return Side(label, tuple(courses), strata or (0,) * len(runs))


def test_a_value_after_the_common_step_decides_nothing() -> None:
    a = side("A", *({20_000: 10.0 + n, 40_000: 10.0 + n, 100_000: 610.0} for n in range(0, 25, 5)))
    b = side("B", *({20_000: 110.0 + n, 60_000: 110.0 + n} for n in range(0, 25, 5)))
    found = compare(a, b)
    assert found is not None
    assert (found.step, found.a.every, found.b.every) == (60_000, (10, 15, 20, 25, 30), (110, 115, 120, 125, 130))
    assert (found.improvement.value, found.difference.value) == (0.0, -100.0)
    at_the_end = compare(a, b, step=100_000)
    assert at_the_end is not None
    assert at_the_end.improvement.value == 1.0


def _two_learning_rates(shift: float) -> list[dict[int, float]]:
    return [{10: base + level + shift} for level in (0.0, 1_000.0) for base in (1.0, 2.0, 3.0, 4.0, 5.0)]


def test_two_groups_with_the_same_strata_are_compared_within_them() -> None:
    strata = (0,) * 5 + (1,) * 5
    a, b = side("A", *_two_learning_rates(3), strata=strata), side("B", *_two_learning_rates(0), strata=strata)
    found = compare(a, b)
    assert found is not None
    assert (found.difference.low, found.difference.value, found.difference.high) == pytest.approx((5 / 3, 3, 4.5), abs=0.2)
    assert found.improvement.value == pytest.approx(0.92)
    profile = profile_of(found.a, np.array([500.0]))
    assert (profile.low[0], profile.high[0]) == (0.5, 0.5)
    shuffled = compare(side("A", *_two_learning_rates(3)[::-1], strata=strata[::-1]), b)
    assert shuffled is not None
    assert shuffled.improvement == found.improvement, "strata are told by their number, not by the order of runs"
    unlike = compare(a, side("B", *_two_learning_rates(0), strata=(2,) * 10))
    assert unlike is not None
    assert unlike.improvement.value == pytest.approx(0.71), "without common strata every pair counts"


def test_runs_without_a_value_by_then_do_not_count() -> None:
    found = compare(side("A", {10: 1.0}, {10: 2.0}, {30: 5.0}, {}), side("B", {10: 3.0}), step=20)
    assert found is not None
    assert (found.a.n, found.b.n, len(found.a.every)) == (2, 1, 4)
    assert found.a.known.tolist() == [1.0, 2.0]
    assert compare(side("A", {10: 1.0}), side("B", {})) is None
    nobody = compare(side("A", {10: 1.0}), side("B", {10: 1.0}), step=5)
    assert nobody is not None
    assert np.isnan(nobody.difference.value)
    assert np.isnan(nobody.improvement.value)


def test_lower_is_better_where_it_is() -> None:
    found = compare(side("A", {1: 1.0}, {1: 2.0}), side("B", {1: 3.0}, {1: 4.0}), metric=METRICS["holes"])
    assert found is not None
    assert (found.improvement.value, found.difference.value) == (1.0, -2.0)


def test_sample_efficiency_knows_how_far_the_farthest_run_of_both_got() -> None:
    table = efficiency(side("A", {100: 1.0, 200: 2.0}), side("B", {50: 1.0}, {50: 0.0}), metric=METRICS["evaluation"])
    assert [target for target, _, _ in table] == [1, 2]
    (_, first, second), (_, also, none) = table
    assert (first.runs, second.runs, second.ended_early) == (1, 1, 1)
    assert (also.steps.value, none.runs, none.ended_early) == (200, 0, 2)
