"""The processes that this one has started: start one, keep it, collect it, tell how it has ended.

A child outlives this process. While both live, a thread of this one looks every second whether the
child does: so none stays behind as a zombie, and the log tells which signal has killed one although
nobody asks (`endings` has the words).
"""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from .endings import Ending, record_ending, why_ended
from .errors import TrainerStartError, reason
from .processes import kill_child, trainer_command, trainer_environment
from .program import home
from .resources import oom_kills
from .run_files.opening import open_to_append

EXIT_PATIENCE_S = 1.0  # from a death, which frees the locks, until the threads have ended, too
LOOK_INTERVAL_S = 1.0  # between two looks whether a child lives, if nobody else looks
COUNT_INTERVAL_S = 2.0  # a killed process is dead sooner: the last count but one was before its kill
ON_WINDOWS = {"creationflags": 0x08000200}  # CREATE_NO_WINDOW, CREATE_NEW_PROCESS_GROUP
DETACHED: dict[str, Any] = ON_WINDOWS if os.name == "nt" else {"start_new_session": True}


class Child:
    """A process that this one has started.

    Args:
        process: it, just started.
        log: where its output goes.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log
        self._ending: Ending | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()  # one thread tells the end
        self._kills_before = self._kills = oom_kills()
        self._counted_at = time.monotonic()
        with contextlib.suppress(RuntimeError):  # no thread to be had: then it is told when somebody asks
            threading.Thread(target=self._watch, name="child", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def ending(self, wait_s: float = 0.0) -> Ending | None:
        """How it has ended; None while it lives. The first call that finds it dead collects it.

        Args:
            wait_s: how long to wait for the end. A parent learns of it a moment after others.
        """
        if wait_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait_s)
        with self._lock:
            if self._ending is None:
                self._look()
            return self._ending

    def _watch(self) -> None:
        while self.ending() is None:
            self._ended.wait(LOOK_INTERVAL_S)

    def _look(self) -> None:
        exit_code = self._process.poll()
        if exit_code is not None:
            self._ending = why_ended(exit_code, self._kills_before)
            record_ending(self._log, self.pid, self._ending)
            self._ended.set()
        elif time.monotonic() - self._counted_at > COUNT_INTERVAL_S:
            self._kills_before, self._kills = self._kills, oom_kills()
            self._counted_at = time.monotonic()


_children: dict[Hashable, Child] = {}


def start_child(arguments: Sequence[str], log: Path, *, about: Hashable = None) -> Child:
    """Start a command of ours so that it outlives this process.

    Args:
        arguments: the command and what it is about.
        log: what it writes is appended to it.
        about: what `child_about` finds it by; None: nobody will look for it.

    Raises:
        TrainerStartError: the process could not be started.
    """
    try:
        with os.fdopen(open_to_append(log), "ab") as output:
            process = subprocess.Popen(
                trainer_command(arguments), cwd=home(), env=trainer_environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, close_fds=True, **DETACHED,
            )  # fmt: skip
    except OSError as error:
        raise TrainerStartError(f"The trainer could not be started ({reason(error)}); see {log}.") from None
    child = Child(process, log)
    if about is not None:
        _children[about] = child
    return child


def child_about(about: Hashable) -> Child | None:
    """The last child of this process about something, living or not; None if there is none."""
    return _children.get(about)


def forget_child(about: Hashable) -> None:
    """Keep the child about something no longer, if there is one."""
    _children.pop(about, None)


def end_process(process: subprocess.Popen[bytes], patience_s: float) -> None:
    """End a process that is no trainer, such as an encoder; one that has ended stays so.

    Args:
        process: started by the caller.
        patience_s: how long to wait until it is gone, in seconds.
    """
    kill_child(process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience_s)
