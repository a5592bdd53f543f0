"""Stop, commands and pause, in this order, at every step. Nothing here can change what is learned."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from trainer.learning.control_watcher import ControlEvents
from trainer.learning.session import RunSession
from trainer.run_files.control import Control
from trainer.run_files.status import State


class ObeyControl(BaseCallback):
    """Obeys the events that the watcher sets: ends training on stop, waits while paused, acknowledges every command."""

    def __init__(self, events: ControlEvents, session: RunSession) -> None:
        super().__init__()
        self._events = events
        self._session = session
        self._applied = replace(events.control, seq=0, run="running")  # as the process begins; the first step acknowledges the rest

    def _on_step(self) -> bool:
        self._session.stepped(self.num_timesteps)
        return self.obey()

    def obey(self) -> bool:
        """Look at the events; waits out a pause. Returns whether training goes on."""
        if not self._events.changed.is_set():
            return True
        self._apply()
        if not self._events.resume.is_set():
            self._wait_while_paused()
        return not self._events.stop.is_set()

    def _wait_while_paused(self) -> None:
        self._session.clock.idle()
        while not self._events.resume.is_set():
            self._events.changed.wait()  # also set by resume and stop
            self._apply()
        self._session.clock.active()
        if not self._events.stop.is_set():
            self._session.stepped(self.num_timesteps)
            self._session.update(state="running")

    def _apply(self) -> None:
        """Acknowledge the newest command. `changed` is cleared first, so that one that comes meanwhile is seen next time."""
        if self._events.stop.is_set():  # stays set: a stopped process never goes back
            self._acknowledge("stopping")
            return
        self._events.changed.clear()
        self._acknowledge("running" if self._events.resume.is_set() else "paused")

    def _acknowledge(self, state: State) -> None:
        control, before = self._events.control, self._applied
        self._applied = control
        acknowledged: dict[str, Any] = {"visual": control.visual, "speed": control.speed, "board_every": control.board_every}
        sentence = _difference(before, control)
        if control.seq > before.seq:
            # The command a run was made with has waited for the process to start: that is no reaction time.
            latency_ms = _milliseconds_since(control.updated_at) if sentence else None
            acknowledged |= {"applied_seq": control.seq, "applied_at_step": self._session.step, "applied_latency_ms": latency_ms}
            if sentence:
                said = f"{sentence} (by {control.updated_by or 'unknown'})"
                self._session.event("command", said, seq=control.seq, latency_ms=latency_ms)
        self._session.update(state=state, **acknowledged)


def _milliseconds_since(text: str) -> float | None:
    try:
        return round(max(0.0, (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds() * 1_000), 1)
    except (ValueError, TypeError):
        return None


def _difference(before: Control, after: Control) -> str:
    said = []
    if after.run != before.run:
        said.append({"running": "Resumed", "paused": "Paused", "stopped": "Stop requested"}[after.run])
    if after.visual != before.visual:
        said.append("Board shown" if after.visual else "Board hidden")
    if after.speed != before.speed:
        said.append(f"Speed {after.speed:g}")
    if after.board_every != before.board_every:
        said.append(f"A board every {after.board_every:,} steps")
    return ", ".join(said)
