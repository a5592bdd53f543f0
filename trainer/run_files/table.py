"""The numeric columns of a log: parsed once, read when they are asked for, growing with the file."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .columns import Floats, Schema
from .jsonl import JsonlReader
from .rows import MAX_COLUMNS, MAX_NAME_CHARACTERS
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

    Old rows are in the cache beside the log (see `trainer.run_files.table_cache`), new ones in
    memory. A column of old rows is read when it is asked for, and let go when nobody asks for it any
    more. Without a cache all rows are in memory.

    Args:
        path: the log.
        core: the dataclass of the fields that every row has.
        whole: whether all fields of the rows have columns, and the log a cache; else only the core.

    Attributes:
        generation: grows by one whenever the file was replaced or shortened and reading starts over.
    """

    def __init__(self, path: Path, core: type, *, whole: bool = True) -> None:
        self._lock = threading.RLock()
        self._path, self._core, self._cached = path, core, whole
        self._reader = JsonlReader(path)
        self._opened = False
        self.generation = 0
        self._clear()

    @property
    def problem(self) -> str | None:
        """One sentence about why a part of the log is not read, or None."""
        return self._reader.problem or self._left_out()

    @property
    def bad_lines(self) -> int:
        """Lines that could not be read."""
        return self._reader.bad_lines

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns: first those of the core, then in the order in which they occurred."""
        return tuple(self._schema.names)

    def __len__(self) -> int:
        return self._old_rows + self._new_rows

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
        """A column as an array (rows,), NaN where it did not exist yet; it must not be written to."""
        with self._lock:
            new = self._new.get(name) or _Column(np.full(self._new_rows, np.nan), self._new_rows)
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
        self._schema = Schema(self._core, whole=self._cached)
        self._tried_at = 0  # bytes of the log when its cache was read, written or could not be written
        self._part: CachedPart | None = None
        self._hold(0, ())

    def _hold(self, old_rows: int, old_names: Sequence[str]) -> None:
        """From now on so many rows with these columns are in the cache, and none in memory."""
        self._old_rows, self._old_names = old_rows, frozenset(old_names)
        self._new_rows, self._new = 0, dict[str, _Column]()
        self._whole: dict[str, _Column] = {}

    def _read_lines(self) -> None:
        while not self._schema.full:
            lines = self._reader.read_lines()
            if self._reader.generation != self.generation:
                self.generation = self._reader.generation
                self._clear()
            if not lines:
                return
            for block in self._schema.blocks(lines, self._reader.rows_of, len(self)):
                self._append(block)

    def _append(self, block: Mapping[str, Floats]) -> None:
        for name, values in block.items():
            if name not in self._new:
                self._new[name] = _Column(np.full(self._new_rows, np.nan), self._new_rows)
            self._new[name].extend(values)
        self._new_rows += len(block[self._schema.names[0]])

    def _read_cache(self) -> None:
        found = read_part(self._path, self._schema.core_names)
        if found is not None:
            part, rows, names = found
            self._schema.grow(names)
            self._schema.left_out, self._schema.bytes = part.left_out, part.bytes
            self._take(part, rows, names)
            self._reader.go_on(part.inode, part.bytes, part.bad_lines)

    def _write_cache(self, share: int) -> None:
        """Make the cache anew if so much is new that it is worth it; afterwards it holds all rows."""
        new_bytes = self._reader.offset - self._tried_at
        if self._schema.full or new_bytes < max(CACHED_FROM_BYTES, self._tried_at // share):
            return
        self._tried_at = self._reader.offset  # where it cannot be written the next trial is far away
        try:
            part = part_of(self._path, self._reader.offset, self._reader.bad_lines, self._schema.left_out)
        except OSError:
            return
        columns = {name: self.column(name) for name in self.names}
        if part.inode == self._reader.inode and write_cache(self._path, columns, part):
            self._take(part, len(self), self.names)

    def _take(self, part: CachedPart, rows: int, names: Sequence[str]) -> None:
        self._part, self._tried_at = part, part.bytes
        self._hold(rows, names)

    def _old_column(self, name: str) -> _Column | None:
        """A column of the cached rows; None if they are not in the cache any more."""
        if name not in self._old_names or self._part is None:
            values: Floats | None = np.full(self._old_rows, np.nan)
        else:
            values = read_column(self._path, self._schema.core_names, name, self._part, self._old_rows)
        if values is None:
            return None
        self._whole[name] = column = _Column(values, len(values))
        return column

    def _parse_again(self) -> None:
        """The cache is gone: read the log from its start. It is the same log still, so that its generation stays."""
        self._clear()
        self._reader.go_on(None, 0, 0)
        self._read_lines()

    def _left_out(self) -> str | None:
        name = self._path.name
        if self._schema.full:
            return f"{name} is read in part: so many rows and columns do not fit into memory."
        if self._schema.left_out:
            return (
                f"{name} is read in part: {self._schema.left_out:,} of its values have a name beyond the first {MAX_COLUMNS},"
                f" of more than {MAX_NAME_CHARACTERS} characters or of none that can be seen."
            )
        return None

    def _let_go(self) -> None:
        long_ago = time.monotonic() - KEPT_UNASKED_S
        for name in [name for name, column in self._whole.items() if column.asked_at < long_ago]:
            del self._whole[name]


class Columns(Mapping[str, Floats]):
    """The columns of a log as they were at one moment: arrays of the same length, each read when it is asked for.

    A column that the log does not have is asked for like any other: it is NaN in every row.

    Attributes:
        version: tells rows apart: which file, and how many rows.
    """

    def __init__(self, table: Table, rows: int, generation: int) -> None:
        self._table, self._names = table, dict.fromkeys(table.names)
        self.rows = rows
        self.version = (generation, rows)

    def __getitem__(self, name: str) -> Floats:
        column = self._table.column(name)
        if self._table.generation != self.version[0] or len(column) < self.rows:  # replaced in this moment: the next look is right
            return np.full(self.rows, np.nan)
        return column[: self.rows]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
