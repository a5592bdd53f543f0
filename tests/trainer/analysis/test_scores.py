"""What a run's number at a step is made of, and when runs reached a target."""

import numpy as np
import pytest

from trainer.analysis.scores import Course, ScoreKind, common_step, course_of, reached, score, targets
from trainer.tasks.tetris.metrics import METRICS


def course(steps: list[float], values: list[float]) -> Course:
    """A run that took a second for ten steps."""
    return Course(np.array(steps), np.array(values), np.array(steps) / 10)


LONG = course([1_000, 2_000, 3_000, 4_000], [10, 50, 20, 90])
SHORT = course([1_000, 2_000, 3_000], [5, 15, 25])
NONE = course([], [])


@pytest.mark.parametrize(
    ("kind", "step", "expected"),
    [
        ("last", 3_000, 20.0), ("last", 3_999, 20.0), ("last", 2_500, 50.0), ("last", 999, None), ("best", 3_000, 50.0),
        ("best", 1_500, 10.0), ("mean", 3_000, 80 / 3), ("mean", 1_000, 10.0), ("last", 1e9, 90.0),
    ],
)  # fmt: skip
def test_only_what_was_measured_up_to_a_step_counts(kind: ScoreKind, step: float, expected: float | None) -> None:
    assert score(LONG, kind, step) == expected


def test_the_best_of_what_should_be_low_is_the_lowest() -> None:
    assert score(LONG, "best", 4_000, METRICS["holes"]) == 10.0


def test_all_are_compared_at_the_last_step_that_every_run_has_reached() -> None:
    assert common_step([[LONG], [SHORT, NONE]]) == 3_000.0
    assert common_step([[LONG], [NONE]]) is None
    assert common_step([]) is None


def test_targets_are_round_and_within_reach() -> None:
    lines = METRICS["evaluation"]
    assert targets([LONG, SHORT], lines) == [2, 5, 10, 20, 50]
    assert targets([NONE], lines) == targets([course([1], [0.4])], lines) == []
    assert len(targets([course([1], [1e300])])) == 5


def test_rewards_have_targets_below_one_and_below_zero() -> None:
    assert targets([course([1, 2], [0.1, 0.8])]) == [0.02, 0.05, 0.1, 0.2, 0.5]
    assert targets([course([1, 2], [9.5, 500.0])]) == [20, 50, 100, 200, 500]
    assert targets([course([1, 2], [-1_500.0, -150.0])]) == [-1_500, -1_000, -500]
    assert targets([course([1, 2], [-200.0, 250.0]), NONE]) == [-200, -100, 0, 100, 200]
    assert targets([course([1, 2], [-0.9, -0.1])]) == [-0.8, -0.6, -0.4, -0.2]
    assert targets([course([1, 2], [-3.0, -3.0])]) == []
    assert 0 < len(targets([course([1, 2], [-1e300, 1e300])])) <= 5


def test_a_run_that_was_ended_early_is_no_evidence_after_its_end() -> None:
    quick, late, ended = course([1_000, 2_000], [60, 70]), course([1_000, 4_000], [1, 60]), course([500], [1])
    found = reached([quick, late, ended, NONE], 50.0, farthest=4_000)
    assert (found.steps.value, found.seconds.value, found.steps.n) == (2_500.0, 250.0, 3)
    assert (found.runs, found.ended_early) == (2, 1)
    nobody = reached([SHORT], 50.0, farthest=4_000)
    assert (nobody.runs, nobody.ended_early) == (0, 1)
    assert np.isinf(nobody.steps.value)
    assert reached([SHORT], 50.0, farthest=3_000).ended_early == 0
    assert np.isnan(reached([NONE], 50.0).steps.value)


def test_a_course_has_the_values_that_exist() -> None:
    columns = {"step": np.array([1.0, 2.0, 3.0]), "mean_lines": np.array([5.0, np.nan, 7.0]), "active_seconds": np.arange(3.0)}
    made = course_of(columns, METRICS["evaluation"])
    assert (made.steps.tolist(), made.values.tolist(), made.seconds.tolist()) == ([1.0, 3.0], [5.0, 7.0], [0.0, 2.0])
    assert course_of(columns, METRICS["holes"]).end is None


@pytest.mark.parametrize(("metric", "expected"), [("evaluation", 9.0), ("best", 9.0)])
def test_rows_that_go_back_in_their_steps_tell_nothing_of_later_ones(metric: str, expected: float) -> None:
    steps, lines = np.array([1_000.0, 3_000.0, 2_000.0, 2_000.0]), np.array([5.0, 50.0, 7.0, 9.0])
    columns = {"step": steps, "mean_lines": lines, "active_seconds": steps / 10}
    made = course_of(columns, METRICS[metric])
    assert (made.end, score(made, "last", 2_000, METRICS[metric])) == (3_000.0, expected)
