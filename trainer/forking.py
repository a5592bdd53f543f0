"""A copy of this process, made by `fork`, that leaves it for good: what has been imported here need not be imported there.

The copy has nothing of its parent but its memory: a session, standard streams, a folder and signals of its own, and none of the files
that are open here. So no lock of the parent is held by it, and no press of Ctrl-C meant for the parent ends it. Only a process with one
thread may be copied: what other threads hold would be held in the copy for ever.
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Final, NoReturn

import psutil

from .signals import END_SIGNALS

LOOK_INTERVAL_S = 0.01
LARGEST_DESCRIPTOR: Final = 2**20

if sys.platform == "linux":

    def may_fork() -> bool:
        """Whether a copy of this process would be whole: it has no other thread, of Python or of a library."""
        return psutil.Process().num_threads() == 1
else:

    def may_fork() -> bool:
        """Whether a copy of this process would be whole. Libraries of other systems start threads, and nobody tells."""
        return False


class Copy:
    """A copy of this process; to be asked as `subprocess.Popen` is.

    Args:
        pid: its number.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._exit_code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative if a signal has killed it; None while it lives."""
        if self._exit_code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has collected it
                pid, status = self.pid, 0
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def wait(self, timeout: float) -> int:
        """The same, once it has ended.

        Raises:
            TimeoutExpired: it has not within so many seconds.
        """
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise TimeoutExpired(str(self.pid), timeout)
            time.sleep(LOOK_INTERVAL_S)
        return code


def fork(work: Callable[[], int], output: int, folder: Path) -> Copy:
    """Do some work in a copy of this process.

    Args:
        work: returns the exit code of the copy.
        output: a descriptor of the log that takes its standard output and error.
        folder: what it works in.

    Raises:
        OSError: no process can be made.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(work, output, folder)
    return Copy(pid)


def _live(work: Callable[[], int], output: int, folder: Path) -> NoReturn:
    """The life of the copy. Nothing of what the parent was about to do is gone on with."""
    code = 1
    try:
        _leave_parent(output, folder)
        code = work()
        _finish()
    except BaseException:  # noqa: BLE001 - nobody above may catch it: that is the parent's code
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _leave_parent(output: int, folder: Path) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for number, own in enumerate((null, output, output)):
        os.dup2(own, number)
    os.closerange(3, LARGEST_DESCRIPTOR)
    for number in END_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.chdir(folder)


def _finish() -> None:
    """What Python does at the end of a process."""
    for thread in threading.enumerate():
        if not (thread.daemon or thread is threading.current_thread()):
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public name, and `os._exit` calls none of them
