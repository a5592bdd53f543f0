"""`events.jsonl`: what happened and why, in sentences. Appended by the trainer alone."""

from dataclasses import asdict, dataclass
from typing import Literal

from ..errors import FormatError
from .fields import from_fields
from .jsonl import JsonlReader, JsonlWriter
from .run_directory import RunDirectory

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


class EventsReader:
    """The newest events read so far, oldest first; `KEPT_EVENTS` at most."""

    def __init__(self, run: RunDirectory) -> None:
        self._reader = JsonlReader(run.events, TAIL_BYTES)
        self._generation = 0
        self.rows: list[EventRow] = []

    @property
    def problem(self) -> str | None:
        """One sentence about why a part of the log is not read, or None."""
        return self._reader.problem

    @property
    def bad_lines(self) -> int:
        """Lines that could not be read; of a long log, in its last `TAIL_BYTES`."""
        return self._reader.bad_lines

    def refresh(self) -> int:
        """Read what is new; returns the number of new events."""
        new = self._reader.read_new()
        if self._reader.generation != self._generation:
            self._generation = self._reader.generation
            self.rows.clear()
        for row in new:
            try:
                self.rows.append(from_fields(EventRow, row))
            except FormatError:
                self._reader.bad_lines += 1
        del self.rows[:-KEPT_EVENTS]
        return len(new)
