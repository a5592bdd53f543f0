"""`run.lock`: held by the trainer for its life; the operating system frees it on death, so it tells who is alive."""

from filelock import FileLock, Timeout

from trainer.errors import RunIsActiveError
from trainer.run_files.run_directory import RunDirectory

PROBE_PATIENCE_S = 2.0  # a probe holds the lock for microseconds; a trainer that starts waits that out
PROBE_TIMEOUT_S = 0.005  # so that two probes at once do not take each other for a trainer


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
    if not run.run_lock.exists():
        return False
    try:
        with FileLock(run.run_lock, timeout=PROBE_TIMEOUT_S, poll_interval=0.001, preserve_lock_file=True):
            return False
    except Timeout:
        return True
    except OSError:
        return False
