"""How a process that this one has started came to its end, in words for a person.

Only the parent learns the exit code. As soon as a signal has killed its child it appends one line to the log of the process,
`Process 1234 was killed by SIGKILL, …`, from which everybody else can tell the same; a process that ended by itself has had its
chance to write there. A log may be anybody's: of its last line only a signal that exists and reasons that are ours are believed.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from .resources import memory_limit, oom_kills
from .run_files.opening import open_to_append

EXIT_PATIENCE_S = 1.0  # from a process's death, which frees its locks, until its threads have ended, too
LOOK_INTERVAL_S = 1.0  # between two looks whether a child lives, if nobody else looks
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
MEMORY_RAN_OUT = "most likely because the memory ran out"
MACHINE_RAN_OUT = "most likely because the memory of the machine ran out"
SPACE_RAN_OUT = "most likely because its address space is limited to {} (ulimit -v)"

SIZE = r"\d{1,6}\.\d GiB"
KNOWN_REASONS = re.compile(
    rf"(?:{'|'.join(map(re.escape, [*REASONS.values(), MEMORY_RAN_OUT, MACHINE_RAN_OUT]))})(?: \(limit {SIZE}\))?"
    rf"|{re.escape(SPACE_RAN_OUT).replace(re.escape('{}'), SIZE)}"
)
LAST_LINE = re.compile(r"Process (?P<pid>\d{1,10}) was killed by (?P<signal>SIG[A-Z0-9]+|signal \d{1,3})(?:, (?P<reason>.+))?\.")

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
    ended: threading.Event = field(default_factory=threading.Event)

    def count(self) -> None:
        if time.monotonic() - self.counted_at > COUNT_INTERVAL_S:
            self.earlier, self.latest, self.counted_at = self.latest, oom_kills(), time.monotonic()


_watched: WeakKeyDictionary[subprocess.Popen[bytes], _Watched] = WeakKeyDictionary()
_lock = threading.Lock()  # one thread tells the end of a child


def watch_child(child: subprocess.Popen[bytes], log: Path) -> None:
    """Remember what will tell later why a child has ended, and look now and then whether it has: maybe nobody else does.

    Args:
        child: a process that has just been started.
        log: where its output goes.
    """
    kills = oom_kills()
    watched = _watched[child] = _Watched(log, kills, kills, time.monotonic())

    def look() -> None:
        while ending_of(child) is None:
            watched.ended.wait(LOOK_INTERVAL_S)

    with contextlib.suppress(RuntimeError):  # no thread to be had: then it is told when somebody asks
        threading.Thread(target=look, name="ending", daemon=True).start()


def ending_of(child: subprocess.Popen[bytes]) -> Ending | None:
    """How a child has ended; None while it lives. The first call that finds it dead collects it."""
    with _lock:
        return _ending_of(child, _watched.get(child))


def _ending_of(child: subprocess.Popen[bytes], watched: _Watched | None) -> Ending | None:
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
            _append(watched.log, f"\nProcess {child.pid} was {watched.ending.words()}.\n")
        watched.ended.set()
    return watched.ending


def recorded_ending(line: str) -> tuple[int, Ending] | None:
    """Which process was killed, and how, as the last line of its log tells it; None if that says anything else."""
    found = LAST_LINE.fullmatch(line)
    if found is None:
        return None
    name, reason = found["signal"], found["reason"] or ""
    number = int(name.removeprefix("signal ")) if " " in name else signal.Signals.__members__.get(name, 0)
    ending = Ending(-number, reason)
    believed = ending.signal == name and (not reason or KNOWN_REASONS.fullmatch(reason) is not None)
    return (int(found["pid"]), ending) if believed else None


def ending_of_dying(child: subprocess.Popen[bytes]) -> Ending | None:
    """How a child has ended that is about to be gone: its parent learns it a moment after others."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(EXIT_PATIENCE_S)
    return ending_of(child)


def _reason(name: str, before: Kills) -> str:
    group, machine = oom_kills()
    limit = memory_limit()
    if name == "SIGKILL" and group > before[0]:
        return MEMORY_RAN_OUT + (f" (limit {limit / GIB:.1f} GiB)" if limit else "")
    if name == "SIGKILL" and machine > before[1]:
        return MACHINE_RAN_OUT
    reason = REASONS.get(name, "")
    if name == "SIGKILL" and limit:
        return f"{reason} (limit {limit / GIB:.1f} GiB)"
    if name in ("SIGABRT", "SIGSEGV", "SIGBUS") and (space := _address_space()):
        return SPACE_RAN_OUT.format(f"{space / GIB:.1f} GiB")
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
