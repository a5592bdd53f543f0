"""What a trial is worth, and how well that is known."""

import numpy as np
import pytest

from trainer.run_files.studies import Decide, Trial
from trainer.sweeping.scoring import ranked, score_of
from trainer.tasks.metric import Metric

REWARD = Metric("Reward", "reward", "evaluations", "mean_reward")
LOSS = Metric("Loss", "loss", "metrics", "train/loss", "lower")


def test_a_score_is_the_mean_or_the_interquartile_mean_with_students_interval() -> None:
    three = score_of([1.0, 2.0, 3.0], "iqm")
    assert (three.value, three.low, three.high) == pytest.approx((2.0, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)
    assert score_of([0.0, 1.0, 2.0, 900.0], "iqm").value == 1.5
    assert score_of([0.0, 1.0, 2.0, 897.0], "mean").value == 225
    assert score_of([7.0], "mean") == score_of([7.0], "iqm")
    assert (score_of([7.0], "mean").low, score_of([1e200, 3e200], "mean").value) == (None, 2e200)


@pytest.mark.parametrize(("decide", "n", "least"), [("mean", 3, 0.94), ("mean", 5, 0.94), ("iqm", 5, 0.93), ("iqm", 10, 0.92)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(decide: Decide, n: int, least: float) -> None:
    values = np.random.default_rng(1).normal(100, 20, (2_000, n))
    scores = [score_of(row, decide) for row in values]
    held = [(score.low or 0) <= 100 <= (score.high or 0) for score in scores]
    assert least <= np.mean(held) <= 0.97


def test_the_best_of_three_may_be_picked_when_the_intervals_are_made_for_it() -> None:
    values = np.random.default_rng(2).normal(100, 20, (1_000, 3, 5))
    held = {1: 0, 3: 0}
    for among in held:
        for trials in values:
            best = max((score_of(row, "mean", among=among) for row in trials), key=lambda one: one.value)
            held[among] += best.low is not None and best.low <= 100
    assert held[1] < 950 <= held[3]


def test_the_best_comes_first_whichever_way_is_better() -> None:
    trials = [Trial(number, state="complete", score=score) for number, score in enumerate((1.0, 3.0, 3.0, 2.0))]
    trials += [Trial(4, state="pruned", score=9.0), Trial(5, state="failed"), Trial(6, phase="confirm", state="complete", score=9.0, of=1)]
    assert [one.number for one in ranked(trials, REWARD)] == [1, 2, 3, 0]
    assert [one.number for one in ranked(trials, LOSS)] == [0, 3, 1, 2]
    assert [one.number for one in ranked(trials, REWARD, "confirm")] == [6]
