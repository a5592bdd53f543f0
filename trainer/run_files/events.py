"""`events.jsonl`: what happened and why, in sentences. Appended by the trainer alone."""

from dataclasses import asdict, dataclass
from typing import Literal

from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .tails import NewestRows

KEPT_EVENTS = 1_000  # by a reader, the newest: a run can have millions
TAIL_BYTES = 4 * 2**20  # of a long log, which hold them

EventKind = Literal["started", "command", "new_best", "evaluation", "checkpoint", "warning", "failure", "stopped", "finished"]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event."""

    at: str
    step: int
    kind: EventKind
    message: str
    seq: int | None = None
    """The `seq` of the command that was applied."""
    latency_ms: float | None = None
    """From the write of `control.json` until the trainer had acted."""
    traceback: str | None = None


class EventsWriter:
    """Appends events; fields without a value are left out."""

    def __init__(self, run: RunDirectory) -> None:
        self.log = JsonlWriter(run.events)

    def append(self, event: EventRow) -> None:
        """Write one event."""
        self.log.append({name: value for name, value in asdict(event).items() if value is not None})


def events_reader(run: RunDirectory) -> NewestRows[EventRow]:
    """The newest events; of a long log the first read begins near its end."""
    return NewestRows(run.events, EventRow, KEPT_EVENTS, tail_bytes=TAIL_BYTES)
