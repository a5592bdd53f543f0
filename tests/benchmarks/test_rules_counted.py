"""How the benchmark of the rules counts; the runs themselves are trained by `python -m tests.benchmarks.rules`."""

import pytest

from tests.benchmarks.rules import FAULTS, Outcome, is_right, plan, table, wilson, with_stalls
from trainer.notifying.rules import Alarm


def test_half_of_the_runs_are_healthy_and_every_fault_has_its_share() -> None:
    faults = [fault for fault, _ in plan(200)]
    assert faults.count("none") == 100
    assert {faults.count(fault) for fault in FAULTS} == {16, 17}


def test_a_share_has_wilsons_interval() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_rule_is_right_once_what_it_says_is_so() -> None:
    early = Outcome("late collapse", "ppo", 2_000, 4_000, {"collapse": Alarm("collapse", 1_000, "")})
    late = Outcome("late collapse", "ppo", 2_000, 4_000, {"collapse": Alarm("collapse", 2_500, "")})
    healthy = Outcome("none", "ppo", 0, 4_000, {"collapse": Alarm("collapse", 2_500, "")})
    assert [is_right(one, "collapse") for one in (early, late, healthy)] == [False, True, False]
    assert "| collapse | 1 of 3 (6 to 79 %) | 1 of 2 (9 to 91 %) | 500 steps after it broke |" in table([early, late, healthy])


def test_a_stall_is_told_half_a_minute_after_the_last_step() -> None:
    stuck = with_stalls(Outcome("stuck", "ppo", 20, 20), [(0.0, 0), (1.0, 10), (11.0, 20), (131.0, 20)])
    assert stuck.alarms["stalled"].step == 20
    assert stuck.silent_s == 31.0
    assert with_stalls(Outcome("none", "ppo", 0, 30), [(0.0, 0), (20.0, 10), (45.0, 30)]).alarms == {}
