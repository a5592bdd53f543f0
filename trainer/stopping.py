"""Carry a stop through: first the flag in `control.json`, then SIGTERM, then SIGKILL, each after a time of waiting.

In the app a thread follows each stop, so that it is carried through while no page is open; the pages
only show how far it is. The command line looks by itself, from its own loop.

Time counts while somebody looks. A gap between two looks counts for at most `MAX_GAP_S`: in a longer
one the machine was suspended and the trainer, too, had no time to obey. SIGKILL follows a SIGTERM that
was really sent, to the same process, by this process: two apps that look at one run never shorten the
time that the trainer has.

A trainer that has heard of the stop and goes on stepping is on its way to the end of its rollout, the only place from
which it can go on exactly; 2,048 steps of a slow environment take minutes. Its time begins anew with every step that
is seen, for `ROLLOUT_S` at most.

A stop that somebody else asked for is followed once a page has seen it. Whoever may write
`control.json` may end the trainer by the flag alone; a signal adds nothing to that, and only a provable
trainer of the run gets one.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .probing import Probe, probe, trainer_worker
from .run_files.permission import is_permitted, permitted_now
from .run_files.placements import is_placed
from .run_files.process_identity import ProcessIdentity
from .run_files.run_directory import RunDirectory
from .tasks import describe

TERMINATE_AFTER_S = 5.0  # from the stop flag to SIGTERM, which the trainer also answers by saving
KILL_AFTER_S = 10.0  # from SIGTERM to SIGKILL
ROLLOUT_S = 600.0  # that a trainer may go on stepping after it has heard of the stop
ROLLING_S = 2.0  # after a step that was seen, it is said that it goes on stepping
MAX_GAP_S = 5.0  # between two looks; what is longer does not count
FOLLOW_INTERVAL_S = 0.2  # between two looks of the thread

TERMINATED = "The trainer did not stop within 5 s; it was asked again with SIGTERM."
KILLED = "The trainer did not stop within 10 s of SIGTERM; it was killed. Its best model is safe."
UNPROVABLE = (
    "The trainer did not stop within 5 s and gets no signal: no process of this user is provably the "
    "trainer of this folder. Its own user or machine can end it."
)


ON_A_NODE = "The trainer did not stop within 5 s; the agent of its node sends the signals."
ELSEWHERE = "It has not ended within 5 s and gets no signal, for it is a program of the user's own: learn() ends at its next step."


class Stop:
    """The stop of a run, as far as one process carries it through; look at it now and then.

    Args:
        run: the run.
        clock: seconds that only grow.
    """

    def __init__(self, run: RunDirectory, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.run, self._clock = run, clock
        self._begin(None)
        self._under_way = False

    def _begin(self, process: ProcessIdentity | None) -> None:
        self._under_way, self._process, self._looked_at = True, process, self._clock()
        self._waited_s = 0.0  # since the stop, or a step after it, was first seen; from SIGTERM on, since that
        self._asked_s = 0.0  # since the stop was first seen
        self._steps: int | None = None  # that it had done at the last look, if it had heard of the stop by then
        self._rolls = False  # whether it was lately seen to step to the end of its rollout
        self._said = list[str]()

    def look(self, probed: Probe) -> str | None:
        """Send the signal that is due.

        A trainer that is still starting is not killed, unless it is stalled: it has nothing to lose, and it
        may be compiling the game for those that follow.

        Args:
            probed: how the run is now.

        Returns:
            One sentence about the signal that was sent now, or None.
        """
        if not is_being_stopped(probed):
            self._under_way = False
            return None
        process = probed.status.process if probed.status is not None else None
        if not self._under_way or process != self._process:  # another stop, or another trainer
            self._begin(process)
        now = self._clock()
        starting = probed.status is not None and probed.state == "starting"
        gap_s = min(max(0.0, now - self._looked_at), MAX_GAP_S)
        if not (starting and TERMINATED in self._said):
            self._waited_s += gap_s
            self._asked_s += gap_s
        if self._has_stepped(probed) and self._asked_s < ROLLOUT_S:
            self._waited_s, self._rolls = 0.0, True
        self._rolls = self._rolls and self._waited_s < ROLLING_S
        self._looked_at = now
        return self._signal(probed)

    def _has_stepped(self, probed: Probe) -> bool:
        """Whether the trainer has heard of the stop and done steps since the last look."""
        status, before = probed.status, self._steps
        self._steps = status.num_timesteps if status is not None and status.state == "stopping" else None
        return self._steps is not None and before is not None and self._steps > before

    def _signal(self, probed: Probe) -> str | None:
        worker = trainer_worker(probed.run, probed.status)
        if KILLED in self._said:
            return None
        if TERMINATED in self._said:
            overdue = self._waited_s >= KILL_AFTER_S and worker is not None and worker.end("kill")
            return self._say(KILLED) if overdue else None
        if self._waited_s < TERMINATE_AFTER_S:
            return None
        if probed.config is not None and describe(probed.config.task).elsewhere:
            return self._say(ELSEWHERE)
        if worker is None or not worker.end("terminate"):
            return self._say(ON_A_NODE if is_placed(probed.run.path.parent, probed.run.run_id) else UNPROVABLE)
        self._waited_s = 0.0
        return self._say(TERMINATED)

    def _say(self, sentence: str) -> str | None:
        if sentence in self._said:
            return None
        self._said.append(sentence)
        return sentence

    def words(self) -> str:
        """How far it is, for a person who waits."""
        if self._rolls:
            return "Stopping… where its rollout ends, so that it can go on exactly"
        said = {
            KILLED: "killed, as nothing else helped",
            TERMINATED: f"SIGTERM was sent, SIGKILL follows in {self._left(KILL_AFTER_S)} s",
            ELSEWHERE: "at the next step of the script, which gets no signal",
            ON_A_NODE: "the agent of its node sends the signals",
            UNPROVABLE: "no process of this user is provably its trainer: no signal is sent",
        }
        not_yet = f"SIGTERM follows in {self._left(TERMINATE_AFTER_S)} s"
        return f"Stopping… {next((words for sentence, words in said.items() if sentence in self._said), not_yet)}"

    def _left(self, patience_s: float) -> int:
        return max(0, math.ceil(patience_s - self._waited_s))


def is_being_stopped(probed: Probe) -> bool:
    """Whether a trainer is at work that was told to stop."""
    return probed.active and probed.control is not None and probed.control.run == "stopped"


_followed: dict[Path, Stop] = {}
_lock = threading.Lock()  # several sessions of the app ask for one stop


def follow_stop(run: RunDirectory) -> None:
    """Carry the stop of a run through from a thread of its own, until its trainer ends or goes on.

    Whoever else asks for it, or sees it, changes nothing: one thread follows one run. Who may only look starts none.
    """
    if not is_permitted():
        return
    with _lock:
        if run.path in _followed:
            return
        stop = _followed[run.path] = Stop(run)
        with contextlib.suppress(RuntimeError):  # no thread to be had: whoever sees the stop next asks again
            threading.Thread(target=permitted_now(partial(_follow, stop)), name="stop", daemon=True).start()
            return
        del _followed[run.path]


def _follow(stop: Stop) -> None:
    try:
        while is_being_stopped(probed := probe(stop.run)):
            stop.look(probed)
            time.sleep(FOLLOW_INTERVAL_S)
    finally:
        with _lock:
            del _followed[stop.run.path]
    if is_being_stopped(probe(stop.run)):  # asked for again at this very moment
        follow_stop(stop.run)


def stop_words(run: RunDirectory) -> str:
    """How far the stop of a run is that this process follows; empty if it follows none."""
    stop = _followed.get(run.path)
    return stop.words() if stop is not None else ""
