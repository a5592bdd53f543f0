"""A stop carried through: first the flag in `control.json`, then SIGTERM, then SIGKILL, each only after a time of waiting.

Time counts while somebody looks. A gap between two looks counts for at most `MAX_GAP_S`: in a longer one the page was closed, or
the machine was suspended and the trainer, too, had no time to obey. SIGKILL follows a SIGTERM that was really sent, to the same
process, by this process: two apps that look at one run never shorten the time that the trainer has.

Opening a page can carry a stop through that somebody else asked for. Whoever may write `control.json` may end the trainer by the
flag alone; a signal adds nothing to that, and only a provable trainer of the run gets one.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .probing import Probe, trainer_worker
from .run_files.process_identity import ProcessIdentity
from .run_files.run_directory import RunDirectory

TERMINATE_AFTER_S = 5.0  # from the stop flag to SIGTERM, which the trainer also answers by saving
KILL_AFTER_S = 10.0  # from SIGTERM to SIGKILL
MAX_GAP_S = 5.0  # between two looks; what is longer does not count

TERMINATED = "The trainer did not stop within 5 s; it was asked again with SIGTERM."
KILLED = "The trainer did not stop within 10 s of SIGTERM; it was killed. Its best model is safe."
UNPROVABLE = (
    "The trainer did not stop within 5 s and gets no signal: no process of this user is provably the trainer of this folder. "
    "Its own user or machine can end it."
)

Clock = Callable[[], float]


@dataclass(slots=True)
class _Stop:
    """How far the stop of one process has been carried through."""

    process: ProcessIdentity | None
    looked_at: float
    waited_s: float = 0.0
    """Since the stop was first seen; from SIGTERM on, since that."""
    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> str | None:
        if sentence in self.said:
            return None
        self.said.append(sentence)
        return sentence


_stops: dict[Path, _Stop] = {}
_stops_lock = threading.Lock()  # several sessions of the app look at one run


def end_overdue_trainer(run: RunDirectory, probed: Probe, *, clock: Clock = time.monotonic) -> str | None:
    """Carry a stop through: SIGTERM after 5 s of waiting, SIGKILL 10 s after that. Call it at every refresh.

    A trainer that is still starting is not killed: it has nothing to lose, and it may be compiling the game for those that follow.

    Args:
        run: the run.
        probed: how it is now.
        clock: seconds that only grow.

    Returns:
        One sentence about the signal that was sent now, or None.
    """
    with _stops_lock:
        if not probed.active or probed.control is None or probed.control.run != "stopped":
            _stops.pop(run.path, None)
            return None
        return _carry_on(_stop_of(run, probed, clock()), probed)


def _stop_of(run: RunDirectory, probed: Probe, now: float) -> _Stop:
    process = probed.status.process if probed.status is not None else None
    stop = _stops.get(run.path)
    if stop is None or stop.process != process:  # another trainer than the one that was told to stop
        stop = _stops[run.path] = _Stop(process, now)
    starting = probed.status is not None and probed.status.state == "starting"
    if not (starting and TERMINATED in stop.said):
        stop.waited_s += min(max(0.0, now - stop.looked_at), MAX_GAP_S)
    stop.looked_at = now
    return stop


def _carry_on(stop: _Stop, probed: Probe) -> str | None:
    worker = trainer_worker(probed.run, probed.status)
    if KILLED in stop.said:
        return None
    if TERMINATED in stop.said:
        overdue = stop.waited_s >= KILL_AFTER_S and worker is not None and worker.end("kill")
        return stop.say(KILLED) if overdue else None
    if stop.waited_s < TERMINATE_AFTER_S:
        return None
    if worker is None or not worker.end("terminate"):
        return stop.say(UNPROVABLE)
    stop.waited_s = 0.0
    return stop.say(TERMINATED)


def stop_words(run: RunDirectory) -> str:
    """How far the stop of a run has been carried through, for a person who waits; empty if none is."""
    stop = _stops.get(run.path)
    if stop is None:
        return ""
    if KILLED in stop.said:
        return "Stopping… killed, as nothing else helped"
    if TERMINATED in stop.said:
        return f"Stopping… SIGTERM was sent, SIGKILL follows in {max(0, math.ceil(KILL_AFTER_S - stop.waited_s))} s"
    if UNPROVABLE in stop.said:
        return "Stopping… no process of this user is provably its trainer: no signal is sent"
    return f"Stopping… SIGTERM follows in {max(0, math.ceil(TERMINATE_AFTER_S - stop.waited_s))} s"
