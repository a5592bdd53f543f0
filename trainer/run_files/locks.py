"""The one way to lock a file; a file system that has no locks is named as what it is.

Locks are the kernel's (`FileLock`): they are free as soon as their holder dies. On a file system
without them, some network mounts for example, nothing is trained or changed: a lock that only
pretends would let two trainers write one run.
"""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from ..errors import RunDirectoryError, SpecialFileError, reason
from .opening import is_file

POLL_S = 0.005  # while another process holds it
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What `flock` answers where there are none; see flock(2)."""


@contextlib.contextmanager
def locked(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock of a file.

    Raises:
        filelock.Timeout: another process held it all the time.
        RunDirectoryError: the file system has no locks, or the lock is no regular file.
        OSError: the lock file cannot be made.
    """
    lock = make_lock(path)
    take_lock(lock, timeout_s=timeout_s)
    try:
        yield
    finally:
        lock.release()


def make_lock(path: Path) -> FileLock:
    """The lock of a file, not yet held; any thread may take and release it.

    Raises:
        RunDirectoryError: it is no regular file.
    """
    refuse_special(path)
    return FileLock(path, poll_interval=POLL_S, preserve_lock_file=True, fallback_to_soft=False, thread_local=False)


def take_lock(lock: FileLock, *, timeout_s: float) -> None:
    """Take a lock; see `locked` for what is raised."""
    try:
        lock.acquire(timeout=timeout_s)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        folder = Path(lock.lock_file).parent
        raise RunDirectoryError(
            f"Runs need a file system with locks; that of {folder} has none ({reason(error)}). "
            "Choose another folder with --runs-dir or CONTROL_ROOM_RUNS_DIR."
        ) from None


def refuse_special(path: Path) -> None:
    """A lock that leads elsewhere protects nothing here.

    Raises:
        RunDirectoryError: something else than a file has that name, such as a link.
    """
    try:
        is_file(path)
    except SpecialFileError as error:
        raise RunDirectoryError(
            f"{path.name} must be a file of {path.parent.name} itself; {reason(error)}. Delete it and try again."
        ) from None
