"""Which process it is: a pid alone names a stranger as soon as the number is given out again, and a start time moves with the clock.

Where the system tells it (Linux), a process is named by its pid, the boot it lives in and its start in ticks since that boot: none of
them changes when the clock is set. Elsewhere by pid and start time.
"""

import contextlib
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SAME_START_S = 1.0  # between two readings of one start time, where there are no ticks
BOOT_SLACK_S = 60.0  # a clock is corrected by seconds soon after the machine has started


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """Names one process of one machine, for ever.

    Attributes:
        pid: its number.
        started_at: seconds since the epoch, by the clock as it was then.
        host: the machine.
        boot_id: of the boot it lives in; empty where the system does not tell.
        start_ticks: its start since that boot; None where the system does not tell.
    """

    pid: int
    started_at: float
    host: str
    boot_id: str = ""
    start_ticks: int | None = None

    @classmethod
    def of(cls, process: psutil.Process) -> "ProcessIdentity":
        """The identity of a living process.

        Raises:
            psutil.Error: it has ended.
        """
        return cls(process.pid, process.create_time(), platform.node(), boot_id(), _start_ticks(process.pid))

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """The identity of this process."""
        return cls.of(psutil.Process())

    def find(self) -> psutil.Process | None:
        """The process itself, or None if it has ended; a zombie has."""
        with contextlib.suppress(psutil.Error, ValueError, OverflowError):  # ValueError: a pid that no process can have
            process = psutil.Process(self.pid)
            if self._is(process) and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def _is(self, process: psutil.Process) -> bool:
        if self.boot_id and self.start_ticks is not None and boot_id():
            return (self.boot_id, self.start_ticks) == (boot_id(), _start_ticks(process.pid))
        return abs(process.create_time() - self.started_at) < SAME_START_S

    def is_of_an_earlier_boot(self) -> bool:
        """Whether this machine has been restarted since the process began; False for another machine's."""
        if self.host != platform.node():
            return False
        if self.boot_id and boot_id():
            return self.boot_id != boot_id()
        return self.started_at < psutil.boot_time() - BOOT_SLACK_S


@cache
def boot_id() -> str:
    """Names the time since this machine was started; empty where the system does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_ticks(pid: int) -> int | None:
    """Field 22 of `/proc/PID/stat` (proc_pid_stat(5)); the second field may hold spaces and brackets."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
