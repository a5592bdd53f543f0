"""What numbers say in words, also where there is little to say."""

import math

import numpy as np
import pytest

from trainer.analysis.scores import Reached
from trainer.analysis.sentences import (
    difference_sentence,
    efficiency_sentence,
    improvement_sentence,
    interval_text,
    profile_sentence,
    runs_words,
    steps_words,
    target_words,
)
from trainer.analysis.statistics import Estimate, difference_of_iqm, probability_of_improvement
from trainer.numbers import duration
from trainer.tasks.metric import EVALUATION, Metric
from trainer.tasks.tetris.metrics import HEADLINE, METRICS

NONE = Estimate(np.nan, np.nan, np.nan, 0)
NEVER = Estimate(math.inf, math.inf, math.inf, 5)


def test_the_sentences_say_how_sure_they_are() -> None:
    sure = improvement_sentence("A", "B", Estimate(0.93, 0.81, 0.99, 10), 5, 5, metric=HEADLINE)
    assert sure == "A clears more lines than B in 93 % of seed pairs (95 % interval 81–99 %, 5 × 5 runs)."
    single = improvement_sentence("A", "B", Estimate(1.0, np.nan, np.nan, 2), 1, 1, metric=HEADLINE)
    assert single == "A clears more lines than B in 100 % of seed pairs (no interval with a single run, 1 run each)."
    almost = improvement_sentence("A", "B", Estimate(0.998, 0.4, 0.9999, 10), 40, 40, metric=HEADLINE)
    assert almost == "A clears more lines than B in > 99 % of seed pairs (95 % interval 40 % to > 99 %, 40 × 40 runs)."
    assert improvement_sentence("A", "B", NONE, 1, 0, metric=HEADLINE) == "There is nothing to compare yet: A has 1 run with a number, B 0."
    luck = difference_sentence("A", "B", Estimate(-12.0, -30.0, 4.0, 10), 5, 5, metric=HEADLINE)
    assert luck.endswith("12 lines fewer than that of B (95 % interval −30 to +4, 5 × 5 runs). 0 is inside: it may be luck.")
    assert difference_sentence("A", "B", Estimate(12.0, 3.0, 40.0, 10), 5, 5, metric=HEADLINE).endswith("0 is outside: more than luck.")
    assert difference_sentence("A", "B", Estimate(12.0, 3.0, 40.0, 10), 3, 5, metric=HEADLINE).endswith(
        "the interval of so few runs is too narrow."
    )
    assert difference_sentence("A", "B", NONE, 0, 5, metric=HEADLINE) == "There is nothing to compare yet."


def test_equal_groups_are_said_to_be_alike() -> None:
    better = improvement_sentence("A", "B", probability_of_improvement([7] * 5, [7] * 5), 5, 5, metric=HEADLINE)
    assert better == "Neither clears more lines more often: A and B come out alike (95 % interval 24–76 %, 5 × 5 runs)."
    same = difference_sentence("A", "B", difference_of_iqm([7] * 5, [7] * 5), 5, 5, metric=HEADLINE)
    alike = "No resample of the runs differs, so that no interval can be made."
    assert same == f"The middle half of the runs of A clears as many lines as that of B (5 × 5 runs). {alike}"
    apart = difference_sentence("A", "B", difference_of_iqm([7] * 5, [6] * 5), 5, 5, metric=HEADLINE)
    assert apart == f"The middle half of the runs of A clears 1 line more than that of B (5 × 5 runs). {alike}"
    assert "luck" not in apart
    assert difference_sentence("A", "B", Estimate(0.0, np.nan, np.nan, 2), 1, 1, metric=HEADLINE).startswith(
        "A clears as many lines as B (no interval"
    )


def test_runs_of_other_settings_each_have_no_interval_together() -> None:
    values = [[1.0], [1_000.0]], [[2.0], [999.0]]
    better = improvement_sentence("A", "B", probability_of_improvement(*values), 2, 2, metric=HEADLINE)
    assert better.endswith("come out alike (no interval with a single run of each setting, 2 × 2 runs).")
    gap = difference_sentence("A", "B", difference_of_iqm(*values), 2, 2, metric=HEADLINE)
    assert gap.endswith("as many lines as that of B (no interval with a single run of each setting, 2 × 2 runs).")


def test_large_numbers_stay_short() -> None:
    said = difference_sentence("A", "B", Estimate(1e300, -1e299, 1.5e300, 10), 5, 5, metric=HEADLINE)
    assert "clears 1.00e300 lines more" in said
    assert "−1.00e299 to +1.50e300" in said
    assert len(said) < 160


