"""`metrics.columns` beside `metrics.jsonl` and so on: the columns of a log, so that a long one need not be parsed again.

Written by readers (the app, the command line), never by the trainer. It is derived: it may be deleted at any time, and where it cannot
be written nothing is missing but speed. It holds the rows of the log's first bytes; what was appended later is parsed.

It is a header of whole pages of 4,096 bytes, then the numbers as they are in memory: float64,
little-endian, one column after the other. Nothing in it is packed, so that it cannot grow when it is
read, whoever wrote it: it has exactly the header and 8 bytes for every number, and no more rows than
its part of the log has room for. A file that does not fit is no cache, and the log is parsed.

The header is one line: a JSON object, filled up with spaces. It carries

| key | meaning |
|---|---|
| `version` | 2; another one is not used |
| `columns` | their names, in order: those of the core fields of its rows, then the others |
| `rows` | of every column |
| `inode` | of the log that it was made from |
| `bytes` | how much of the log it covers |
| `bad_lines` | lines among them that could not be read |
| `left_out` | values among them whose names are beyond the limits |
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

from ..errors import FormatError
from .columns import Floats
from .fields import from_fields
from .limits import MAX_CACHED_ROWS, MAX_HEADER_BYTES
from .opening import names_in, open_to_read, remove_file, replacing, stamp
from .permission import whoever_looks
from .rows import MAX_COLUMNS, is_name

VERSION = 2
SUFFIX = ".columns"
PAGE_BYTES = 4096
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
    left_out: int
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

    def place(self, column: int) -> int:
        """Where the numbers of a column begin, counted from the end of the header."""
        return column * self.column_bytes


def cache_path(log: Path) -> Path:
    """Where the cache of a log is."""
    return log.with_suffix(SUFFIX)


def part_of(log: Path, size: int, bad_lines: int, left_out: int = 0) -> CachedPart:
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
    return CachedPart(found.st_ino, size, bad_lines, left_out, hashlib.sha256(first + last).hexdigest(), modified_ns)


def read_part(log: Path, core: Sequence[str]) -> tuple[CachedPart, int, list[str]] | None:
    """What the cache of a log holds.

    Args:
        log: the log.
        core: the names of the columns that come first.

    Returns:
        Which part of the log, how many rows, and the names of its columns; None if there is no cache
        of this very log.
    """
    with contextlib.suppress(*NO_CACHE):
        with _opened(log, core) as (_, part, layout, _):
            pass
        now = part_of(log, part.bytes, part.bad_lines, part.left_out)
        if now.modified_ns in (0, part.modified_ns) and replace(now, modified_ns=part.modified_ns) == part:
            return part, layout.rows, layout.columns
    return None


def read_column(log: Path, core: Sequence[str], name: str, part: CachedPart, rows: int) -> Floats | None:
    """A column (rows,) of the part that has so many rows; None if the cache does not hold it any more.

    Another reader may have made the cache anew meanwhile: of a log that only grows, a longer part begins with the same rows.
    """
    with contextlib.suppress(*NO_CACHE), _opened(log, core) as (file, held, layout, start):
        if held.inode == part.inode and held.bytes >= part.bytes and layout.rows >= rows:
            os.lseek(file, start + layout.place(layout.columns.index(name)), os.SEEK_SET)
            return _fill(file, np.empty(rows, NUMBER)).astype(np.float64, copy=False)
    return None


def write_cache(log: Path, columns: Mapping[str, Floats], part: CachedPart) -> bool:
    """Replace the cache; returns whether it could be written."""
    path, layout = cache_path(log), _Layout(list(columns), len(next(iter(columns.values()))))
    header = json.dumps(asdict(layout) | asdict(part), ensure_ascii=False).encode()
    header = header.ljust(-(-(len(header) + 1) // PAGE_BYTES) * PAGE_BYTES - 1) + b"\n"
    if layout.rows > MAX_CACHED_ROWS or len(header) > MAX_HEADER_BYTES:
        return False
    try:
        with whoever_looks():
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
def _opened(log: Path, core: Sequence[str]) -> Iterator[tuple[int, CachedPart, _Layout, int]]:
    """The cache of a log: its descriptor, what its header says, checked, and where its numbers begin.

    Raises one of `NO_CACHE` if there is none that begins with these columns.
    """
    file = open_to_read(cache_path(log))
    try:
        content = _read_header(file)
        header = json.loads(content)
        if not isinstance(header, dict):
            raise FormatError("the header must be an object")
        part, layout = from_fields(CachedPart, header), from_fields(_Layout, header)
        named = layout.columns[: len(core)] == list(core) and len(layout.columns) <= len(core) + MAX_COLUMNS
        if layout.version != VERSION or not named or not _are_names(layout.columns):
            raise FormatError("it is of another version or of other columns")
        most = min(part.bytes // SHORTEST_ROW_BYTES, MAX_CACHED_ROWS)
        size = len(content) + layout.place(len(layout.columns))
        counts = min(layout.rows, part.bad_lines, part.left_out)
        if counts < 0 or layout.rows > most or os.fstat(file).st_size != size:
            raise FormatError("it must have as many rows as it says, and no more than the log")
        yield file, part, layout, len(content)
    finally:
        os.close(file)


def _read_header(file: int) -> bytes:
    """The pages of a header, the last of which ends with its line."""
    header = os.read(file, PAGE_BYTES)
    while len(header) % PAGE_BYTES == 0 and header[-1:] != b"\n" and len(header) < MAX_HEADER_BYTES:
        page = os.read(file, PAGE_BYTES)
        header += page
        if not page:
            break
    return header


def _are_names(columns: Sequence[str]) -> bool:
    return len(set(columns)) == len(columns) and all(map(is_name, columns))


def _fill(file: int, values: Floats) -> Floats:
    """Values, filled with the next bytes of a file; NumPy's own memory comes in larger pages than that of `os.read`.

    Raises:
        OSError: there are fewer, or they hold numbers that no log has.
    """
    with io.FileIO(file, closefd=False) as stream:
        if stream.readinto(values.data) != values.nbytes or np.isinf(values).any():
            raise OSError(errno.ENODATA, "it is cut off or not ours")
    return values
