"""`run.lock`: held by the trainer for its life; the operating system frees it on death, so it tells who is alive."""

import sys
from typing import BinaryIO

from filelock import FileLock, Timeout

from trainer.errors import RunIsActiveError
from trainer.run_files.run_directory import RunDirectory

PROBE_PATIENCE_S = 2.0  # a probe holds the lock for microseconds; a trainer that starts waits that out


def hold_run_lock(run: RunDirectory) -> FileLock:
    """Take the lock for the life of this process.

    Raises:
        RunIsActiveError: another trainer holds it.
    """
    lock = FileLock(run.run_lock, poll_interval=0.01, preserve_lock_file=True, thread_local=False)
    try:
        lock.acquire(timeout=PROBE_PATIENCE_S)
    except Timeout:
        raise RunIsActiveError(f"One trainer a run: another one is already training {run.run_id}. Stop it first.") from None
    return lock


def is_run_locked(run: RunDirectory) -> bool:
    """Whether a trainer holds the lock. A run that never had one, or is gone, has no lock."""
    try:
        with run.run_lock.open("rb") as file:
            return not _can_share(file)
    except OSError:
        return False


if sys.platform == "win32":

    def _can_share(file: BinaryIO) -> bool:
        """Whether nobody holds the lock at this moment."""
        try:
            FileLock(file.name, preserve_lock_file=True).acquire(timeout=0).lock.release()
        except Timeout:
            return False
        return True
else:
    import fcntl

    def _can_share(file: BinaryIO) -> bool:
        """Whether nobody holds the lock for himself alone: those who only look share it and never take each other for a trainer."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
