"""What is new in the directory of a run on a node, compared with what the head has of it."""

import contextlib
import os
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ...run_files.limits import MAX_DOCUMENT_BYTES
from ...run_files.opening import names_in, open_to_read, read_bytes, stamp
from ...run_files.run_directory import RunDirectory
from .wire import LOG_BYTES, TAIL_BYTES, Ask, Listing, News

LISTING_INTERVAL_S = 0.5  # between two looks at folders, which change seldom
TRAINERS_FOLDERS = ("best", "checkpoints", "models", "replays")  # what a trainer makes; all else in a run directory is the head's own
ROWS, TEXT = ".jsonl", "trainer.log"
ROLLED = "pictures.1.jsonl"


class Outbox:
    """The new things of one run. Remembers only what saves it from looking twice.

    Args:
        run: its directory on this node.
        clock: seconds that only grow.
    """

    def __init__(self, run: RunDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self.run, self._clock = run, clock
        self._level: dict[str, tuple[int, int, int]] = {}  # log → inode, size, and how much the head had then: all
        self._listing: Listing = {}
        self._listing_id, self._listed_at = 0, -LISTING_INTERVAL_S

    def news(self, ask: Ask, *, ended: bool) -> News:
        """Compare. Folders are looked at before the logs: so the logs are at least as long as a checkpoint expects them to be.

        Args:
            ask: what the head has.
            ended: whether no trainer is at work: then the last piece of a line goes, too.
        """
        self._list(now=ended)
        found = stamp(self.run.status)
        status = None
        if found is not None and found != ask["status"]:
            with contextlib.suppress(OSError):
                status = (found, read_bytes(self.run.status, MAX_DOCUMENT_BYTES))
        logs, more = dict[str, tuple[int, bytes]](), False
        for name in log_names(self.run.path):
            offset, content, rest = self._log(name, *ask["logs"].get(name, (0, b"")), ended=ended)
            more |= rest
            if content or (offset == 0 and name in ask["logs"] and ask["logs"][name][0] > 0):
                logs[name] = (offset, content)
        listing = self._listing if self._listing_id != ask["listing"] else None
        return News(logs=logs, more=more, status=status, listing=listing, listing_id=self._listing_id, ended=ended, missing=False)

    def _log(self, name: str, size: int, tail: bytes, *, ended: bool) -> tuple[int, bytes, bool]:
        """Where a log goes on, with what, and whether there is more of it."""
        path = self.run.path / name
        found = stamp(path)
        if found is None or self._level.get(name) == (found[2], found[1], size):
            return size, b"", False
        try:
            file = open_to_read(path)
        except OSError:
            return size, b"", False
        try:
            now = os.fstat(file)
            goes_on = now.st_size >= size and os.pread(file, len(tail), size - len(tail)) == tail
            offset = size if goes_on else 0
            content = os.pread(file, LOG_BYTES, offset)
        finally:
            os.close(file)
        rest = offset + len(content) < now.st_size
        if not (ended and not rest):
            content = content[: content.rfind(b"\n") + 1 or (len(content) if rest else 0)]
        if goes_on and now.st_size == size:
            self._level[name] = (now.st_ino, now.st_size, size)
        return offset, content, rest

    def _list(self, *, now: bool) -> None:
        if now or self._clock() - self._listed_at >= LISTING_INTERVAL_S:
            self._listed_at = self._clock()
            self._listing = listing_of(self.run.path)
            self._listing_id = zlib.crc32(repr(sorted(self._listing.items())).encode()) + 1


def log_names(folder: Path) -> list[str]:
    """The logs in the directory of a run: they only grow."""
    try:
        return [name for name in names_in(folder) if name == TEXT or (name.endswith(ROWS) and name != ROLLED)]
    except OSError:
        return []


def tail_of(path: Path, size: int) -> bytes:
    """The last bytes of a log of this size."""
    return read_bytes(path, TAIL_BYTES, offset=max(0, size - TAIL_BYTES))[:TAIL_BYTES] if size else b""


def listing_of(folder: Path) -> Listing:
    """Every file in the folders that a trainer makes; nothing hidden, no link."""
    return {path: found for name in TRAINERS_FOLDERS for path, found in files_in(folder / name, f"{name}/")}


def files_in(folder: Path, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every file in a folder and those in it, with bytes and time of change; its path begins with the prefix."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield from files_in(folder / name, f"{prefix}{name}/")
                elif entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    yield f"{prefix}{name}", (found.st_size, found.st_mtime_ns)
