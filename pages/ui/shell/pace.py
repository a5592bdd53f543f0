"""When pages are drawn again by their timers if many look on: training comes before looking, and a press before both.

Of each page it is known what a run by its timers takes of a core. Pages are drawn in turns, and after the turn of each so much time
passes that all of them together take `SHARE` of a core: however many timers are due at once, whoever presses a button waits for one
page at most, and if all pages together would take more than their share, all of them are drawn more rarely.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from streamlit.runtime.fragment import FragmentStorage

from trainer.resources import usable_cores

SHARE = min(0.5, usable_cores() / 8)  # of a core: Python draws on one, and trainers and their evaluations have the others
FORGOTTEN_AFTER_S = 60.0  # a page that nobody has drawn for so long
NEW_COST = 0.2  # how much the last run says about the next one
SLOWER = 1.5  # from this factor on a person is told


@dataclass(frozen=True, slots=True)
class _Page:
    every_s: float
    cost_s: float
    drawn_at: float


class Pace:
    """What all pages take, and by how much they are to be drawn more rarely. Safe for several threads.

    Args:
        share: of a core that they may take.
        clock: seconds that only grow.
    """

    def __init__(self, share: float = SHARE, clock: Callable[[], float] = time.monotonic) -> None:
        self._share, self._clock = share, clock
        self._lock = threading.Lock()
        self._pages: WeakKeyDictionary[FragmentStorage, _Page] = WeakKeyDictionary()  # of each session the one that it shows
        self._turns: WeakKeyDictionary[FragmentStorage, float] = WeakKeyDictionary()  # when the next of each session is
        self._free_at = 0.0

    def wait_s(self, session: FragmentStorage) -> float:
        """Seconds until it is the turn of a session's page, which is given one if it has none; it is kept until `take_turn`."""
        with self._lock:
            now = self._clock()
            if session not in self._turns:
                page = self._pages.get(session)
                self._turns[session] = turn = max(now, self._free_at)
                self._free_at = turn + (page.cost_s / self._share if page else 0.0)
            return max(0.0, self._turns[session] - now)

    def take_turn(self, session: FragmentStorage) -> None:
        """The page of a session is drawn now."""
        with self._lock:
            self._turns.pop(session, None)

    def note(self, session: FragmentStorage, every_s: float, cost_s: float) -> None:
        """The page of a session was drawn by its timers.

        Args:
            session: whose.
            every_s: seconds between two drawings, if nobody else looked.
            cost_s: seconds of a core that it took.
        """
        with self._lock:
            before = self._pages.get(session)
            cost_s = cost_s if before is None else before.cost_s + NEW_COST * (cost_s - before.cost_s)
            self._pages[session] = _Page(every_s, cost_s, self._clock())

    def factor(self) -> float:
        """How many times as long as wanted the intervals become; at least 1."""
        wanted = sum(page.cost_s / page.every_s for page in self._looked_at())
        return max(1.0, wanted / self._share)

    def words(self, every_s: float | None) -> str:
        """Why a page is drawn more rarely than was chosen, as a sentence; empty if it is not.

        Args:
            every_s: seconds between two refreshes that a person has chosen; None: there are none.
        """
        factor, pages = self.factor(), len(self._looked_at())
        if every_s is None or factor < SLOWER:
            return ""
        why = f"{pages} pages are looked at" if pages > 1 else "This page takes long to draw"
        return f"{why}, and training comes first: refreshed about every {every_s * factor:.2g} s."

    def _looked_at(self) -> list[_Page]:
        with self._lock:
            now = self._clock()
            return [page for page in self._pages.values() if now - page.drawn_at <= FORGOTTEN_AFTER_S]


PACE = Pace()
