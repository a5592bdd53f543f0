"""Append-only logs of JSON lines: the writer that never tears a row, and the reader that only reads what is new.

A row is one JSON object and a newline; a write holds whole rows. A row type is a frozen dataclass; its
field names are the keys, and so are the names in its field `named` (see `trainer.run_files.rows`).
"""

import errno
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import orjson

from ..errors import reason
from .limits import MAX_BAD_BYTES, MAX_COPIED_BYTES, MAX_ROW_BYTES, READ_CHUNK_BYTES
from .opening import is_file, open_to_append, open_to_read, read_whole, replace_bytes, replacing, stamp
from .rows import flat

MAX_WAITING_ROWS = 100_000  # kept in memory while the disk is full; about 30 MB
WRITE_CHUNK_BYTES = 64 * 1024  # rows that wait are written together up to here
PARSE_CHUNK_BYTES = 1024 * 1024  # of lines that are parsed one by one


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
        """Write rows, a line each, with as few writes as may be: each lets go of the GIL, which training waits for."""
        with self._lock:
            for row in rows:
                self._lost += len(self._waiting) == self._waiting.maxlen
                self._waiting.append(orjson.dumps(flat(row), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
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
                self.problem = f"{self._path.name} cannot be written ({reason(error)}); {len(self._waiting):,} rows wait{lost}"

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
        file = open_to_append(self._path)
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
    if not is_file(path) or (stamp(path) or (0, 0))[1] <= size:
        return
    whole = open_to_read(path)
    try:
        with replacing(path, durable=True) as kept:
            while size > 0 and (piece := os.read(whole, min(size, READ_CHUNK_BYTES))):
                kept.write(piece)
                size -= len(piece)
    finally:
        os.close(whole)


class JsonlReader:
    """Reads the rows that were appended since the last read.

    Args:
        path: the log.
        tail_bytes: the first read of a longer log begins so many bytes before its end, with the next whole row; None: at its start.

    Attributes:
        bad_lines: complete lines so far that were not a JSON object.
        offset: bytes of the file that have been read.
        inode: of the file; None before the first read.
        generation: grows by one whenever the file was replaced or shortened and reading starts over.
        problem: one sentence about why there is something that is not read, or None.
    """

    def __init__(self, path: Path, tail_bytes: int | None = None) -> None:
        self.path = path
        self._tail_bytes = tail_bytes
        self.bad_lines = 0
        self.generation = 0
        self.offset = 0
        self.inode: int | None = None
        self.problem: str | None = None
        self._bad_bytes = 0

    def read_new(self) -> list[dict[str, Any]]:
        """The new rows, oldest first. A file that is missing, unreadable or unchanged gives none."""
        while lines := self.read_lines():
            if rows := self.rows_of(lines):  # a piece of bad lines only is no end
                return rows
        return []

    def read_lines(self) -> bytes | memoryview:
        """The next new lines as they are, at most `READ_CHUNK_BYTES`; empty at the end of the file."""
        seen = stamp(self.path)
        if seen is not None and (seen[2], seen[1]) == (self.inode, self.offset):
            return b""
        try:
            content = self._read_chunk()
        except FileNotFoundError:
            return b""
        except OSError as error:
            self.problem = f"{self.path.name} cannot be read ({reason(error)})."
            return b""
        end = content.rfind(b"\n") + 1
        if end == 0 and len(content) == READ_CHUNK_BYTES:  # one line larger than any row of ours: pass over it
            end = len(content)
        self.offset += end
        return memoryview(content)[:end]  # no copy of what may be large

    def _read_chunk(self) -> bytes:
        """What comes next, perhaps nothing; nothing either when too much of the file is no rows."""
        file = open_to_read(self.path)
        try:
            found = os.fstat(file)
            if self.inode is not None and (found.st_ino != self.inode or found.st_size < self.offset):
                self.start_over()
            if self.inode is None and self._tail_bytes is not None:
                self.offset = _start_of_tail(file, found.st_size, self._tail_bytes)
            self.inode, self.problem = found.st_ino, None
            if self._bad_bytes > MAX_BAD_BYTES:
                self.problem = f"{self.path.name} is read in part: over {MAX_BAD_BYTES:,} bytes of it are no rows."
                return b""
            os.lseek(file, self.offset, os.SEEK_SET)
            return os.read(file, min(READ_CHUNK_BYTES, found.st_size - self.offset))
        finally:
            os.close(file)

    def start_over(self) -> None:
        """Forget the place; the next read begins at the start of the file."""
        self.generation += 1
        self.go_on(None, 0, 0)

    def go_on(self, inode: int | None, offset: int, bad_lines: int) -> None:
        """Take the place of an earlier reader of the same file."""
        self.inode, self.offset, self.bad_lines = inode, offset, bad_lines
        self._bad_bytes = 0

    def rows_of(self, lines: bytes | memoryview) -> list[dict[str, Any]]:
        """The rows in lines that were read; bad lines are counted."""
        rows = list[dict[str, Any]]()
        for line in _split(bytes(lines)):
            try:
                row = orjson.loads(line) if len(line) <= MAX_ROW_BYTES else None
            except orjson.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            else:
                self.bad_lines += 1
                self._bad_bytes += len(line)
        return rows


def _start_of_tail(file: int, size: int, tail_bytes: int) -> int:
    """Where the first whole row of the last so many bytes begins."""
    if size <= tail_bytes:
        return 0
    os.lseek(file, size - tail_bytes - 1, os.SEEK_SET)
    return size - tail_bytes + os.read(file, tail_bytes + 1).find(b"\n")


def _split(lines: bytes) -> Iterator[bytes]:
    """The lines that are not empty; few at a time, as there may be millions of empty ones."""
    start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + PARSE_CHUNK_BYTES) + 1
        end = end or (lines.find(b"\n", start) + 1 or len(lines))  # a line longer than that
        yield from filter(None, lines[start:end].split(b"\n"))
        start = end


def bring_log(path: Path, content: bytes, *, growing: bool = False) -> bool:
    """Make a log hold some rows: where they begin with what is there, the rest is appended, else the log is replaced.

    Args:
        path: the log.
        content: the rows.
        growing: whether there may be more of them soon: a log that holds them all, and more, stays as it is.

    Returns:
        Whether there was anything to do.

    Raises:
        OSError: the disk is full or the folder is gone.
    """
    there = read_whole(path, MAX_COPIED_BYTES) if is_file(path) else b""
    if content == there or (growing and there.startswith(content)):
        return False
    if not there or not content.startswith(there):
        replace_bytes(path, content)
        return True
    file, rest = open_to_append(path), memoryview(content)[len(there) :]
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    finally:
        os.close(file)
    return True
