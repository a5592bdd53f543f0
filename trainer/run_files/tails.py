"""The end of a file that another process appends to: its last lines, its last row, its newest rows read so far."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

from ..errors import FormatError, reason
from .fields import from_fields
from .jsonl import JsonlReader
from .limits import LOG_TAIL_BYTES
from .opening import read_bytes

Row = TypeVar("Row")


def log_tail(path: Path, lines: int = 40) -> str:
    """The last lines of a log of text; empty if there is none, or one sentence about why it cannot be read."""
    try:
        content = read_bytes(path, LOG_TAIL_BYTES, offset=-LOG_TAIL_BYTES)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path.name} cannot be read ({reason(error)})."
    return "\n".join(content.decode("utf-8", "replace").splitlines()[-lines:])


def last_row(path: Path, end: int | None = None) -> dict[str, Any] | None:
    """The last whole row of a log; None if there is none that can be read.

    Args:
        path: the log.
        end: only the first so many bytes of it count; None: all of it.
    """
    size = LOG_TAIL_BYTES if end is None else min(end, LOG_TAIL_BYTES)
    try:
        tail = read_bytes(path, size, offset=-size if end is None else end - size)[:size]
        row = orjson.loads(tail.rpartition(b"\n")[0].rpartition(b"\n")[2])
    except (OSError, orjson.JSONDecodeError):
        return None
    return row if isinstance(row, dict) else None


class NewestRows(Generic[Row]):
    """The newest rows of a log, as far as it was read; only what is new is read.

    Args:
        path: the log.
        row_type: the dataclass of its rows.
        most: rows that are kept.
        tail_bytes: the first read begins so many bytes before the end; None: at the start.
        rolling: the log is begun anew whenever it is long, and the rows before stay; else another file has other rows.
        is_sound: whether a row of the right types makes sense.

    Attributes:
        rows: oldest first; a list of its own after each refresh.
    """

    def __init__(
        self,
        path: Path,
        row_type: type[Row],
        most: int,
        *,
        tail_bytes: int | None = None,
        rolling: bool = False,
        is_sound: Callable[[Row], bool] = lambda _: True,
    ) -> None:
        self._reader = JsonlReader(path, tail_bytes)
        self._row_type, self._most = row_type, most
        self._rolling, self._is_sound = rolling, is_sound
        self._generation = 0
        self.rows: list[Row] = []

    @property
    def problem(self) -> str | None:
        """One sentence about why a part of the log is not read, or None."""
        return self._reader.problem

    @property
    def bad_lines(self) -> int:
        """Lines that could not be read, among those that were looked at."""
        return self._reader.bad_lines

    def refresh(self) -> list[Row]:
        """Read what is new; returns the newest rows, oldest first."""
        found = self._reader.read_new()[-self._most :]
        if self._reader.generation != self._generation:
            self._generation = self._reader.generation
            self.rows = self.rows if self._rolling else []
        new = [row for values in found if (row := self._row(values)) is not None]
        self.rows = (self.rows + new)[-self._most :]
        return self.rows

    def _row(self, values: dict[str, Any]) -> Row | None:
        try:
            row = from_fields(self._row_type, values)
        except FormatError:
            row = None
        if row is None or not self._is_sound(row):
            self._reader.bad_lines += 1
            return None
        return row
