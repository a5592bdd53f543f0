"""When many look on, everybody's page is drawn more rarely, and as often as before once they have left."""

from pages.ui.people.pace import FACTORS, FORGOTTEN_AFTER_S, Pace


def _look_on(pace: Pace, sessions: int, *, cost: float = 0.05, every: float = 1.0) -> None:
    for number in range(sessions):
        for part in ("sidebar", "live"):
            pace.note(str(number), part, every, cost)


def test_one_who_looks_gets_what_was_chosen() -> None:
    pace = Pace(share=0.5, clock=lambda: 0.0)
    assert pace.factor() == 1
    _look_on(pace, 1)
    assert pace.factor() == 1


def test_all_who_look_take_no_more_than_their_share_and_are_not_slowed_down_for_nothing() -> None:
    pace = Pace(share=0.5, clock=lambda: 0.0)
    _look_on(pace, 30)
    wanted = 30 * 2 * 0.05 / 0.5
    assert pace.factor() == min(factor for factor in FACTORS if factor >= wanted)
    assert pace.sessions() == 30
    _look_on(pace, 30, every=10.0)
    assert pace.factor() == 1, "they have chosen to look more rarely"


def test_one_slow_drawing_slows_nobody_down() -> None:
    pace = Pace(share=0.5, clock=lambda: 0.0)
    _look_on(pace, 2)
    pace.note("0", "live", 1.0, 1.5)
    assert pace.factor() == 1


def test_whoever_has_left_is_forgotten() -> None:
    now = [0.0]
    pace = Pace(share=0.5, clock=lambda: now[0])
    _look_on(pace, 30)
    slow = pace.factor()
    now[0] = 3 * slow * FORGOTTEN_AFTER_S
    _look_on(pace, 1)
    assert pace.factor() == 1
    assert pace.sessions() == 1
