"""`run.lock`: held by the trainer for its life; the operating system frees it on death, so it tells who is alive.

What is held is the file, not its name: when somebody deletes `run.lock`, nothing tells any more that a trainer is at work. So the
trainer looks now and then whether the file is still there, and makes and locks a new one if it is not. It does the same when the file
has got a second name: `cp -al` gives the copy the same lock, and the copy is not being trained.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import RunDirectoryError, RunIsActiveError, reason
from .locks import NOT_ALLOWED, is_locked, make_lock, take_lock
from .opening import count_names, exists, open_to_read, remove_file, stamp
from .run_directory import RunDirectory

PROBE_PATIENCE_S = 2.0  # a probe holds the lock for microseconds; a trainer that starts waits that out
KEEP_INTERVAL_S = 0.2  # between two looks whether the file is still there


class RunLock:
    """A run's lock, held by this process."""

    def __init__(self, run: RunDirectory, lock: FileLock) -> None:
        self._run, self._lock = run, lock
        self._held = _identity(run.run_lock)
        self._missed = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, lost: Callable[[], None]) -> None:
        """Look from a thread of its own, for as long as the lock is held, whether its file is still there; mend it if not.

        Args:
            lost: called when another trainer was faster.
        """
        self._thread = threading.Thread(target=self._watch, args=(lost,), name="run-lock", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Let go."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._lock.release()

    def mend(self) -> bool:
        """Look once; for who holds the locks of many runs and looks at all of them from one thread.

        Returns:
            Whether it is still held: False if another trainer was faster.
        """
        ours = _identity(self._run.run_lock) == self._held
        shared = ours and names_of_lock(self._run) > 1  # a copy made of hard links would look as alive as this run
        self._missed = 0 if ours and not shared else self._missed + 1
        if self._missed < 2 or not exists(self._run.config):  # a run that is being deleted must not come back
            return True
        try:
            if shared:
                remove_file(self._run.run_lock)
            self._lock.release()  # of the file that has no name any more
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError:
            return True
        self._held = _identity(self._run.run_lock)
        return True

    def _watch(self, lost: Callable[[], None]) -> None:
        while not self._ended.wait(KEEP_INTERVAL_S):
            if not self.mend():
                lost()
                return


def hold_run_lock(run: RunDirectory) -> RunLock:
    """Take the lock for the life of this process.

    Raises:
        RunIsActiveError: another trainer holds it.
        RunDirectoryError: the lock cannot be made, it is no regular file, or the file system has none.
    """
    lock = make_lock(run.run_lock)
    try:
        take_lock(lock, timeout_s=PROBE_PATIENCE_S)
    except Timeout:
        raise RunIsActiveError(f"One trainer a run: another one is already training {run.run_id}. Stop it first.") from None
    except OSError as error:
        raise RunDirectoryError(f"A run directory must be writable; {run.run_lock} cannot be made ({reason(error)}).") from None
    return RunLock(run, lock)


def _identity(path: Path) -> int | None:
    """What tells one file from another of the same name; None if there is none."""
    found = stamp(path)
    return found and found[2]


def names_of_lock(run: RunDirectory) -> int:
    """How many names the lock file has: more than one if the directory was copied with hard links; 0 if there is none."""
    return count_names(run.run_lock)


def is_lock_readable(run: RunDirectory) -> bool:
    """Whether this user may look at the lock; if not, it does not tell whether a trainer is at work."""
    try:
        os.close(open_to_read(run.run_lock))
    except OSError as error:
        return error.errno not in NOT_ALLOWED
    return True


def is_run_locked(run: RunDirectory) -> bool:
    """Whether a trainer holds the lock. A run that never had one, or is gone, has no lock; one that cannot be looked at may have."""
    return is_locked(run.run_lock)
