"""`status.json`: what the trainer is doing and which command it has applied. Written by the trainer alone.

Replaced on every change and at least once a second, paused or not. `state` is one of `starting`, `running`, `paused`,
`stopping`, `finished`, `stopped`, `failed`; what a dead process cannot say (`crashed`, `orphaned`, `stalled`) is worked out by
`trainer.launcher.probe`. A command is pending until `applied_seq` reaches its `seq`.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from trainer.errors import FormatError
from trainer.run_files.fields import from_fields
from trainer.run_files.files import read_document, replace_document, require_time
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory

State = Literal["starting", "running", "paused", "stopping", "finished", "stopped", "failed"]
FINAL_STATES: frozenset[str] = frozenset({"finished", "stopped", "failed"})
HEARTBEAT_S = 1.0


@dataclass(frozen=True, slots=True)
class Best:
    """The best value so far and the metric it is of."""

    metric: str
    value: float
    step: int


@dataclass(frozen=True, slots=True)
class Status:
    """The content of `status.json`. Steps are environment steps over all games."""

    state: State
    pid: int
    process_started_at: float
    """Seconds since the epoch, by the clock as it was then: with the pid it names one process where there are no ticks."""
    host: str
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
    """Wall time without pauses and without the sleeps of a lowered speed."""
    best: Best | None = None
    visual: bool = False
    speed: float = 1.0
    board_every: int = 25
    seconds_since_step: float = 0.0
    """Since the last environment step, by the trainer's own steady clock."""
    degraded: str | None = None
    error: str | None = None
    heartbeat_at: str = ""
    heartbeat_monotonic_s: float | None = None
    """The same moment by the machine's steady clock, which all its processes share and nobody sets."""
    boot_id: str = ""
    """Of the boot the trainer lives in; empty where the system does not tell."""
    process_start_ticks: int | None = None
    """The process's start since that boot: with pid and boot it names one process, whatever happens to the clock."""

    @property
    def process(self) -> ProcessIdentity:
        """Which process wrote it."""
        return ProcessIdentity(self.pid, self.process_started_at, self.host, self.boot_id, self.process_start_ticks)


def written_by(process: ProcessIdentity) -> dict[str, Any]:
    """The fields of a status that say which process writes it."""
    return {
        "pid": process.pid,
        "process_started_at": process.started_at,
        "host": process.host,
        "boot_id": process.boot_id,
        "process_start_ticks": process.start_ticks,
    }


def write_status(run: RunDirectory, status: Status) -> None:
    """Replace `status.json`.

    Raises:
        OSError: the disk is full or the run directory is gone; the old status stays.
    """
    replace_document(run.status, asdict(status))


def read_status(run: RunDirectory) -> Status | None:
    """The last status, or None if there is none yet.

    Raises:
        FormatError: the file is damaged or of an unknown version.
    """
    try:
        document: dict[str, Any] = read_document(run.status)
    except OSError:
        return None
    try:
        status = from_fields(Status, document)
        if status.heartbeat_at:
            require_time("heartbeat_at", status.heartbeat_at)
    except FormatError as error:
        raise FormatError(f"status.json is damaged: {error}.") from None
    return status
