"""`metrics.arrow` beside `metrics.jsonl` and so on: the columns of a log, so that a long one need not be parsed again.

Written by readers (the app, the command line), never by the trainer. It is derived: it may be deleted at any time, and where it cannot
be written nothing is missing but speed. It holds the rows of the log's first bytes; what was appended later is parsed.

It is an Arrow file of one record batch, every column float64, whose schema carries

| key | meaning |
|---|---|
| `version` | 1; another one is not used |
| `inode` | of the log that it was made from |
| `bytes` | how much of the log it covers |
| `bad_lines` | lines among them that could not be read |
| `digest` | of the first and the last 4 kB of those bytes: a log that was changed there does not match |
"""

import contextlib
import hashlib
import mmap
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.run_files.opening import exists, names_in, open_to_read, remove_file, replacing, stamp

VERSION = 1
DIGESTED_BYTES = 4096
LEFT_AFTER_S = 3_600.0  # no reader writes for so long


@dataclass(frozen=True, slots=True)
class CachedPart:
    """Which part of a log a cache holds."""

    inode: int
    bytes: int
    bad_lines: int
    digest: str
    version: int = VERSION


def cache_path(log: Path) -> Path:
    """Where the cache of a log is."""
    return log.with_suffix(".arrow")


def part_of(log: Path, size: int, bad_lines: int) -> CachedPart:
    """The first bytes of a log as they are now.

    Raises:
        OSError: the log cannot be read.
    """
    file = open_to_read(log)
    try:
        first = os.read(file, min(size, DIGESTED_BYTES))
        os.lseek(file, max(0, size - DIGESTED_BYTES), os.SEEK_SET)
        last = os.read(file, min(size, DIGESTED_BYTES))
        return CachedPart(os.fstat(file).st_ino, size, bad_lines, hashlib.sha256(first + last).hexdigest())
    finally:
        os.close(file)


def read_part(log: Path, names: Sequence[str]) -> tuple[CachedPart, int] | None:
    """Which part of the log the cache holds, and its rows; None if there is no cache of these columns of this very log."""
    found = _opened(log, names, None)
    if found is None:
        return None
    part, rows, _ = found
    with contextlib.suppress(OSError):
        if part_of(log, part.bytes, part.bad_lines) == part:
            return part, rows
    return None


def read_column(log: Path, names: Sequence[str], name: str, part: CachedPart, rows: int) -> NDArray[np.float64] | None:
    """A column (rows,) of the part that has so many rows; None if the cache does not hold it any more.

    Another reader may have made the cache anew meanwhile: of a log that only grows, a longer part begins with the same rows.
    """
    found = _opened(log, names, name)
    if found is None or found[0].inode != part.inode or found[0].bytes < part.bytes:
        return None
    return found[2][:rows]


def write_cache(log: Path, columns: Mapping[str, NDArray[np.float64]], part: CachedPart) -> bool:
    """Replace the cache; returns whether it could be written."""
    import pyarrow as pa  # noqa: PLC0415 - the trainer imports this module and must stay small
    import pyarrow.ipc  # noqa: PLC0415 - see above

    path = cache_path(log)
    batch = pa.record_batch([pa.array(values) for values in columns.values()], names=list(columns))
    batch = batch.replace_schema_metadata({name: str(value) for name, value in asdict(part).items()})
    try:
        _clear_away(path)
        with replacing(path) as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
    except (OSError, pa.ArrowException):
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
def _mapped(path: Path) -> Iterator[Any]:
    """A cache as Arrow reads it: only the pages that are asked for."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    file = open_to_read(path)
    try:
        mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(file)
    with pa.BufferReader(pa.py_buffer(mapped)) as reader:
        yield reader


def _opened(log: Path, names: Sequence[str], name: str | None) -> tuple[CachedPart, int, NDArray[np.float64]] | None:
    """The part, its rows and a copy of one column, or of none; nothing stays open."""
    path = cache_path(log)
    if not exists(path):
        return None
    import pyarrow as pa  # noqa: PLC0415 - see above
    import pyarrow.ipc  # noqa: PLC0415 - see above

    try:
        with _mapped(path) as file:
            content = pa.ipc.open_file(file)
            meta = {key.decode(): value.decode() for key, value in (content.schema.metadata or {}).items()}
            if content.schema.names != list(names) or meta["version"] != str(VERSION) or content.num_record_batches != 1:
                return None
            batch = content.get_batch(0)
            batch.validate()
            values = batch.column(name).to_numpy().copy() if name is not None else np.empty(0)
            return CachedPart(int(meta["inode"]), int(meta["bytes"]), int(meta["bad_lines"]), meta["digest"]), batch.num_rows, values
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
