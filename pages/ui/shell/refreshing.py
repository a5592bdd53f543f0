"""What several parts of a page do on timers is done in one run.

Streamlit gives every part that is drawn again by itself a timer of its own, in the browser, and each of them a run: the server begins a
thread, announces it and its end, and the browser looks at every element of the page several times. A page with five such parts costs
five times what one costs. So the first timer that is due brings along the others that will be soon, and what has just been drawn is not
drawn again: about one run each second, however many parts there are. When many look on, it is fewer (`pages.ui.shell.pace`).
"""

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


def take_due(
    storage: FragmentStorage, asked: str, there: Callable[[str], bool], clock: Callable[[], float] = time.monotonic, pace: Pace = PACE
) -> list[str]:
    """The parts to draw when the timer of one is due; from now on they count as drawn. None, if that one just was, with another one.

    Args:
        storage: of the session.
        asked: the number of the part whose timer is due.
        there: whether a part is still on the page.
        clock: seconds that only grow.
        pace: of all pages.
    """
    parts, now, factor = _drawn.get(storage, {}), clock(), pace.factor()
    if asked in parts and not parts[asked].is_older(JUST if factor == 1 else SOON * factor, now):
        return []
    due = [asked, *(part for part, drawn in list(parts.items()) if part != asked and drawn.is_older(SOON * factor, now) and there(part))]
    parts |= {part: _Drawn(now, parts[part].every_s) for part in due if part in parts}
    return due
