"""What the system grants this process: cores, memory, and whether it has ended processes to get memory back.

A machine's own numbers are not a process's: `taskset` and containers give it fewer cores, a control group (cgroup) limits its CPU
time and its memory. Linux tells both; see cgroups(7), "cpu.max" and "memory.events" in the kernel's cgroup-v2 document.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
VMSTAT = Path("/proc/vmstat")
UNLIMITED_BYTES = 2**60  # version 1 writes a number near 2⁶³ where there is no limit


def usable_cores() -> int:
    """How many cores this process may use: at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _cpu_quota())))


def memory_limit() -> int | None:
    """Bytes that the control group of this process may use; None if there is no limit, or none is told."""
    limits = [
        int(text)
        for folder in _groups("memory")
        for name in ("memory.max", "memory.limit_in_bytes")
        if (text := _read(folder / name)).isdigit() and int(text) < UNLIMITED_BYTES
    ]
    return min(limits, default=None)


def oom_kills() -> tuple[int, int]:
    """How many processes the system has ended to get memory back: in this process's control group, and on the whole machine."""
    groups = [_field(folder / name, "oom_kill") for folder in _groups("memory") for name in ("memory.events", "memory.oom_control")]
    return max(groups, default=0), _field(VMSTAT, "oom_kill")


def _cpu_quota() -> float:
    """Cores' worth of CPU time, of the narrowest group that this process is in; infinite if it is not limited."""
    quotas = [math.inf]
    for folder in _groups("cpu"):
        words = _read(folder / "cpu.max").split() or [_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")]
        if all(word.isdigit() for word in words) and len(words) == 2 and int(words[1]):  # "max" and -1: no limit
            quotas.append(int(words[0]) / int(words[1]))
    return min(quotas)


def _groups(controller: str) -> Iterator[Path]:
    """The folder of this process's control group, and those around it: a limit of any of them holds."""
    for line in _read(OWN_CGROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = CGROUPS if not controllers else CGROUPS / controller
        group = top / path.strip("/")
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(top))


def _field(path: Path, name: str) -> int:
    """A field of a file of lines `name number`; 0 if it has none."""
    for line in _read(path).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == name and words[1].isdigit():
            return int(words[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
