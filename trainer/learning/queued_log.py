"""Logs that a thread of their own writes: the training thread only hands the rows over and never waits for a disk.

What is waited for on the training thread is not the few microseconds of a write but the milliseconds in which another program has
the disk, and the GIL, which a write lets go of and has to get back. The writing thread takes that lock too, so it wakes up
seldom.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..run_files.jsonl import MAX_WAITING_ROWS, JsonlWriter

WRITE_INTERVAL_S = 0.5  # what a kill can cost: no more than lies between two looks of any reader
URGENT_INTERVAL_S = 0.2  # between two rounds for what is to be written at once
RETRY_INTERVAL_S = 1.0  # on a full disk


class RowQueue:
    """Rows on their way from the thread that makes them to the one that writes them. No row is lost or changes its place.

    Args:
        write_rows: writes rows; never called by two threads at once.
        urgent: whether a row wakes the thread that writes; else it waits for the next round.
    """

    def __init__(self, write_rows: Callable[[list[Any]], None], *, urgent: bool = False) -> None:
        self._write_rows, self._urgent = write_rows, urgent
        self._rows: deque[Any] = deque(maxlen=MAX_WAITING_ROWS)
        self._writing = threading.RLock()
        self.wake = threading.Event()
        """Set when there is something urgent to write."""

    def append(self, row: Any) -> None:
        """Hand over a row that nobody changes any more."""
        self._rows.append(row)
        if self._urgent and not self.wake.is_set():
            self.wake.set()

    def write(self) -> None:
        """Write every row that waits; a row that is being written by another thread is waited for."""
        with self._writing:
            while self._rows:
                self._write_rows([self._rows.popleft() for _ in range(len(self._rows))])


class QueuedLog(RowQueue):
    """A `JsonlWriter` for rows that nobody changes once they are handed over."""

    def __init__(self, log: JsonlWriter) -> None:
        super().__init__(log.append_all)
        self._log = log
        self._retry_at = 0.0

    @property
    def problem(self) -> str | None:
        """Why rows are waiting, or None while all is well."""
        return self._log.problem

    def write(self) -> None:
        """Write what waits; on a full disk, try now and then."""
        with self._writing:
            super().write()
            if self._log.problem and time.monotonic() >= self._retry_at:
                self._retry_at = time.monotonic() + RETRY_INTERVAL_S
                self._log.flush()

    def sync(self) -> int:
        """Wait until every row is on disk; returns the bytes in the file.

        Raises:
            OSError: rows are waiting, or the disk does not take them.
        """
        with self._writing:
            super().write()
            return self._log.sync()

    def close(self) -> None:
        """Write what can be written and close the file."""
        with self._writing:
            super().write()
            self._log.close()


class BackgroundWriter:
    """A thread that writes what waits: in rounds, and at once what is urgent."""

    def __init__(self) -> None:
        self._queues: list[RowQueue] = []
        self._wake, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="log-writer", daemon=True)

    def add(self, queue: RowQueue) -> None:
        """From now on write this too."""
        queue.wake = self._wake
        self._queues.append(queue)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; what was handed over before is written."""
        self._ended.set()
        self._wake.set()
        self._thread.join()
        self._write()

    def _work(self) -> None:
        while not self._ended.is_set():
            urgent = self._wake.wait(WRITE_INTERVAL_S)
            self._wake.clear()
            self._write()
            if urgent:
                self._ended.wait(URGENT_INTERVAL_S)  # what comes meanwhile is written together

    def _write(self) -> None:
        for queue in tuple(self._queues):
            queue.write()
