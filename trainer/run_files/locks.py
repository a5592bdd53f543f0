"""The one way to lock a file; a file system that has no locks is named as what it is.

Locks are the kernel's (`FileLock`): they are free as soon as their holder dies. On a file system
without them, some network mounts for example, nothing is trained or changed: a lock that only
pretends would let two trainers write one run.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import RunDirectoryError, SpecialFileError, reason
from .opening import is_file, open_to_read
from .permission import require_permission

POLL_S = 0.005  # while another process holds it
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What `flock` answers where there are none; see flock(2)."""
NOT_ALLOWED = (errno.EACCES, errno.EPERM)


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
    require_permission()
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


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of a file. One that is not there is free; one that cannot be looked at may be held."""
    try:
        file = open_to_read(path)
    except OSError as error:
        # no descriptor is left, or it is another user's: nothing is known
        return error.errno in (errno.EMFILE, errno.ENFILE, *NOT_ALLOWED)
    try:
        return not _can_share(file, path)
    finally:
        os.close(file)


if sys.platform == "win32":

    def _can_share(_file: int, path: Path) -> bool:
        """Whether nobody holds the lock at this moment."""
        try:
            FileLock(path, preserve_lock_file=True).acquire(timeout=0).lock.release()
        except Timeout:
            return False
        return True
else:
    import fcntl

    def _can_share(file: int, _path: Path) -> bool:
        """Whether nobody holds the lock for himself alone: those who only look share it and never take each other for its holder."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in NO_LOCKS:  # without locks no trainer is ever started here
                raise
        return True
