"""What several parts of a page do on timers is done in one run.

Streamlit gives every part that is drawn again by itself a timer of its own, in the browser, and each of them a run: the server begins a
thread, announces it and its end, and the browser looks at every element of the page several times. A page with five such parts costs
five times what one costs. So the first timer that is due brings along the others that will be soon, and what has just been drawn is not
drawn again: about one run each second, however many parts there are. When many look on, pages are drawn in turns
(`pages.ui.shell.pace`).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from pages.ui.shell.pace import PACE, Pace

SOON, JUST = 0.7, 0.5  # of its interval: a part that was drawn so long ago is brought along, one of less is not drawn again


@dataclass(frozen=True, slots=True)
class _Drawn:
    """When a part was drawn last, in seconds that only grow, and how long until its timer."""

    at: float
    every_s: float

    def is_older(self, share: float, now: float) -> bool:
        return now - self.at > share * self.every_s


_drawn: WeakKeyDictionary[FragmentStorage, dict[str, _Drawn]] = WeakKeyDictionary()  # by session, and the number of the part
_waiting: WeakKeyDictionary[FragmentStorage, asyncio.TimerHandle] = WeakKeyDictionary()  # by session, for its turn


def note_drawn(every_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
    """Remember that the part that begins to be drawn is drawn now. Without a timer there is nothing to remember."""
    context, part = get_script_run_ctx(), ThreadState.get().fragment_id
    if context is None or part is None:
        return
    parts = _drawn.setdefault(context.fragment_storage, {})
    if every_s is None:
        parts.pop(part, None)
    else:
        parts[part] = _Drawn(clock(), every_s)


def note_cost(storage: FragmentStorage, cost_s: float, pace: Pace = PACE) -> None:
    """Remember what one run of the parts of a page by their timers has taken, in seconds of a core."""
    if parts := _drawn.get(storage):
        pace.note(storage, min(drawn.every_s for drawn in parts.values()), cost_s)


def draw_in_turn(storage: FragmentStorage, draw: Callable[[], None], pace: Pace = PACE) -> None:
    """Draw by a timer as soon as it is the page's turn.

    Of several timers that wait for one turn the last one counts: it says what the browser shows now.

    Args:
        storage: of the session.
        draw: what to do then, on the event loop.
        pace: of all pages.
    """
    stop_waiting(storage)
    if wait_s := pace.wait_s(storage):
        _waiting[storage] = asyncio.get_running_loop().call_later(wait_s, _draw_now, storage, draw, pace)
    else:
        _draw_now(storage, draw, pace)


def _draw_now(storage: FragmentStorage, draw: Callable[[], None], pace: Pace) -> None:
    _waiting.pop(storage, None)  # it holds the session
    pace.take_turn(storage)
    draw()


def stop_waiting(storage: FragmentStorage) -> None:
    """Forget the timer that waits for the page's turn: the browser has sent something newer. The turn is kept for the next timer."""
    if handle := _waiting.pop(storage, None):
        handle.cancel()


def take_due(storage: FragmentStorage, asked: str, there: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> list[str]:
    """The parts to draw when the timer of one is due; from now on they count as drawn. None, if that one just was, with another one.

    Args:
        storage: of the session.
        asked: the number of the part whose timer is due.
        there: whether a part is still on the page.
        clock: seconds that only grow.
    """
    parts, now = _drawn.get(storage, {}), clock()
    if was_just_drawn(storage, asked, clock):
        return []
    due = [asked, *(part for part, drawn in list(parts.items()) if part != asked and drawn.is_older(SOON, now) and there(part))]
    parts |= {part: _Drawn(now, parts[part].every_s) for part in due if part in parts}
    return due


def was_just_drawn(storage: FragmentStorage, asked: str, clock: Callable[[], float] = time.monotonic) -> bool:
    """Whether a part whose timer is due was just drawn with another one."""
    drawn = _drawn.get(storage, {}).get(asked)
    return drawn is not None and not drawn.is_older(JUST, clock())
