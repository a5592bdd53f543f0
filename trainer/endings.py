"""How a process that this one has started came to its end, in words for a person.

Only the parent learns the exit code. It appends what it knows of a signal to the log of the process,
where everybody finds it later; a process that ended by itself has had its chance to write there.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from trainer.resources import memory_limit, oom_kills
from trainer.run_files.opening import open_to_append

EXIT_PATIENCE_S = 1.0  # from a process's death, which frees its locks, until its threads have ended, too
COUNT_INTERVAL_S = 2.0  # a killed process is dead sooner: its kill was counted after the last count but one
GIB = 2**30
REASONS = {
    "SIGABRT": "a library gave up; the end of the log says why",
    "SIGBUS": "most likely because a file that it had mapped was cut short, or its disk is full",
    "SIGFPE": "an error in compiled code",
    "SIGILL": "compiled code for another kind of processor",
    "SIGKILL": "by another program, or by the system when memory ran out",
    "SIGSEGV": "an error in compiled code",
    "SIGTERM": "by another program, before it could save",
    "SIGXCPU": "because its limit on CPU time was reached",
}

Kills = tuple[int, int]
"""How many processes were ended to get memory back: in the own control group, on the machine."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended.

    Attributes:
        exit_code: its exit code; the number of the signal, negative, if one has killed it.
        reason: why, as far as it is known; empty if it is not.
    """

    exit_code: int
    reason: str = ""

    @property
    def signal(self) -> str:
        """The name of the signal that has killed it; empty if none has."""
        with contextlib.suppress(ValueError):
            return signal.Signals(-self.exit_code).name if self.exit_code < 0 else ""
        return f"signal {-self.exit_code}"

    def words(self, *, asked: bool = False) -> str:
        """What there is to say, to go after “The trainer died”: no whole sentence.

        Args:
            asked: whether it had been asked to end, so that a signal needs no reason.
        """
        if not self.signal:
            return f"exit code {self.exit_code}"
        why = "" if asked and self.reason.startswith("by another program") else self.reason
        return f"killed by {self.signal}" + (f", {why}" if why else "")


@dataclass(slots=True)
class _Watched:
    """What is known of a child while it lives."""

    log: Path
    earlier: Kills
    latest: Kills
    counted_at: float
    ending: Ending | None = None

    def count(self) -> None:
        if time.monotonic() - self.counted_at > COUNT_INTERVAL_S:
            self.earlier, self.latest, self.counted_at = self.latest, oom_kills(), time.monotonic()


_watched: WeakKeyDictionary[subprocess.Popen[bytes], _Watched] = WeakKeyDictionary()


def watch_child(child: subprocess.Popen[bytes], log: Path) -> None:
    """Remember what will tell later why a child has ended.

    Args:
        child: a process that has just been started.
        log: where its output goes.
    """
    kills = oom_kills()
    _watched[child] = _Watched(log, kills, kills, time.monotonic())


def ending_of(child: subprocess.Popen[bytes]) -> Ending | None:
    """How a child has ended; None while it lives. The first call that finds it dead collects it."""
    watched = _watched.get(child)
    exit_code = child.poll()
    if exit_code is None:
        if watched is not None:
            watched.count()
        return None
    if watched is None:
        return Ending(exit_code, REASONS.get(Ending(exit_code).signal, ""))
    if watched.ending is None:
        watched.ending = Ending(exit_code, _reason(Ending(exit_code).signal, watched.earlier))
        if exit_code < 0:
            _append(watched.log, f"\nThe process was {watched.ending.words()}.\n")
    return watched.ending


def ending_of_dying(child: subprocess.Popen[bytes]) -> Ending | None:
    """How a child has ended that is about to be gone: its parent learns it a moment after others."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(EXIT_PATIENCE_S)
    return ending_of(child)


def _reason(name: str, before: Kills) -> str:
    group, machine = oom_kills()
    limit = memory_limit()
    if name == "SIGKILL" and group > before[0]:
        return "most likely because the memory ran out" + (f" (limit {limit / GIB:.1f} GiB)" if limit else "")
    if name == "SIGKILL" and machine > before[1]:
        return "most likely because the memory of the machine ran out"
    reason = REASONS.get(name, "")
    if name == "SIGKILL" and limit:
        return f"{reason} (limit {limit / GIB:.1f} GiB)"
    if name in ("SIGABRT", "SIGSEGV", "SIGBUS") and (space := _address_space()):
        return f"most likely because its address space is limited to {space / GIB:.1f} GiB (ulimit -v)"
    return reason


def _address_space() -> int | None:
    """Bytes of address space that this process and its children may have; None if there is no limit."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - not on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _append(log: Path, text: str) -> None:
    with contextlib.suppress(OSError), os.fdopen(open_to_append(log), "ab") as file:
        file.write(text.encode())
