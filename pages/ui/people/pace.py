"""How often the parts of pages are drawn again when many look on: training comes before looking.

Each part says how much of a core it has taken to draw and how often it is to be drawn. If all of them together would take more than
`SHARE`, all are drawn more rarely, by the same factor, and the sidebar says so. It is a level: who comes later, or leaves, changes it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from streamlit.runtime.scriptrunner import get_script_run_ctx

from trainer.resources import usable_cores

SHARE = min(0.7, usable_cores() / 4)  # of a core: Python draws on one, and a trainer and its evaluations have the others
FORGOTTEN_AFTER_S = 60.0  # a part that nobody has drawn for so long, or for so many of its intervals
INTERVALS_MISSED = 3
NEW_COST = 0.2  # how much the last drawing says about the next one
FACTORS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
TOO_DIFFERENT = 2.0  # from here on a page is drawn anew, with another interval


@dataclass(slots=True)
class _Part:
    every: float
    cost: float
    drawn_at: float


class Pace:
    """What all that is drawn takes, and by how much it is to be drawn more rarely. Safe for several threads.

    Args:
        share: of a core that it may take.
        clock: seconds that only grow.
    """

    def __init__(self, share: float = SHARE, clock: Callable[[], float] = time.monotonic) -> None:
        self._share, self._clock = share, clock
        self._lock = threading.Lock()
        self._parts: dict[tuple[str, str], _Part] = {}

    def note(self, session: str, part: str, every: float, cost: float) -> None:
        """A part was drawn.

        Args:
            session: whose.
            part: its name.
            every: seconds between two drawings, if nobody else looked.
            cost: seconds of a core.
        """
        with self._lock:
            before = self._parts.get((session, part))
            cost = cost if before is None else before.cost + NEW_COST * (cost - before.cost)
            self._parts[session, part] = _Part(every, cost, self._clock())

    def factor(self) -> float:
        """How many times as long as wanted the intervals are, one of `FACTORS`."""
        with self._lock:
            now = self._clock()
            factor = self._factor()
            patience = {key: max(FORGOTTEN_AFTER_S, INTERVALS_MISSED * part.every * factor) for key, part in self._parts.items()}
            self._parts = {key: part for key, part in self._parts.items() if now - part.drawn_at <= patience[key]}
            return self._factor()

    def _factor(self) -> float:
        wanted = sum(part.cost / part.every for part in self._parts.values()) / self._share
        return next((factor for factor in FACTORS if factor >= wanted), FACTORS[-1])

    def sessions(self) -> int:
        """How many look on."""
        with self._lock:
            return len({session for session, _ in self._parts})


PACE = Pace()


def paced(every: float | None) -> float | None:
    """The seconds between two drawings of a part, with all who look on; None stays never."""
    return None if every is None else every * PACE.factor()


def is_out_of_pace(made_with: float) -> bool:
    """Whether a page was drawn with a factor that is far from the present one."""
    now = PACE.factor()
    return max(now, made_with) / min(now, made_with) >= TOO_DIFFERENT


def note_drawn(part: str, every: float | None, cost: float) -> None:
    """A part of the page of whoever looks was drawn; `cost` in seconds of a core."""
    context = get_script_run_ctx(suppress_warning=True)
    if every is not None and context is not None:
        PACE.note(context.session_id, part, every, cost)


def pace_words(every: float | None) -> str:
    """Why a page is drawn more rarely than was chosen: `30 look on: every 4 s`; empty if it is not."""
    factor = PACE.factor()
    return "" if every is None or factor == 1 else f"{PACE.sessions()} look on, so training comes first: every {every * factor:g} s."
