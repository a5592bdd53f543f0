"""Runs that another program is still writing, kept up to date until somebody says that it is enough.

A run that is followed has its `run.lock` held by this process, so that nobody else brings it up to date,
and the state `following`. A source is read again when one of its files has changed; whatever is found
beside it meanwhile becomes a run too.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from ..errors import FormatError, RunDirectoryError, RunIsActiveError
from ..run_files.opening import Stamp, is_real_folder, stamp
from ..run_files.run_directory import RunDirectory
from ..run_files.run_lock import RunLock, hold_run_lock
from ..run_files.status import read_status, write_status
from .logs import Source
from .recognise import find_sources
from .write_run import Chosen, Imported, import_source

INTERVAL_S = 2.0
"""Between two looks, at least."""
REST = 5
"""How many times as long as a look the wait after it is."""
Seen = tuple[Stamp | None, ...]


class Follower:
    """Follows what is in some paths.

    Args:
        paths: as a person named them.
        chosen: what a person says of the runs.
        step: what counts the steps, where a source leaves the choice.
        tell: is told what came of a source, when it is new or was imported before.
        warn: is told, once, why a source cannot be read.

    Attributes:
        runs: those that are followed.
    """

    def __init__(
        self, paths: Sequence[Path], chosen: Chosen, *, step: str, tell: Callable[[Imported], None], warn: Callable[[str], None]
    ) -> None:
        self._paths, self._chosen, self._step = paths, chosen, step
        self._tell, self._warn = tell, warn
        self._seen: dict[tuple[Path, str], Seen] = {}
        self._sources: dict[tuple[Path, str], Source] = {}
        self._locks: dict[RunDirectory, RunLock] = {}
        self._warned = set[str]()

    @property
    def runs(self) -> list[RunDirectory]:
        """Those that are followed."""
        return list(self._locks)

    def follow(self, stop: Event, interval_s: float = INTERVAL_S) -> None:
        """Look again and again until it is to stop; then every run is imported to its last row, and is nobody's any more."""
        try:
            waits = self._timed_look(interval_s)
            while not stop.wait(waits):
                waits = self._timed_look(interval_s)
        finally:
            self._end()

    def _timed_look(self, interval_s: float) -> float:
        """Look; returns how long to wait then, so that most of the time is the other program's."""
        began = time.monotonic()
        self.look()
        return max(interval_s, REST * (time.monotonic() - began))

    def look(self) -> None:
        """Bring up to date what has changed since the last look."""
        for path in self._paths:
            try:
                sources = find_sources(path, step=self._step)
            except FormatError as error:
                self._say(str(error))
                continue
            for source in sources:
                seen = tuple(stamp(file) for file in source.files)
                if self._seen.get((source.path, source.part)) != seen:
                    self._seen[source.path, source.part] = seen
                    self._sources[source.path, source.part] = source
                    self._import(source)
        self._let_go()

    def _import(self, source: Source) -> None:
        try:
            made = import_source(source, self._chosen, held=self._locks, state="following")
        except FormatError as error:
            self._say(str(error))
            return
        if made.run in self._locks or made.outcome == "followed":
            if made.outcome == "followed":
                self._say(" ".join(made.sentences))
            return
        try:
            self._locks[made.run] = hold_run_lock(made.run)
        except RunIsActiveError:
            self._say(f"Another process follows {made.run.run_id}.")
            return
        self._tell(made)

    def _let_go(self) -> None:
        """Follow a run no more that was deleted."""
        for run, lock in list(self._locks.items()):
            if not is_real_folder(run.path):
                lock.release()
                del self._locks[run]

    def _end(self) -> None:
        for source in self._sources.values():
            with contextlib.suppress(FormatError, RunDirectoryError):
                made = import_source(source, self._chosen, held=self._locks)
                if made.run in self._locks and (status := read_status(made.run)) is not None:
                    write_status(made.run, replace(status, state="imported"))
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()

    def _say(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self._warn(sentence)
