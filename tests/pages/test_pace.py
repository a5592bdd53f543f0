"""Pages are drawn more rarely when many look on, and as often as wanted when they have left."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage

from pages.ui.shell import refreshing
from pages.ui.shell.pace import FORGOTTEN_AFTER_S, Pace
from pages.ui.shell.refreshing import _Drawn, draw_in_turn, note_cost, stop_waiting

R = TypeVar("R")
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


def test_pages_whose_timers_are_due_at_once_are_drawn_one_after_the_other(pace: Pace, clock: _Clock) -> None:
    first, second, third = _looked_at(pace, 3)
    assert [pace.wait_s(session) for session in (first, second, third)] == pytest.approx([0.0, 0.2, 0.4])
    clock.now = 0.3
    assert pace.wait_s(third) == pytest.approx(0.1), "its turn is kept"
    assert pace.wait_s(second) == 0.0, "so is one that has come"
    pace.take_turn(second)
    assert pace.wait_s(second) == pytest.approx(0.3), "the next one, after all others"


def test_one_page_is_drawn_as_soon_as_its_timer_is_due(pace: Pace, clock: _Clock) -> None:
    (session,) = _looked_at(pace, 1)
    for clock.now in (1.0, 2.0, 3.0):
        assert pace.wait_s(session) == 0.0
        pace.take_turn(session)
    assert pace.wait_s(MemoryFragmentStorage()) == pytest.approx(0.2), "of a page that was never drawn nothing is known"


def test_all_pages_together_take_their_share_and_each_the_same(pace: Pace, clock: _Clock) -> None:
    sessions = _looked_at(pace, 30)
    drawn = dict.fromkeys(range(30), 0)
    for tick in range(1_000):
        clock.now = tick / 10
        for number, session in enumerate(sessions):
            if pace.wait_s(session) == 0.0:
                pace.take_turn(session)
                drawn[number] += 1
    assert sum(drawn.values()) * 0.1 / 100 == pytest.approx(SHARE, rel=0.1)
    assert max(drawn.values()) - min(drawn.values()) <= 1


def test_of_several_timers_that_wait_for_a_turn_the_last_one_is_drawn_once(pace: Pace) -> None:
    async def wait() -> list[str]:
        session, drawn = _waiting_for_its_turn(pace), list[str]()
        for name in ("first", "second"):
            draw_in_turn(session, partial(drawn.append, name), pace)
        await asyncio.sleep(0.1)
        return drawn

    assert _run(wait) == ["second"]


def test_a_timer_that_waits_is_forgotten_when_the_browser_sends_something_newer(pace: Pace) -> None:
    async def wait() -> list[str]:
        session, drawn = _waiting_for_its_turn(pace), list[str]()
        draw_in_turn(session, partial(drawn.append, "old"), pace)
        stop_waiting(session)
        await asyncio.sleep(0.1)
        return drawn

    assert _run(wait) == []


def test_a_session_that_was_drawn_in_its_turn_is_not_held(pace: Pace) -> None:
    async def wait() -> weakref.ref[MemoryFragmentStorage]:
        session = _waiting_for_its_turn(pace)
        draw_in_turn(session, partial(pace.take_turn, session), pace)
        await asyncio.sleep(0.1)
        return weakref.ref(session)

    session = _run(wait)
    gc.collect()
    assert session() is None


def _run(wait: Callable[[], Coroutine[None, None, R]]) -> R:
    with ThreadPoolExecutor(1) as alone:  # in this thread there may be a browser's event loop
        return alone.submit(lambda: asyncio.run(wait())).result()


def _waiting_for_its_turn(pace: Pace) -> MemoryFragmentStorage:
    """A page whose turn is in some milliseconds."""
    first, second = _looked_at(pace, 2, cost_s=0.01)
    pace.wait_s(first)
    return second


def test_what_a_run_has_taken_counts_for_the_page_and_its_shortest_timer(pace: Pace) -> None:
    session = MemoryFragmentStorage()
    note_cost(session, 9.0, pace)
    assert pace.factor() == 1.0, "it has no timers"
    refreshing._drawn[session] = {"a": _Drawn(0.0, 5.0), "b": _Drawn(0.0, 0.5)}
    note_cost(session, 0.5, pace)
    assert pace.factor() == pytest.approx(2.0)
