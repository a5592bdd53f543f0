"""`python -m trainer queue run`: the detached process that starts the runs of a queue while its engine has room.

There is one a folder of runs and engine: it holds a lock. All that it knows is in files, so it can be killed at any moment and
begun anew. A run is started and removed from the queue under the queue's lock. If the process dies between the two, the next one
sees that a trainer is at work on the run, or has been since it was queued, and removes it.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout

from .engines.engine import Engine
from .errors import (
    ControlRoomError,
    FormatError,
    RunDirectoryError,
    RunElsewhereError,
    RunFinishedError,
    RunIsActiveError,
    RunNotQueuedError,
    reason,
)
from .notifying.starting import see_to_notifications
from .queueing import process_lock
from .run_files.locks import make_lock, take_lock
from .run_files.opening import require_folder
from .run_files.queue import QueueEntry, read_queue, taking_from_queue, unless_any_wait
from .run_files.run_directory import RunDirectory, find_run
from .run_files.status import read_status
from .starting import prepare_resume

LOOK_INTERVAL_S = 0.1
LINGER_S = 3.0  # after the last run: who trains one after another finds a process that has imported what it needs
RETRY_AFTER_S = 10.0  # what could not be done: to start a run on a full disk, to read a damaged file


class QueueProcess:
    """Starts the runs that wait.

    Args:
        runs_dir: where the runs are, without links in its path.
        on: which of them: those that are to be trained there.
        engine: starts trainers there.
        say: gets one sentence about each thing that happens.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        runs_dir: Path,
        on: str,
        engine: Engine,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runs_dir, self._on, self._engine = runs_dir, on, engine
        self._say, self._clock = say, clock
        self._not_before: dict[str, float] = {}  # by run: when it is tried again
        self._not_removed = set[str]()  # runs that are dealt with, and are in the queue since the disk is full

    def until_done(self, stop: Event) -> None:
        """Start runs until none waits and the engine needs this process no longer.

        Raises:
            RunIsActiveError: another process does this already.
            FormatError: `queue.json` is damaged; it stays as it is.
            RunDirectoryError: the runs folder is not writable, or has no locks.
        """
        lock = self._hold_lock()
        try:
            needed_at = self._clock()
            self._engine.busy()  # it may have to join a cluster first, which takes longer than the queue's lock is held
            while not stop.is_set():
                if self.look() or self._engine.busy():
                    needed_at = self._clock()
                elif self._clock() - needed_at >= LINGER_S and unless_any_wait(self._runs_dir, self._on, lock.release):
                    return
                stop.wait(LOOK_INTERVAL_S)
        finally:
            lock.release()
            self._engine.close()

    def look(self) -> bool:
        """Start what there is room for. Returns whether anything still waits.

        Raises:
            FormatError: `queue.json` is damaged.
        """
        entries = [entry for entry in read_queue(self._runs_dir) if entry.on == self._on]
        at_once = [entry for entry in entries if entry.now or entry.run in self._not_removed]
        left = len(entries) - sum(self._start(entry) for entry in at_once if self._is_due(entry))
        for entry in entries:
            if entry in at_once or not self._is_due(entry):
                continue
            if self._engine.room() < 1:
                break
            left -= self._start(entry)
        return left > 0

    def _is_due(self, entry: QueueEntry) -> bool:
        return self._clock() >= self._not_before.get(entry.run, 0.0)

    def _start(self, entry: QueueEntry) -> bool:
        """Start a run, if that is still wanted. Returns whether it waits no longer."""
        said = ""
        try:
            with taking_from_queue(self._runs_dir, entry.run) as present:
                said = self._begin(present)
        except RunNotQueuedError:  # somebody was faster
            return True
        except ControlRoomError as error:
            self._not_before[entry.run] = self._clock() + RETRY_AFTER_S
            if said:
                self._not_removed.add(entry.run)
            what = f"{said} It cannot be removed from the queue" if said else f"{entry.run} cannot be started now and still waits"
            self._say(f"{what}: {error}")
            return False
        self._not_removed.discard(entry.run)
        self._say(said)
        return True

    def _begin(self, entry: QueueEntry) -> str:
        """Have a trainer begin with a run; returns what there is to say of it."""
        run = find_run(self._runs_dir, entry.run)
        if run is None:
            return f"{entry.run} is not there any more: it was deleted while it waited."
        if _was_started(run, entry):
            return f"{entry.run} was started already."
        try:
            prepare_resume(run, by=entry.by)
        except (RunIsActiveError, RunFinishedError, RunElsewhereError) as error:
            return f"{entry.run} waits no longer: {error}"
        self._engine.start(run)
        see_to_notifications(self._runs_dir)  # a trainer on another machine cannot
        return f"{entry.run} is started."

    def _hold_lock(self) -> FileLock:
        lock = make_lock(process_lock(self._runs_dir, self._on))
        try:
            require_folder(self._runs_dir)
            take_lock(lock, timeout_s=0)
        except Timeout:
            raise RunIsActiveError(f"One process at a time: another one starts the runs that wait in {self._runs_dir}.") from None
        except OSError as error:
            raise RunDirectoryError(f"The runs folder must be writable; {self._runs_dir} is not ({reason(error)}).") from None
        return lock


def _was_started(run: RunDirectory, entry: QueueEntry) -> bool:
    """Whether a trainer has been at work on a run since it was queued; it was then not removed, as the process was killed."""
    try:
        status = read_status(run)
    except FormatError:
        return False
    return status is not None and status.applied_seq > entry.after_seq
