"""One process's work on one run: its logs, its clock and its status with the heartbeat. Everything the callbacks share."""

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, TextIO

from tqdm import tqdm

from .. import streams
from ..errors import CopiedProcessError, described, legible, visible
from ..run_files.episodes import episodes_writer
from ..run_files.evaluations import evaluations_writer
from ..run_files.events import EventKind, EventRow, EventsWriter
from ..run_files.files import now_text
from ..run_files.jsonl import JsonlWriter
from ..run_files.metrics import metrics_writer
from ..run_files.process_identity import ProcessIdentity
from ..run_files.run_directory import RunDirectory
from ..run_files.status import HEARTBEAT_S, STALLED_AFTER_S, Best, Evaluating, Status, StatusFile
from .queued_log import BackgroundWriter, QueuedLog

COPY_ENDED = "Process {} is a copy of the trainer, made by a fork of the environment's that came back from it: it ends here.\n"


@dataclass(frozen=True, slots=True)
class SessionState:
    """What `RunSession` remembers, in a checkpoint: the clock, the episodes and the best model."""

    episode: int
    wall_seconds: float
    active_seconds: float
    best: Best | None


class RunClock:
    """Wall and active seconds of a run's training; active is without pauses and without the waits of a limited speed.

    Both count only while there is a trainer: from the end of one to the start of the next no time passes. What the time of day is,
    the rows of the logs tell by themselves.

    Args:
        wall_seconds: what an earlier process had done.
        active_seconds: the same.
    """

    def __init__(self, wall_seconds: float = 0.0, active_seconds: float = 0.0) -> None:
        self._started = time.monotonic() - wall_seconds
        self._idle_s = wall_seconds - active_seconds
        self._idle_since: float | None = None

    def idle(self) -> None:
        """A pause or a wait begins."""
        self._idle_since = time.monotonic()

    def active(self) -> None:
        """It is over."""
        if self._idle_since is not None:
            self._idle_s += time.monotonic() - self._idle_since
            self._idle_since = None

    @property
    def wall_seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    @property
    def active_seconds(self) -> float:
        """Since the start, without idle time."""
        since = self._idle_since
        idle_s = self._idle_s + (time.monotonic() - since if since is not None else 0.0)
        return self.wall_seconds - idle_s


