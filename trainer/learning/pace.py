"""`Pace`: training waits between two steps, so that a person can follow. When it does so changes nothing of what is learned."""

import time
from collections.abc import Callable

from .control_watcher import LOOK_INTERVAL_S, ControlEvents
from .session import RunSession

SHORTEST_WAIT_S = 0.002  # shorter ones are added up: a sleep is not more exact
MOST_LATE_S = 0.5  # steps that come later than that, after a pause or a long update, are not made up for


class Pace:
    """Holds the average number of environment steps per second at the limit that is asked for, in visual mode only.

    The moments at which steps are due are counted from one of them, so that no error of a wait adds up. A step of all environments
    is as many environment steps, and takes the time of them all.

    Args:
        events: what the control watcher sets.
        session: its clock does not count waits.
        look: makes the watcher look, if that is due.
    """

    def __init__(self, events: ControlEvents, session: RunSession, look: Callable[[], None]) -> None:
        self._events, self._session, self._look = events, session, look
        self._limit: float | None = None
        self._began_at, self._began_step = 0.0, 0
        self._last_call = -1

    def wait(self, n_calls: int, step: int, n_envs: int) -> bool:
        """Wait until the next step is due. Returns True if there is something to obey before; ask again afterwards.

        Args:
            n_calls: steps of all environments so far.
            step: environment steps so far.
            n_envs: how many of them one step of all is.
        """
        limit = self._events.control.speed
        if limit is None or not self._events.visual.is_set():
            self._limit = None
            return False
        if limit != self._limit or n_calls > self._last_call + 1:
            self._limit, self._began_at, self._began_step = limit, time.monotonic(), step - n_envs
        self._last_call = n_calls
        due_at = self._began_at + (step - self._began_step) / limit
        early_s = due_at - time.monotonic()
        if early_s < -MOST_LATE_S:
            self._began_at, self._began_step = time.monotonic(), step
        return early_s > SHORTEST_WAIT_S and self._sleep_until(due_at)

    def _sleep_until(self, due_at: float) -> bool:
        clock, changed = self._session.clock, self._events.changed
        clock.idle()
        try:
            while (left_s := due_at - time.monotonic()) > 0:
                changed.wait(min(left_s, LOOK_INTERVAL_S))
                self._look()
                if changed.is_set():
                    return True
                self._session.waits()
        finally:
            clock.active()
        return False
