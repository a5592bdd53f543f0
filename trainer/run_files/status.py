"""`status.json`: what the trainer is doing and which command it has applied. Written by the trainer alone.

Replaced on every change and at least once a second, paused or not. `state` is one of `starting`, `running`, `paused`,
`stopping`, `finished`, `stopped`, `failed`; what a dead process cannot say (`crashed`, `orphaned`, `stalled`) is worked out by
`trainer.probing.probe`. `imported` is written by an import: no trainer was ever here; `following` by a process that keeps the
run up to date while another program still writes what it was imported from, and holds its `run.lock`. A command is pending until
`applied_seq` reaches its `seq`.

Replacing a file needs room for a second one, and a place to make it. On a full disk, in a folder that has become read-only and in
a process without a free file descriptor, the trainer writes over the file that is there instead, through a descriptor that it has kept
open: within the bytes that the file has got from the disk already, and in one write. So what is wrong can still be told, in
`degraded`. A reader may meet such a write half done; so it looks until two looks agree, and what it takes is never torn.
"""

import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from ..errors import FormatError, reason
from .fields import from_fields
from .files import document_bytes, parse_document
from .limits import MAX_DOCUMENT_BYTES
from .opening import read_bytes, replace_bytes, replacing
from .process_identity import ProcessIdentity
from .run_directory import RunDirectory

State = Literal["starting", "running", "paused", "stopping", "finished", "stopped", "failed", "imported", "following"]
FINAL_STATES: frozenset[str] = frozenset({"finished", "stopped", "failed", "imported"})
HEARTBEAT_S = 1.0
STALLED_AFTER_S = 30.0  # without an environment step while running, or without a heartbeat
LOOKS = 10  # a reader's, at most: a write takes microseconds, so that the second look nearly always agrees with the first


@dataclass(frozen=True, slots=True)
class Best:
    """The best value so far and the metric it is of."""

    metric: str
    value: float
    step: int


@dataclass(frozen=True, slots=True)
class Evaluating:
    """An evaluation that is under way: how many of its episodes have ended."""

    done: int
    episodes: int


@dataclass(frozen=True, slots=True)
class Status:
    """The content of `status.json`. Steps are environment steps over all parallel environments."""

    state: State
    process: ProcessIdentity
    """Which process wrote it."""
    total_timesteps: int
    applied_seq: int = 0
    applied_at_step: int = 0
    applied_latency_ms: float | None = None
    """From the write of `control.json` until the trainer had acted."""
    num_timesteps: int = 0
    episodes: int = 0
    steps_per_second: float | None = None
    wall_seconds: float = 0.0
    active_seconds: float = 0.0
    """Wall time without pauses and without the waits of a limited speed."""
    best: Best | None = None
    evaluating: Evaluating | None = None
    """As of the last heartbeat; None when nothing is evaluated."""
    visual: bool = False
    speed: float | None = None
    board_every: int = 25
    seconds_since_step: float = 0.0
    """Since the last environment step, or since it last waited for an evaluation, by the trainer's own monotonic clock."""
    degraded: str | None = None
    hangs: str | None = None
    """What the trainer has waited for without a step for longer than `STALLED_AFTER_S`, in one sentence."""
    not_exact: str = ""
    """What a run that is resumed does not learn as one that was never interrupted; empty: it is the same, bit by bit."""
    error: str | None = None
    heartbeat_at: str = ""
    heartbeat_monotonic_s: float | None = None
    """The same moment by the machine's monotonic clock, which all its processes share and nobody sets."""


def write_status(run: RunDirectory, status: Status) -> None:
    """Replace `status.json`.

    Raises:
        OSError: the disk is full or the run directory is gone; the old status stays.
    """
    replace_bytes(run.status, document_bytes(asdict(status)))


class StatusFile:
    """The trainer's `status.json`: replaced if possible, else written over. Never raises for a disk fault."""

    def __init__(self, run: RunDirectory) -> None:
        self._path = run.status
        self._file: int | None = None

    def write(self, status: Status) -> None:
        """Write a status; one that cannot be replaced says so in its `degraded`."""
        kept = None
        try:
            with replacing(self._path) as file:
                file.write(document_bytes(asdict(status)))
                file.flush()
                kept = _keep_open(file)  # before it has its name: by then the run directory can have been moved
        except OSError as error:
            if kept is not None:
                os.close(kept)
            problem = f"status.json cannot be replaced ({reason(error)})"
            self._write_over(document_bytes(asdict(replace(status, degraded=status.degraded or problem))))
        else:
            self.close()
            self._file = kept

    def close(self) -> None:
        """Close the descriptor that is kept for bad times."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    if sys.platform == "win32":

        def _write_over(self, content: bytes) -> None:
            """The last status stays."""
    else:

        def _write_over(self, content: bytes) -> None:
            if self._file is None:
                return
            there = os.fstat(self._file)
            if len(content) <= max(there.st_size, there.st_blocks * 512):  # more would need room; a part would be a torn status
                os.pwrite(self._file, content.ljust(there.st_size), 0)  # the rest of a longer status gives way to spaces


def _keep_open(file: BinaryIO) -> int | None:
    """A second descriptor of a file; None on Windows, which does not replace a file that is open."""
    return None if sys.platform == "win32" else os.dup(file.fileno())


def read_status(run: RunDirectory) -> Status | None:
    """The last status, or None if there is none yet.

    Raises:
        FormatError: the file is damaged, of an unknown version, or there and cannot be read.
    """
    try:
        content = _agreed_content(run.status)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FormatError(f"status.json cannot be read ({reason(error)}).") from None
    document: dict[str, Any] = parse_document(content, run.status.name)
    try:
        status = from_fields(Status, document)
    except FormatError as error:
        raise FormatError(f"status.json is damaged: {error}.") from None
    return status


def _agreed_content(path: Path) -> bytes:
    """What two looks at the file have in common; the last look if it changes all the time, which only whole files do."""
    content = before = None
    for _ in range(LOOKS):
        content = read_bytes(path, MAX_DOCUMENT_BYTES)
        if content == before:
            break
        before = content
    return content or b""