class RunSession:
    """The logs, the clock and the status of a run, for the life of one trainer process.

    The training thread calls `stepped` at every step, which only keeps numbers; a heartbeat thread writes them to `status.json`
    once a second, paused or not. `update` writes a change at once. Rows of measurements are written by a thread too.

    Args:
        run: the run.
        total_timesteps: environment steps of the whole run.
        log: where events are printed besides standard output; for a trainer in the foreground, whose output is not `trainer.log`.
        hosted: whether the process is somebody else's: only `log` is printed to, and no copy of it is ended.
    """

    def __init__(self, run: RunDirectory, *, total_timesteps: int, log: TextIO | None = None, hosted: bool = False) -> None:
        self.run = run
        self._log, self._hosted = log, hosted
        self.clock = RunClock()
        self.metrics = QueuedLog(metrics_writer(run))
        self.episodes = QueuedLog(episodes_writer(run))
        self.evaluations = QueuedLog(evaluations_writer(run))
        self._events = EventsWriter(run)
        self._status_file = StatusFile(run)
        self.background = BackgroundWriter()
        for rows in (self.metrics, self.episodes, self.evaluations):
            self.background.add(rows)
        self._lock = threading.Lock()
        self._hangs: str | None = None
        self._ended = threading.Event()
        self._stepped_at = time.monotonic()
        self._earlier_seconds = (0.0, 0.0)
        self.step = 0
        self.episode = 0
        self.steps_per_second: float | None = None
        self._evaluating: Evaluating | None = None
        self.status = Status(state="starting", total_timesteps=total_timesteps, process=ProcessIdentity.own())
        self._trains, self._pid = threading.get_ident(), os.getpid()
        self.explain_stall: Callable[[int], str | None] = lambda _: None
        """Says what a thread, given by its `ident`, waits for; None if it does not know."""
        self.on_beat: Callable[[], None] = lambda: None
        """Called by the heartbeat, on its thread."""
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self.update()
        self._thread.start()
        self.background.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not threading.current_thread():
            self._thread.join()
        self.background.close()
        self._events.log.flush()
        self.update()
        self._status_file.close()
        for log in self._logs():
            log.close()

    def stepped(self, step: int) -> float:
        """The training has reached an environment step; returns when, in seconds of the monotonic clock."""
        self._end_copies()
        self.step = step
        self._stepped_at = now = time.monotonic()
        return now

    def waits(self) -> None:
        """Training waits, or has waited, for something that goes well: that is no stall."""
        self._stepped_at = time.monotonic()

    def evaluates(self, done: int, episodes: int) -> None:
        """So many of the episodes of an evaluation have ended; the next heartbeat tells it. Called by the thread that evaluates."""
        self._evaluating = Evaluating(done, episodes)

    def evaluates_no_more(self) -> None:
        """The evaluation has ended, or was given up."""
        self._evaluating = None

    def restart_clock(self) -> None:
        """Training begins now: the time of imports and of compiling is not the run's."""
        self.clock = RunClock(*self._earlier_seconds)
        self._stepped_at = time.monotonic()

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types."""
        best = self.status.best
        return {
            "episode": self.episode,
            "wall_seconds": self.clock.wall_seconds,
            "active_seconds": self.clock.active_seconds,
            "best": asdict(best) if best else None,
        }

    def load_state(self, step: int, state: dict[str, Any]) -> None:
        """Go on from what `state` returned at a step."""
        self.step, self.episode = step, state["episode"]
        self._earlier_seconds = (state["wall_seconds"], state["active_seconds"])
        self.clock = RunClock(*self._earlier_seconds)
        self.update(best=Best(**state["best"]) if state["best"] else None)

    def sync_logs(self) -> dict[str, int]:
        """Wait until the logs of measurements are on disk; returns the bytes of each by file name.

        Raises:
            OSError: rows wait for room.
        """
        logs = {self.run.metrics: self.metrics, self.run.episodes: self.episodes, self.run.evaluations: self.evaluations}
        return {path.name: log.sync() for path, log in logs.items()}

    def update(self, **changes: Any) -> None:
        """Change some fields of the status and write it. A full disk or a deleted directory is never worth a crash."""
        self._end_copies()
        with self._lock:
            self.status = replace(
                self.status,
                num_timesteps=self.step,
                episodes=self.episode,
                steps_per_second=self.steps_per_second,
                wall_seconds=round(self.clock.wall_seconds, 3),
                active_seconds=round(self.clock.active_seconds, 3),
                seconds_since_step=round(time.monotonic() - self._stepped_at, 3),
                degraded=self._problem(),
                hangs=self._hangs,
                evaluating=self._evaluating,
                heartbeat_at=now_text(),
                heartbeat_monotonic_s=round(time.monotonic(), 3),
                **changes,
            )
            self._status_file.write(self.status)

    def new_best(self, metric: str, value: float, step: int) -> None:
        """Show a new best value."""
        self.update(best=Best(metric, value, step))

    def event(self, kind: EventKind, message: str, **details: Any) -> None:
        """Append an event at the present step and print it for `trainer.log`."""
        self._end_copies()
        event = EventRow(at=now_text(), step=self.step, kind=kind, message=visible(message), **details)
        self._events.append(event)
        self._print(f"{event.at} step {event.step:,}: {event.message}")

    def _print(self, text: str) -> None:
        # A full disk, a closed stream, an encoding: text for people is never worth a crash.
        with streams.important(), contextlib.suppress(OSError, ValueError):
            if not self._hosted:
                tqdm.write(text)  # standard output, without tearing a progress bar
                sys.stdout.flush()
            if self._log is not None:
                print(text, file=self._log, flush=True)

    def fail(self, error: BaseException, advice: str = "") -> None:
        """Record that training failed, with the traceback for the one who mends it; the status first, as it is what is read."""
        said = described(error)
        sentence = legible(f"Training failed: {said}" + (f"{'' if said.endswith('.') else '.'} {advice}" if advice else ""))
        details = legible("".join(traceback.format_exception(error)))
        self.update(state="failed", error=sentence)
        self._print(visible(details, keep="\n"))
        self.event("failure", sentence, traceback=details)

    def _end_copies(self) -> None:
        """End a copy of this process that an environment has made by `fork` and let go on: a run has one trainer."""
        if os.getpid() != self._pid:
            if self._hosted:
                raise CopiedProcessError(f"One process a run: this one is a copy of process {self._pid}, which records it.")
            os.write(2, COPY_ENDED.format(os.getpid()).encode())
            os._exit(1)

    def _logs(self) -> tuple[QueuedLog | JsonlWriter, ...]:
        return (self.metrics, self.episodes, self.evaluations, self._events.log)

    def _problem(self) -> str | None:
        return next((log.problem for log in self._logs() if log.problem), None)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_S):
            self._events.log.flush()  # what a full disk held back
            self._look_for_a_stall()
            streams.drop_flood()
            self.update()
            self.on_beat()

    def _look_for_a_stall(self) -> None:
        """See what a step waits for that takes far too long, and say it once."""
        stalled = time.monotonic() - self._stepped_at > STALLED_AFTER_S and self.status.state in ("starting", "running")
        before, self._hangs = self._hangs, self.explain_stall(self._trains) if stalled else None
        if self._hangs is not None and before is None:
            frame = sys._current_frames().get(self._trains)  # noqa: SLF001 - the only way, as `faulthandler` does
            self._print("".join(traceback.format_stack(frame)))
            self.event("warning", self._hangs)
