"""Append-only logs of JSON lines: the writer that never tears a row, and the reader that only reads what is new.

A row is one JSON object and a newline; a write holds whole rows. A row type is a frozen dataclass; its field names are the keys.
"""

import errno
import os
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

MAX_WAITING_ROWS = 100_000  # kept in memory while the disk is full; about 30 MB
WRITE_CHUNK_BYTES = 64 * 1024  # rows that wait are written together up to here
READ_CHUNK_BYTES = 32 * 1024 * 1024  # a first read of a large file goes in pieces, so memory stays flat


class JsonlWriter:
    """Appends rows to one file. On a full disk rows wait in memory and are written when there is room. Safe for several threads.

    A closed writer opens its file again, which may be a new one by then, with the next row.

    Args:
        path: the log.
        max_waiting: rows that may wait; when there are more, the oldest are lost. `MAX_WAITING_ROWS` if not given.

    Attributes:
        problem: why rows are waiting, or None while all is well.
    """

    def __init__(self, path: Path, max_waiting: int | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()  # training, the heartbeat and the watcher write events
        self._waiting: deque[bytes] = deque(maxlen=max_waiting or MAX_WAITING_ROWS)
        self._lost = 0
        self.problem: str | None = None
        self._file: int | None = self._open()

    def append(self, row: Any) -> None:
        """Write one row (a dataclass or a dict) as one line. Never raises for a disk fault: see `problem`."""
        self.append_all((row,))

    def append_all(self, rows: Iterable[Any]) -> None:
        """Write rows, a line each, with as few writes as may be: each lets go of Python's lock, which training waits for."""
        with self._lock:
            for row in rows:
                self._lost += len(self._waiting) == self._waiting.maxlen
                self._waiting.append(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
            self.flush()

    def flush(self) -> None:
        """Try again to write the rows that wait."""
        with self._lock:
            try:
                while self._waiting:
                    if self._file is None:
                        self._file = self._open()
                    self._write_chunk(self._file)
                self.problem = None
            except OSError as error:
                lost = f", {self._lost:,} older ones are lost" if self._lost else ""
                reason = os.strerror(error.errno or 0)
                self.problem = f"{self._path.name} cannot be written ({reason}); {len(self._waiting):,} rows wait{lost}"

    def sync(self) -> int:
        """Wait until every row is on disk; returns the bytes in the file.

        Raises:
            OSError: rows are waiting, or the disk does not take them.
        """
        with self._lock:
            self.flush()
            if self.problem is not None or self._file is None:
                raise OSError(errno.ENOSPC, self.problem or "the log is closed")
            os.fsync(self._file)
            return self.size()

    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._file).st_size if self._file is not None else 0

    def close(self) -> None:
        """Write what can be written and close the file."""
        with self._lock:
            self.flush()
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
        if os.fstat(file).st_size and os.lseek(file, -1, os.SEEK_END) >= 0 and os.read(file, 1) != b"\n":
            # A process killed in a write left half a row: a newline makes it one bad row, so that it does not spoil the next one.
            self._waiting.appendleft(b"\n")
        return file

    def _write_chunk(self, file: int) -> None:
        chunk, size = list[bytes](), 0
        for line in self._waiting:
            chunk.append(line)
            size += len(line)
            if size >= WRITE_CHUNK_BYTES:
                break
        written = os.write(file, b"".join(chunk))
        whole = 0
        for line in chunk:
            if whole + len(line) > written:
                break
            whole += len(line)
            self._waiting.popleft()
        if written != size:  # the disk filled up in the middle: take the piece of a row back, so that none is ever torn
            os.ftruncate(file, os.fstat(file).st_size - (written - whole))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def cut_log(path: Path, size: int) -> None:
    """Keep the first bytes of a log. The cut log is a new file, so that a reader in the middle of the old one starts over.

    Raises:
        OSError: the disk is full or the folder is gone; the log stays whole.
    """
    if not path.exists() or path.stat().st_size <= size:
        return
    aside = path.with_name(f".{path.name}.cut")
    try:
        with path.open("rb") as whole, aside.open("wb") as kept:
            while size > 0 and (piece := whole.read(min(size, READ_CHUNK_BYTES))):
                kept.write(piece)
                size -= len(piece)
            kept.flush()
            os.fsync(kept.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


class JsonlReader:
    """Reads the rows that were appended since the last read.

    Attributes:
        bad_lines: complete lines so far that were not a JSON object.
        generation: grows by one whenever the file was replaced or shortened and reading starts over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bad_lines = 0
        self.generation = 0
        self._inode: int | None = None
        self._offset = 0

    def read_new(self) -> list[dict[str, Any]]:
        """The new rows, oldest first. A file that is missing, unreadable or unchanged gives none."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if self._inode is not None and (status.st_ino != self._inode or status.st_size < self._offset):
                    self.start_over()
                self._inode = status.st_ino
                rows: list[dict[str, Any]] = []
                before = -1
                while not rows and before != self._offset < status.st_size:  # a piece of bad lines only is no end
                    before = file.seek(self._offset)
                    rows = self._rows(file.read(READ_CHUNK_BYTES))
                return rows
        except OSError:
            return []

    def start_over(self) -> None:
        """Forget the place; the next read begins at the start of the file."""
        self.generation += 1
        self.bad_lines = 0
        self._inode, self._offset = None, 0

    def _rows(self, content: bytes) -> list[dict[str, Any]]:
        end = content.rfind(b"\n") + 1
        if end == 0 and len(content) == READ_CHUNK_BYTES:  # one line larger than any row of ours: pass over it
            end = len(content)
        self._offset += end
        rows = []
        for line in content[:end].split(b"\n"):
            if not line:
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            else:
                self.bad_lines += 1
        return rows


@dataclass(slots=True)
class _Column:
    """A growing array of float64; missing and null values are NaN."""

    values: NDArray[np.float64]
    length: int = 0

    def extend(self, new: Sequence[float]) -> None:
        needed = self.length + len(new)
        if needed > len(self.values):
            self.values = np.concatenate([self.values, np.empty(max(needed, 1024), np.float64)])
        self.values[self.length : needed] = new
        self.length = needed


class Table:
    """The numeric columns of a log, as arrays that grow with the file.

    Args:
        path: the log.
        row_type: the dataclass of its rows; every field becomes a column (a pair becomes `<name>_low` and `<name>_high`, any
            other list is left out).
    """

    def __init__(self, path: Path, row_type: type) -> None:
        self._reader = JsonlReader(path)
        self._kinds = {field.name: field.type for field in fields(row_type)}
        self._generation = 0
        self._clear()

    @property
    def bad_lines(self) -> int:
        """Lines that could not be read."""
        return self._reader.bad_lines

    def __len__(self) -> int:
        return next(iter(self._columns.values())).length

    def refresh(self) -> int:
        """Read what is new; returns the number of new rows."""
        new = 0
        while True:
            rows = self._reader.read_new()
            if self._reader.generation != self._generation:
                self._generation = self._reader.generation
                self._clear()
                new = 0
            if not rows:
                return new
            for name, column in self._columns.items():
                column.extend([_number(row, name) for row in rows])
            new += len(rows)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column as an array (rows,); it must not be written to."""
        column = self._columns[name]
        return column.values[: column.length]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    def _clear(self) -> None:
        names: list[str] = []
        for name, kind in self._kinds.items():
            if kind is list or getattr(kind, "__origin__", None) is list:
                continue
            pair = getattr(kind, "__origin__", None) is tuple
            names += [f"{name}_low", f"{name}_high"] if pair else [name]
        self._columns = {name: _Column(np.empty(0, np.float64)) for name in names}


def _number(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    if value is None and name.endswith(("_low", "_high")):
        pair = row.get(name.rsplit("_", 1)[0])
        value = pair[name.endswith("_high")] if isinstance(pair, list) and len(pair) == 2 else None
    return float(value) if isinstance(value, int | float) else np.nan
