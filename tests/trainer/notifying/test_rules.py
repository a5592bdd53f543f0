"""The rules on rows whose truth is known; how often they are wrong on real runs: `tests.benchmarks.rules`."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from trainer.notifying.rules import Collapse, NotANumber, Plateau, RowRules, Stalled, kendall_z


def _row(step: int, **named: float | None) -> dict[str, float | None]:
    return {"step": step, "updates": 1, **named}


def test_a_loss_that_is_no_number_twice_is_told_once_and_again_after_a_resume() -> None:
    rule = NotANumber()
    rows = [_row(100, **{"train/loss": 0.5}), _row(200, **{"train/loss": None}), _row(300, **{"train/loss": 0.4})]
    assert [rule.take("metrics", row) for row in rows] == [None] * 3, "one alone may be an update that did nothing"
    rows = [_row(step, **{"train/value_loss": None}) for step in (400, 500, 600)]
    said = [rule.take("metrics", row) for row in rows]
    assert [alarm.step if alarm else None for alarm in said] == [None, 500, None]
    rule.take("events", {"kind": "started", "step": 300})
    assert [rule.take("metrics", row) is not None for row in rows] == [False, True, False]


@pytest.mark.parametrize(
    ("log", "row"),
    [
        ("episodes", {"step": 7, "reward": None}),
        ("evaluations", {"step": 7, "mean_reward": None}),
        ("events", {"step": 7, "kind": "failure", "message": "Training failed: ValueError: found invalid values: [[nan, nan]]"}),
    ],
)
def test_a_reward_an_evaluation_and_a_failure_tell_of_no_number(log: str, row: dict[str, object]) -> None:
    alarm = NotANumber().take(log, row)  # type: ignore[arg-type]
    assert alarm is not None
    assert (alarm.rule, alarm.step) == ("not_a_number", 7)


def test_what_may_be_null_is_no_alarm() -> None:
    rule = NotANumber()
    untrained = {"step": 1, "updates": 0, "train/loss": None}
    no_variance = _row(2, **{"train/explained_variance": None, "rollout/ep_rew_mean": None})
    assert [rule.take("metrics", row) for row in (untrained, untrained, no_variance, no_variance)] == [None] * 4
    assert rule.take("events", {"step": 1, "kind": "failure", "message": "Training failed: NanoError"}) is None


def test_a_stall_is_told_once_until_it_goes_on() -> None:
    rule = Stalled()
    silences = [0, 20, 31, 60, 0, 31]
    assert [rule.take(5, silence) is not None for silence in silences] == [False, False, True, False, False, True]


def test_what_takes_long_now_and_then_is_no_stall_until_it_takes_much_longer() -> None:
    rule = Stalled()
    for step, silence in enumerate((0, 2, 19, 3, 18)):
        assert rule.take(step, silence) is None
    assert [rule.take(5, silence) is not None for silence in (31, 56, 58)] == [False, False, True]
    assert rule.take(6, 0) is None
    assert [rule.take(7, silence) is not None for silence in (31, 58)] == [False, True], "the stall itself makes none usual"


def _alarms(rule: Plateau | Collapse, scores: Sequence[float]) -> list[int]:
    return [number for number, score in enumerate(scores) if rule.take(number * 100, score) is not None]


def test_a_plateau_is_no_rise_over_the_later_half() -> None:
    random = np.random.default_rng(1)
    assert _alarms(Plateau(4_000), [9.0] * 40) == [15], "as soon as there is enough to judge by"
    assert _alarms(Plateau(20_000), [float(random.normal(number / 5, 1)) for number in range(200)]) == []
    risen = [*range(40), *[39.0] * 40]
    first, *more = _alarms(Plateau(8_000), risen)
    assert first > 40
    assert more == []


def test_a_plateau_is_told_again_after_a_rise_and_memory_stays_bounded() -> None:
    rule = Plateau(10_000)
    assert len(_alarms(rule, [1.0] * 60)) == 1
    assert len(_alarms(rule, [*range(2, 102), *[101.0] * 400])) == 1
    assert len(rule._scores) <= 64


def test_a_collapse_is_the_loss_of_what_was_learned_and_not_a_bad_evaluation() -> None:
    learned = [10.0, 12, 11, 30, 50, 70, 90, 100, 98, 101]
    assert _alarms(Collapse(), [*learned, 20, 99, 102]) == [], "one alone is luck"
    assert _alarms(Collapse(), [*learned, 30, 25, 20, 22, 18]) == [11]
    assert _alarms(Collapse(), [*learned, 20, 20, 20, 100, 100, 100, 20, 20]) == [11, 17]
    assert _alarms(Collapse(), [10.0, 60, 62, 64, 11, 10, 60, 61, 62, 63]) == [], "the first scores rise and fall with luck"
    assert _alarms(Collapse(), [10, 12, 9, 13, 8, 12, 9, 11, 8, 13]) == [], "nothing was learned"


def test_rules_about_scores_look_at_evaluations_once_there_are_some() -> None:
    rules = RowRules(1_000)
    said = [alarm for step in range(0, 3_000, 100) for alarm in rules.take("metrics", _row(step, **{"rollout/ep_rew_mean": 5.0}))]
    assert [alarm.rule for alarm in said] == ["plateau"]
    evaluated = RowRules(1_000)
    for step in range(0, 3_000, 100):
        assert evaluated.take("evaluations", {"step": step, "mean_reward": step * 1.0}) == []
        assert evaluated.take("metrics", _row(step, **{"rollout/ep_rew_mean": 5.0})) == []


def test_the_trend_is_that_of_kendall() -> None:
    assert kendall_z([1, 2, 3, 4]) == pytest.approx(6 / math.sqrt(4 * 3 * 13 / 18))
    assert kendall_z([2, 2, 2]) == kendall_z([]) == 0.0
    assert kendall_z([3, 2, 1]) < 0
