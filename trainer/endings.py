"""How a process came to its end, in words for a person.

Only the parent learns the exit code (see `children`). As soon as a signal has killed its child it
appends one line to the log of the process, `Process 1234 was killed by SIGKILL, …`, from which everybody
else can tell the same; a process that ended by itself had its chance to write there. A log may be
anybody's: of its last line only a signal that exists and reasons that are ours are believed.
"""

import contextlib
import os
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from .resources import memory_limit, oom_kills
from .run_files.opening import open_to_append
from .run_files.permission import whoever_looks

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


def why_ended(exit_code: int, kills_before: Kills) -> Ending:
    """How a child of this process has ended.

    Args:
        exit_code: as `subprocess` tells it.
        kills_before: what was counted while it certainly lived.
    """
    return Ending(exit_code, _reason(Ending(exit_code).signal, kills_before))


def record_ending(log: Path, pid: int, ending: Ending) -> None:
    """Append to the log of a process which signal has killed it; one that ended by itself had its say.

    Where the log cannot be written nothing is recorded.
    """
    if ending.exit_code < 0:
        with contextlib.suppress(OSError), whoever_looks(), os.fdopen(open_to_append(log), "ab") as file:
            file.write(f"\nProcess {pid} was {ending.words()}.\n".encode())


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
