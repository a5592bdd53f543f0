"""The numeric columns of a log: parsed once, read when they are asked for, growing with the file."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .columns import Floats, column_parser
from .jsonl import JsonlReader
from .table_cache import CachedPart, part_of, read_column, read_part, write_cache

CACHED_FROM_BYTES = 64 * 1024  # of new lines: fewer are parsed in no time
REWRITE_SHARE = 16  # at the first look a cache is made anew when more than this part of what it covers has come to it
KEPT_UNASKED_S = 10.0  # a column that can be read again is let go when nobody has asked for it for so long


@dataclass(slots=True)
class _Column:
    """A growing array of float64; what was handed out of it never changes."""

    values: Floats = field(default_factory=lambda: np.empty(0))
    length: int = 0
    asked_at: float = 0.0

    def extend(self, new: Floats) -> None:
        needed = self.length + len(new)
        if needed > len(self.values):
            self.values = np.concatenate([self.values[: self.length], np.empty(max(needed, 64))])
        self.values[self.length : needed] = new
        self.length = needed


class Table:
    """The numeric columns of a log (see `trainer.run_files.columns`). Safe for several threads.

    Old rows are in the cache beside the log (see `trainer.run_files.table_cache`), new ones in memory. A column of old rows is read
    when it is asked for, and let go when nobody asks for it any more. Without a cache all rows are in memory.

    Args:
        path: the log.
        row_type: the dataclass of its rows.
        cached: whether there is a cache beside the log: of all its columns, so that a table of some of them has none.

    Attributes:
        generation: grows by one whenever the file was replaced or shortened and reading starts over.
    """

    def __init__(self, path: Path, row_type: type, *, cached: bool = True) -> None:
        self._lock = threading.RLock()
        self._path, self._parser = path, column_parser(row_type)
        self._reader = JsonlReader(path)
        self._cached = cached
        self._opened = False
        self.generation = 0
        self._clear()

    @property
    def problem(self) -> str | None:
        """One sentence about why a part of the log is not read, or None."""
        return self._reader.problem

    @property
    def bad_lines(self) -> int:
        """Lines that could not be read."""
        return self._reader.bad_lines

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._parser.names

    def __len__(self) -> int:
        return self._old_rows + self._new[self.names[0]].length

    def refresh(self) -> int:
        """Read what is new; returns the number of new rows."""
        with self._lock:
            before, generation = len(self), self.generation
            if self._cached and not self._opened:
                self._read_cache()
            self._read_lines()
            if self._cached:
                self._write_cache(share=1 if self._opened else REWRITE_SHARE)
            self._opened = True
            self._let_go()
            return len(self) - (before if generation == self.generation else 0)

    def column(self, name: str) -> Floats:
        """A column as an array (rows,); it must not be written to."""
        with self._lock:
            new = self._new[name]
            if not self._old_rows:
                return new.values[: new.length]
            whole = self._whole.get(name) or self._old_column(name)
            if whole is None:
                self._parse_again()
                return self.column(name)
            whole.asked_at = time.monotonic()
            whole.extend(new.values[whole.length - self._old_rows : new.length])
            return whole.values[: whole.length]

    def columns(self) -> "Columns":
        """All columns as they are now."""
        with self._lock:
            return Columns(self, len(self), self.generation)

    def _clear(self) -> None:
        self._part: CachedPart | None = None
        self._old_rows = 0
        self._tried_at = 0  # bytes of the log when its cache was read, written or could not be written
        self._new = {name: _Column() for name in self.names}
        self._whole: dict[str, _Column] = {}

    def _read_lines(self) -> None:
        while True:
            lines = self._reader.read_lines()
            if self._reader.generation != self.generation:
                self.generation = self._reader.generation
                self._clear()
            if not lines:
                return
            for name, values in self._parser.of_lines(lines, self._reader.rows_of).items():
                self._new[name].extend(values)

    def _read_cache(self) -> None:
        found = read_part(self._path, self.names)
        if found is not None:
            self._take(*found)
            part = found[0]
            self._reader.go_on(part.inode, part.bytes, part.bad_lines)

    def _write_cache(self, share: int) -> None:
        """Make the cache anew if so much is new that it is worth it; afterwards it holds all rows."""
        if self._reader.offset - self._tried_at < max(CACHED_FROM_BYTES, self._tried_at // share):
            return
        self._tried_at = self._reader.offset  # where it cannot be written the next trial is far away
        try:
            part = part_of(self._path, self._reader.offset, self._reader.bad_lines)
        except OSError:
            return
        if part.inode == self._reader.inode and write_cache(self._path, {name: self.column(name) for name in self.names}, part):
            rows = len(self)
            self._clear()
            self._take(part, rows)

    def _take(self, part: CachedPart, rows: int) -> None:
        self._part, self._old_rows, self._tried_at = part, rows, part.bytes

    def _old_column(self, name: str) -> _Column | None:
        """A column of the cached rows; None if they are not in the cache any more."""
        values = read_column(self._path, self.names, name, self._part, self._old_rows) if self._part else None
        if values is None:
            return None
        self._whole[name] = column = _Column(values, len(values))
        return column

    def _parse_again(self) -> None:
        """The cache is gone: read the log from its start. It is the same log still, so that its generation stays."""
        self._clear()
        self._reader.go_on(None, 0, 0)
        self._read_lines()

    def _let_go(self) -> None:
        long_ago = time.monotonic() - KEPT_UNASKED_S
        for name in [name for name, column in self._whole.items() if column.asked_at < long_ago]:
            del self._whole[name]


class Columns(Mapping[str, Floats]):
    """The columns of a log as they were at one moment: arrays of the same length, each read when it is asked for.

    Attributes:
        version: tells rows apart: which file, and how many rows.
    """

    def __init__(self, table: Table, rows: int, generation: int) -> None:
        self._table = table
        self.rows = rows
        self.version = (generation, rows)

    def __getitem__(self, name: str) -> Floats:
        column = self._table.column(name)
        if self._table.generation != self.version[0] or len(column) < self.rows:  # replaced in this moment: the next look is right
            return np.full(self.rows, np.nan)
        return column[: self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.names)

    def __len__(self) -> int:
        return len(self._table.names)
