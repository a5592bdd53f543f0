"""`metrics.columns` beside `metrics.jsonl` and so on: the columns of a log, so that a long one need not be parsed again.

Written by readers (the app, the command line), never by the trainer. It is derived: it may be deleted at any time, and where it cannot
be written nothing is missing but speed. It holds the rows of the log's first bytes; what was appended later is parsed.

It is a header of 4,096 bytes, then the numbers as they are in memory: float64, little-endian, one column after the other. Nothing in
it is packed, so that it cannot grow when it is read, whoever wrote it: it has exactly the header and 8 bytes for every number, and
no more rows than its part of the log has room for. A file that does not fit is no cache, and the log is parsed.

The header is a JSON object, filled up with spaces, and carries

| key | meaning |
|---|---|
| `version` | 1; another one is not used |
| `columns` | their names, in order |
| `rows` | of every column |
| `inode` | of the log that it was made from |
| `bytes` | how much of the log it covers |
| `bad_lines` | lines among them that could not be read |
| `digest` | of the first and the last 4 kB of those bytes: a log that was changed there does not match |
| `modified_ns` | when the log was changed last if that is all of it, else 0: a log that has not grown must still be of that time |
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .fields import from_fields
from .limits import MAX_CACHED_ROWS
from .opening import names_in, open_to_read, remove_file, replacing, stamp

VERSION = 1
HEADER_BYTES = 4096
DIGESTED_BYTES = 4096
NUMBER = np.dtype("<f8")
SHORTEST_ROW_BYTES = len(b"{}\n")
LEFT_AFTER_S = 3_600.0  # no reader writes for so long
NO_CACHE = (OSError, ValueError, RecursionError, FormatError)
"""What reading anything else than a cache of ours raises."""


@dataclass(frozen=True, slots=True)
class CachedPart:
    """Which part of a log a cache holds."""

    inode: int
    bytes: int
    bad_lines: int
    digest: str
    modified_ns: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the numbers of a cache lie."""

    columns: list[str]
    rows: int
    version: int = VERSION

    @property
    def column_bytes(self) -> int:
        return self.rows * NUMBER.itemsize

    @property
    def file_bytes(self) -> int:
        return HEADER_BYTES + len(self.columns) * self.column_bytes


def cache_path(log: Path) -> Path:
    """Where the cache of a log is."""
    return log.with_suffix(".columns")


def part_of(log: Path, size: int, bad_lines: int) -> CachedPart:
    """The first bytes of a log as they are now.

    Raises:
        OSError: the log cannot be read or is shorter.
    """
    file = open_to_read(log)
    try:
        found = os.fstat(file)
        if found.st_size < size:
            raise OSError(errno.ENODATA, f"it is shorter than {size:,} bytes", log.name)
        first = os.read(file, min(size, DIGESTED_BYTES))
        os.lseek(file, max(0, size - DIGESTED_BYTES), os.SEEK_SET)
        last = os.read(file, min(size, DIGESTED_BYTES))
    finally:
        os.close(file)
    modified_ns = found.st_mtime_ns if found.st_size == size else 0
    return CachedPart(found.st_ino, size, bad_lines, hashlib.sha256(first + last).hexdigest(), modified_ns)


def read_part(log: Path, names: Sequence[str]) -> tuple[CachedPart, int] | None:
    """Which part of the log the cache holds, and its rows; None if there is no cache of these columns of this very log."""
    with contextlib.suppress(*NO_CACHE):
        with _opened(log, names) as (_, part, layout):
            pass
        now = part_of(log, part.bytes, part.bad_lines)
        if now.modified_ns in (0, part.modified_ns) and replace(now, modified_ns=part.modified_ns) == part:
            return part, layout.rows
    return None


def read_column(log: Path, names: Sequence[str], name: str, part: CachedPart, rows: int) -> NDArray[np.float64] | None:
    """A column (rows,) of the part that has so many rows; None if the cache does not hold it any more.

    Another reader may have made the cache anew meanwhile: of a log that only grows, a longer part begins with the same rows.
    """
    with contextlib.suppress(*NO_CACHE), _opened(log, names) as (file, held, layout):
        if held.inode == part.inode and held.bytes >= part.bytes and layout.rows >= rows:
            os.lseek(file, HEADER_BYTES + names.index(name) * layout.column_bytes, os.SEEK_SET)
            return _fill(file, np.empty(rows, NUMBER)).astype(np.float64, copy=False)
    return None


def write_cache(log: Path, columns: Mapping[str, NDArray[np.float64]], part: CachedPart) -> bool:
    """Replace the cache; returns whether it could be written."""
    path, layout = cache_path(log), _Layout(list(columns), len(next(iter(columns.values()))))
    header = json.dumps(asdict(layout) | asdict(part)).encode().ljust(HEADER_BYTES)
    if layout.rows > MAX_CACHED_ROWS or len(header) > HEADER_BYTES:
        return False
    try:
        _clear_away(path)
        with replacing(path) as file:
            file.write(header)
            for values in columns.values():
                file.write(np.ascontiguousarray(values, NUMBER).data)
    except OSError:
        return False
    return True


def _clear_away(path: Path) -> None:
    """What readers that were killed have left half written."""
    for name in names_in(path.parent):
        if name.startswith(f".{path.name}.") and name.endswith(".tmp"):
            found = stamp(path.parent / name)
            if found is not None and time.time_ns() - found[0] > LEFT_AFTER_S * 1e9:
                remove_file(path.parent / name)


@contextlib.contextmanager
def _opened(log: Path, names: Sequence[str]) -> Iterator[tuple[int, CachedPart, _Layout]]:
    """The cache of a log: its descriptor and what its header says, checked; raises one of `NO_CACHE` if there is none of these columns."""
    file = open_to_read(cache_path(log))
    try:
        header = json.loads(os.read(file, HEADER_BYTES))
        if not isinstance(header, dict):
            raise FormatError("the header must be an object")
        part, layout = from_fields(CachedPart, header), from_fields(_Layout, header)
        if layout.version != VERSION or layout.columns != list(names):
            raise FormatError("it is of another version or of other columns")
        most = min(part.bytes // SHORTEST_ROW_BYTES, MAX_CACHED_ROWS)
        if not 0 <= layout.rows <= most or os.fstat(file).st_size != layout.file_bytes:
            raise FormatError("it must have as many rows as it says, and no more than the log")
        yield file, part, layout
    finally:
        os.close(file)


def _fill(file: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values, filled with the next bytes of a file; NumPy's own memory comes in larger pages than that of `os.read`.

    Raises:
        OSError: there are fewer, or they hold numbers that no log has.
    """
    with io.FileIO(file, closefd=False) as stream:
        if stream.readinto(values.data) != values.nbytes or np.isinf(values).any():
            raise OSError(errno.ENODATA, "it is cut off or not ours")
    return values
