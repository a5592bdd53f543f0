"""Stop, commands and pause, in this order, at the start of a rollout. Nothing here can change what is learned."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...numbers import count, digits
from ...run_files.control import Control
from ...run_files.status import State
from ..control_watcher import ControlEvents
from ..session import RunSession
from .rollout_start import RolloutStartCallback

CLOCK_ROUNDING_S = 0.005  # `control.json` says milliseconds


class ObeyControl(RolloutStartCallback):
    """Obeys the events that the watcher sets: ends training on stop, waits while paused, acknowledges every command.

    Args:
        look: makes the watcher look, if that is due.
        save_as: saves the model as it is under a name; returns whether it could.
    """

    def __init__(self, events: ControlEvents, session: RunSession, look: Callable[[], None], save_as: Callable[[str], bool]) -> None:
        super().__init__()
        self._events = events
        self._session = session
        self._look = look
        self._save_as = save_as
        self._waiting = False
        self._applied = replace(events.control, seq=0, run="running")  # as the process begins; the first step acknowledges the rest

    def _on_rollout_start(self) -> None:
        self.continue_training = self.obey()

    @property
    def due_step(self) -> float:
        """When the next pause is due that was asked for, as far as that is known: 0 for one at the next new best."""
        if self._applied.pause_at_best_after is not None:
            return 0
        return math.inf if self._applied.pause_at_step is None else self._applied.pause_at_step

    def obey(self) -> bool:
        """Look at the events; waits out a pause. Returns whether training goes on."""
        self._look()
        if self._events.changed.is_set():
            self._apply()
        elif not _pauses(self._applied):  # nothing is new: at almost every move
            return True
        if self._must_wait():
            self._wait_while_paused()
        return not self._events.stop.is_set()

    def _must_wait(self) -> bool:
        return not self._events.stop.is_set() and (not self._events.resume.is_set() or self._reached() is not None)

    def _reached(self) -> str | None:
        """The pause that was asked for and is due now, in words."""
        control, best = self._applied, self._session.status.best
        if control.pause_at_step is not None and self._session.step >= control.pause_at_step:
            return f"Paused at step {self._session.step:,}, as asked"
        if control.pause_at_best_after is not None and best is not None and best.step > control.pause_at_best_after:
            return f"Paused at the new best of step {best.step:,}, as asked"
        return None

    def _wait_while_paused(self) -> None:
        self._session.clock.idle()
        self._waiting, began_ns = True, time.monotonic_ns()
        said = None
        while self._must_wait():
            if (reached := self._reached()) is not None:
                self._events.resume.clear()  # the evaluator waits too
                if reached != said:
                    said = reached
                    self._session.event("command", reached)
                self._session.update(state="paused")
            self._events.wait_for_change()  # also a resume or a stop
            self._apply()
        self._waiting = False
        self._session.clock.active()
        self.model.start_time += time.monotonic_ns() - began_ns  # stable-baselines3 logs `time/fps` since then
        if not self._events.stop.is_set():
            self._session.waits()
            self._session.update(state="running")

    def _apply(self) -> None:
        """Acknowledge the newest command. `changed` is cleared first, so that one that comes meanwhile is seen next time."""
        if not self._events.stop.is_set():  # a stop stays set: a stopped process never goes back
            self._events.changed.clear()
        control, before = self._events.control, self._applied
        self._applied = control
        saved = self._save(before, control)
        state: State = "stopping" if self._events.stop.is_set() else "paused" if self._must_wait() else "running"
        acknowledged: dict[str, Any] = {"visual": control.visual, "speed": control.speed, "board_every": control.board_every}
        sentence = ", ".join(filter(None, (_difference(before, control, waiting=self._waiting), saved)))
        if control.seq > before.seq:
            # The command a run was made with has waited for the process to start: that is no reaction time.
            latency_ms = _latency_ms(control.updated_at, self._events.unseen_at) if sentence else None
            acknowledged |= {"applied_seq": control.seq, "applied_at_step": self._session.step, "applied_latency_ms": latency_ms}
            if sentence:
                said = f"{sentence} (by {control.said_by})"
                self._session.event("command", said, seq=control.seq, latency_ms=latency_ms)
        self._session.update(state=state, **acknowledged)

    def _save(self, before: Control, control: Control) -> str:
        """Save the model if that is newly asked for; returns what came of it."""
        if control.save is None or control.save == before.save:
            return ""
        slot = control.save.slot
        return f"Saved “{slot}”" if self._save_as(slot) else f"Could not save “{slot}”"


def _pauses(control: Control) -> bool:
    return control.pause_at_step is not None or control.pause_at_best_after is not None


def _latency_ms(written_at: str, unseen_at: float | None) -> float | None:
    """From the write of `control.json` until now; a clock that was set in between cannot make it absurd.

    Args:
        written_at: by the clock that two programs on one machine share, but that somebody may set.
        unseen_at: by the monotonic clock, a moment just before the write; None if none is known.
    """
    try:
        by_clock = (datetime.now(UTC) - datetime.fromisoformat(written_at)).total_seconds()
    except (ValueError, TypeError):
        return None
    most = time.monotonic() - unseen_at + CLOCK_ROUNDING_S if unseen_at is not None else math.inf
    seconds = by_clock if -CLOCK_ROUNDING_S <= by_clock <= most else most
    return round(max(0.0, seconds) * 1_000, 1) if math.isfinite(seconds) else None


def _difference(before: Control, after: Control, *, waiting: bool) -> str:
    said = []
    taken_back = _pauses(before) and not _pauses(after)
    if after.run == "running" and waiting and (after.run != before.run or taken_back):
        said.append("Resumed")
    elif after.run == before.run and taken_back:
        said.append("The pause that was asked for is taken back")
    elif after.run != before.run:
        said.append({"running": "Resumed", "paused": "Paused", "stopped": "Stop requested"}[after.run])
    if after.pause_at_step is not None and after.pause_at_step != before.pause_at_step:
        said.append(f"Will pause at step {after.pause_at_step:,}")
    if after.pause_at_best_after is not None and after.pause_at_best_after != before.pause_at_best_after:
        said.append("Will pause at the next new best")
    if after.visual != before.visual:
        said.append("Visual mode on" if after.visual else "Visual mode off")
    if after.speed != before.speed:
        said.append("Full speed" if after.speed is None else f"Speed {digits(after.speed)} per second")
    if after.board_every != before.board_every:
        said.append(f"Snapshot every {count(after.board_every, 'step')}")
    return ", ".join(said)