def test_other_metrics_have_their_own_words() -> None:
    holes, reward = METRICS["holes"], METRICS["reward"]
    better = improvement_sentence("A", "B", Estimate(0.9, 0.6, 1.0, 10), 5, 5, metric=holes)
    assert better.startswith("A comes out lower (better) in “Holes in greedy games” than B in 90 % of seed pairs")
    more = difference_sentence("A", "B", Estimate(-1.5, -2.0, -1.0, 10), 5, 5, metric=reward)
    assert more.startswith("The middle half of the runs of A comes out lower in “Reward per game” than that of B, by 1.50 (")


def test_what_is_counted_has_its_own_verb_and_the_rest_its_label() -> None:
    hits = Metric("Hits", "hits per round, greedy", "evaluations", "hits", counted="hits", verb="scores")
    more = improvement_sentence("A", "B", Estimate(0.9, 0.6, 1.0, 10), 5, 5, metric=hits)
    assert more.startswith("A scores more hits than B in 90 % of seed pairs")
    alike = difference_sentence("A", "B", Estimate(0.0, np.nan, np.nan, 2), 1, 1, metric=hits)
    assert alike.startswith("A scores as many hits as B")
    assert [target_words(number, hits) for number in (1, 50)] == ["1 hit per round", "50 hits per round"]
    assert [target_words(number, EVALUATION) for number in (0.05, -1_000)] == ["Mean reward 0.05", "Mean reward −1,000"]
    profile = profile_sentence("A", "B", np.array([0.5]), np.array([0.25]))
    assert profile == "Mean reward of the median run: of A 0.500, of B 0.250 (1 run each)."


def test_the_profile_is_told_by_the_median_run_of_each() -> None:
    said = profile_sentence("A", "B", np.array([10.0, 30.0, 50.0]), np.array([5.0]), metric=HEADLINE)
    assert said == "Lines of the median run: of A 30, of B 5 (3 × 1 runs)."
    assert profile_sentence("A", "B", np.empty(0), np.empty(0), metric=HEADLINE) == ""
    assert runs_words(1, 1) == "1 run each"


def test_what_was_not_reached_is_said_to_be_and_who_was_ended_before() -> None:
    quick = Reached(Estimate(20_000.0, 10_000.0, 30_000.0, 5), Estimate(90.0, 80.0, 100.0, 5), 5, 0)
    half = Reached(Estimate(math.inf, 10_000.0, math.inf, 5), Estimate(math.inf, 90.0, math.inf, 5), 2, 1)
    none, single = Reached(NEVER, NEVER, 0, 5), Reached(Estimate(5_000.0, np.nan, np.nan, 1), Estimate(9.0, np.nan, np.nan, 1), 1, 0)
    assert efficiency_sentence("A", "B", 50, quick, half, metric=HEADLINE) == (
        "50 lines per game: A after 20.0k steps, 1 min 30 s (median; 5 of 5 runs); B not reached by half (2 of 5 runs, 1 ended early)."
    )
    assert efficiency_sentence("A", "B", 1, single, none, metric=HEADLINE) == (
        "1 line per game: A after 5,000 steps, 9.0 s (1 of 1 run); B not reached (0 of 5 runs, 5 ended early)."
    )
    assert efficiency_sentence("A", "B", 2, Reached(NONE, NONE, 0, 0), none, metric=HEADLINE).startswith(
        "2 lines per game: A has no value yet;"
    )


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(12_345.0, 10_100.0, math.inf, 5), "12.3k (10.1k – not reached)"),
        (NEVER, "not reached"),
        (Estimate(12_345.0, np.nan, np.nan, 1), "12.3k"),
        (Estimate(math.inf, np.nan, np.nan, 1), "not reached"),
        (Estimate(math.inf, 500.0, math.inf, 3), "not reached (500 – not reached)"),
        (Estimate(500.0, 500.0, 500.0, 3), "500"),
        (NONE, "–"),
    ],
)
def test_an_interval_in_a_table_is_short(estimate: Estimate, text: str) -> None:
    assert interval_text(estimate) == text


def test_an_interval_of_times_is_in_their_words() -> None:
    assert interval_text(Estimate(90.0, 60.0, math.inf, 4), duration) == "1 min 30 s (1 min – not reached)"


def test_one_step_is_one_step() -> None:
    once = Reached(Estimate(1.0, np.nan, np.nan, 1), Estimate(2.0, np.nan, np.nan, 1), 1, 0)
    assert efficiency_sentence("A", "B", 1, once, once, metric=HEADLINE).startswith("1 line per game: A after 1 step, 2.0 s (")
    assert steps_words(2_000) == "2,000 steps"
