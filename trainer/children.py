"""The processes that this one has started: start one, keep it, collect it, tell how it has ended.

A child outlives this process. While both live, a thread of this one looks every second whether the
child does: so none stays behind as a zombie, and the log tells which signal has killed one although
nobody asks (`endings` has the words). A process that copies itself has no such threads, and asks by itself.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, Protocol

from .endings import Ending, record_ending, why_ended
from .errors import TrainerStartError, reason
from .forking import fork
from .processes import kill_child, trainer_command, trainer_environment
from .program import home
from .resources import oom_kills
from .run_files.opening import open_to_append
from .run_files.permission import require_permission

EXIT_PATIENCE_S = 1.0  # from a death, which frees the locks, until the threads have ended, too
LOOK_INTERVAL_S = 1.0  # between two looks whether a child lives, if nobody else looks
COUNT_INTERVAL_S = 2.0  # a killed process is dead sooner: the last count but one was before its kill
ON_WINDOWS = {"creationflags": 0x08000200}  # CREATE_NO_WINDOW, CREATE_NEW_PROCESS_GROUP
DETACHED: dict[str, Any] = ON_WINDOWS if os.name == "nt" else {"start_new_session": True}


class _Process(Protocol):
    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int: ...


class Child:
    """A process that this one has started.

    Args:
        process: it, just started.
        log: where its output goes.
        watched: whether a thread looks whether it lives; without one somebody asks for its `ending` now and then.
    """

    def __init__(self, process: _Process, log: Path, *, watched: bool = True) -> None:
        self._process, self._log = process, log
        self._ending: Ending | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()  # one thread tells the end
        self._kills_before = self._kills = oom_kills()
        self._counted_at = time.monotonic()
        if not watched:
            return
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


def start_child(arguments: Sequence[str], log: Path, *, about: Hashable = None, watched: bool = True) -> Child:
    """Start a command of ours so that it outlives this process.

    Args:
        arguments: the command and what it is about.
        log: what it writes is appended to it.
        about: what `child_about` finds it by; None: nobody will look for it.
        watched: see `Child`.

    Raises:
        TrainerStartError: the process could not be started.
    """
    require_permission()
    try:
        with os.fdopen(open_to_append(log), "ab") as output:
            process = subprocess.Popen(
                trainer_command(arguments), cwd=home(), env=trainer_environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, close_fds=True, **DETACHED,
            )  # fmt: skip
    except OSError as error:
        raise TrainerStartError(f"The trainer could not be started ({reason(error)}); see {log}.") from None
    return _keep(Child(process, log, watched=watched), about)


def fork_child(work: Callable[[], int], log: Path, *, about: Hashable = None) -> Child:
    """Start a copy of this process, which outlives it; see `forking` for when that may be done.

    Args:
        work: what it does; returns its exit code.
        log: what it writes is appended to it.
        about: see `start_child`.

    Raises:
        TrainerStartError: the process could not be started.
    """

    def work_alone() -> int:
        _children.clear()  # they are the parent's
        return work()

    try:
        with os.fdopen(open_to_append(log), "ab") as output:
            copy = fork(work_alone, output.fileno(), home().resolve())
    except OSError as error:
        raise TrainerStartError(f"The trainer could not be started ({reason(error)}); see {log}.") from None
    return _keep(Child(copy, log, watched=False), about)


def _keep(child: Child, about: Hashable) -> Child:
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
