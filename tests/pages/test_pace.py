"""Pages are drawn more rarely when many look on, and as often as wanted when they have left."""

import gc

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage

from pages.ui.shell import refreshing
from pages.ui.shell.pace import FORGOTTEN_AFTER_S, Pace
from pages.ui.shell.refreshing import _Drawn, note_cost, take_due

SHARE = 0.5


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    """It stands still."""
    return _Clock()


@pytest.fixture
def pace(clock: _Clock) -> Pace:
    """Nobody looks."""
    return Pace(SHARE, clock)


def _looked_at(pace: Pace, pages: int, cost_s: float = 0.1) -> list[MemoryFragmentStorage]:
    """That many pages, each drawn every second."""
    sessions = [MemoryFragmentStorage() for _ in range(pages)]
    for session in sessions:
        pace.note(session, 1.0, cost_s)
    return sessions


def test_a_few_pages_are_drawn_as_often_as_wanted(pace: Pace) -> None:
    assert pace.factor() == 1.0
    sessions = _looked_at(pace, 5)
    assert pace.factor() == 1.0, sessions
    assert pace.words(1.0) == ""


def test_thirty_pages_are_drawn_so_much_more_rarely_that_they_take_their_share(pace: Pace) -> None:
    sessions = _looked_at(pace, 30)
    assert pace.factor() == pytest.approx(6.0), sessions
    assert pace.words(1.0) == "30 pages are looked at, and training comes first: refreshed about every 6 s."
    assert pace.words(None) == "", "refreshes are off"


def test_a_page_that_takes_long_is_drawn_more_rarely_too(pace: Pace) -> None:
    sessions = _looked_at(pace, 1, cost_s=1.0)
    assert pace.words(1.0) == "This page takes long to draw, and training comes first: refreshed about every 2 s.", sessions


def test_who_has_left_counts_no_more(pace: Pace, clock: _Clock) -> None:
    sessions = _looked_at(pace, 30)
    del sessions[5:]
    gc.collect()
    assert pace.factor() == 1.0
    sessions = _looked_at(pace, 30)
    clock.now = FORGOTTEN_AFTER_S + 1.0
    assert pace.factor() == 1.0, "a page that is there and draws nothing, such as one that sleeps"


def test_one_slow_run_says_little(pace: Pace) -> None:
    (session,) = _looked_at(pace, 1, cost_s=0.1)
    pace.note(session, 1.0, 1.1)
    assert pace.factor() == 1.0


def test_timers_are_passed_over_until_the_page_is_due(pace: Pace) -> None:
    looked_at = _looked_at(pace, 15)
    session = looked_at[0]
    refreshing._drawn[session] = {"a": _Drawn(0.0, 1.0), "b": _Drawn(0.0, 1.0)}
    drawn = [second for second in range(1, 13) if take_due(session, "a", lambda _: True, lambda: float(second), pace)]  # noqa: B023 - called at once
    assert drawn == [3, 6, 9, 12]


def test_what_a_run_has_taken_counts_for_the_page_and_its_shortest_timer(pace: Pace) -> None:
    session = MemoryFragmentStorage()
    note_cost(session, 9.0, pace)
    assert pace.factor() == 1.0, "it has no timers"
    refreshing._drawn[session] = {"a": _Drawn(0.0, 5.0), "b": _Drawn(0.0, 0.5)}
    note_cost(session, 0.5, pace)
    assert pace.factor() == pytest.approx(2.0)
