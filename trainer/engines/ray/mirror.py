"""The head's side of one run: writes into its directory what a node says of it, as if a trainer were at work here."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ...errors import FormatError, reason
from ...run_files.checkpoints import CHECKPOINT_NAME
from ...run_files.fields import from_fields
from ...run_files.files import parse_document, swapping
from ...run_files.opening import (
    exists,
    make_folder,
    move,
    names_in,
    open_to_append,
    remove_file,
    remove_folder,
    replace_bytes,
    replacing,
    stamp,
    touch,
)
from ...run_files.run_directory import RunDirectory
from ...run_files.status import FINAL_STATES, Status, StatusFile
from .outbox import ROLLED, TRAINERS_FOLDERS, log_names, tail_of
from .wire import TAIL_BYTES, Ask, Listing, News, Stamp

Fetch = Callable[[str, tuple[int, int], int], bytes | None]
"""Path, what was listed of it, offset → the next piece of the file; None if it is another one by now."""

SWAPPED = "best"  # a folder that is replaced whole
SHELVES = ("checkpoints", "models")  # in which each folder is made whole
THINNED = ("checkpoints", "replays")  # in which the trainer deletes what is old


class Mirror:
    """One run here, whose trainer is elsewhere. Whatever could not be written is asked for again.

    Args:
        run: its directory.

    Attributes:
        problem: why something could not be written, or None.
        status: the last one that came.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.problem: str | None = None
        self.status: Status | None = None
        self._logs = dict[str, tuple[int, bytes]]()
        self._seen: Stamp | None = None
        self._listing_id = 0
        self._models = set[str]()
        self._file = StatusFile(run)
        self.look_again()

    def look_again(self) -> None:
        """Forget what is known of the logs: they were changed by somebody else."""
        self._seen, self._listing_id = None, 0
        self._logs = {name: self._end_of(name) for name in log_names(self.run.path)}

    def ask(self) -> Ask:
        """What is here."""
        return Ask(logs=dict(self._logs), status=self._seen, listing=self._listing_id)

    def apply(self, news: News, fetch: Fetch) -> bool:
        """Write what is new: first the logs, then what counts on them, last the status.

        Args:
            news: from the node.
            fetch: gets the next piece of a file from there.

        Returns:
            Whether everything that there was is here now.
        """
        self.problem = None
        for name, (offset, content) in news["logs"].items():
            self._append(name, offset, content)
        whole = not news["more"] and self.problem is None
        if whole and news["listing"] is not None:
            whole = self._bring_files(news["listing"], fetch)
            self._listing_id = news["listing_id"] if whole else 0
        if news["status"] is not None:
            self._take_status(*news["status"], whole=whole)
        return whole and self.problem is None

    def end(self) -> None:
        """Write the trainer's last status, which was held back until everything else was here."""
        if self.status is not None:
            self._file.write(self.status)

    def write(self, status: Status) -> None:
        """Write a status that no trainer has written: of a run that is on its way."""
        self.status = status
        self._file.write(status)

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()

    def _end_of(self, name: str) -> tuple[int, bytes]:
        path = self.run.path / name
        size = (stamp(path) or (0, 0))[1]
        with contextlib.suppress(OSError):
            return size, tail_of(path, size)
        return size, b""

    def _append(self, name: str, offset: int, content: bytes) -> None:
        path, (size, tail) = self.run.path / name, self._logs.get(name, (0, b""))
        if Path(name).name != name or offset not in (0, size):
            return
        try:
            if offset == 0 and size > 0:
                if name == self.run.pictures.name:
                    move(path, self.run.path / ROLLED)
                replace_bytes(path, content)
                tail = b""
            else:
                _append(path, content)
            self._logs[name] = (offset + len(content), (tail + content[-TAIL_BYTES:])[-TAIL_BYTES:])
        except OSError as error:
            self.problem = f"{name} cannot be written ({reason(error)}); its rows wait where they were made."
            self._logs[name] = self._end_of(name)

    def _bring_files(self, listing: Listing, fetch: Fetch) -> bool:
        """Have the files that are listed, and of what is thinned out no others. Returns whether that is so now."""
        units = defaultdict[str, Listing](dict)
        for path, listed in listing.items():
            if path.split("/")[0] in TRAINERS_FOLDERS and not {"", ".", ".."} & set(path.split("/")):  # nothing is written elsewhere
                units[_unit(path)][path] = listed
        whole = True
        for unit, files in units.items():
            try:
                if not self._is_kept(unit) and self._differs(unit, files):
                    whole &= self._bring_folder(unit, files, fetch) if unit not in files else self._bring_file(unit, files[unit], fetch)
            except OSError as error:
                self.problem = f"{unit} cannot be written ({reason(error)}); it waits where it was made."
        if whole and self.problem is None:
            self._thin_out(set(units))
        return whole and self.problem is None

    def _is_kept(self, unit: str) -> bool:
        """Whether it is a model that has come already: from then on it is the head's, where it gets notes and other names."""
        return unit.startswith("models/") and (unit in self._models or exists(self.run.path / unit))

    def _differs(self, unit: str, files: Listing) -> bool:
        if any(_listed(self.run.path / path) != listed for path, listed in files.items()):
            return True
        return unit not in files and len(names_in(self.run.path / unit)) != len(files)

    def _bring_folder(self, unit: str, files: Listing, fetch: Fetch) -> bool:
        folder = self.run.path / unit
        if folder.parent != self.run.path:
            make_folder(folder.parent)
        with contextlib.suppress(_GoneError):
            with swapping(folder) as aside:
                for path, listed in files.items():
                    _write(aside / Path(path).name, path, listed, fetch)
            if unit.startswith("models/"):
                self._models.add(unit)
            return True
        return False

    def _bring_file(self, path: str, listed: tuple[int, int], fetch: Fetch) -> bool:
        target = self.run.path / path
        if target.parent != self.run.path:
            make_folder(target.parent)
        with contextlib.suppress(_GoneError):
            _write(target, path, listed, fetch)
            return True
        return False

    def _thin_out(self, units: set[str]) -> None:
        for shelf in THINNED:
            folder = self.run.path / shelf
            with contextlib.suppress(OSError):
                there = {f"{shelf}/{name}" for name in names_in(folder) if not name.startswith(".")}
                if not there & units:  # nothing of what is there was made there: the run has only just been placed
                    continue
                for unit in there - units:
                    remove_folder(self.run.path / unit) if shelf == "checkpoints" else remove_file(self.run.path / unit)

    def _take_status(self, seen: Stamp, content: bytes, *, whole: bool) -> None:
        try:
            status = from_fields(Status, parse_document(content, self.run.status.name))
        except FormatError:
            return
        self.status = status
        self._seen = seen
        if status.state not in FINAL_STATES:  # a final one says that nobody is at work: see `end`
            self._file.write(replace(status, degraded=status.degraded or (None if whole else self.problem)))


class _GoneError(Exception):
    """A file is another one than was listed."""


def _unit(path: str) -> str:
    """What is brought at once: a folder that is made whole, else the file alone."""
    parts = path.split("/")
    if parts[0] == SWAPPED:
        return SWAPPED
    if parts[0] in SHELVES and len(parts) > 2 and (parts[0] != "checkpoints" or CHECKPOINT_NAME.fullmatch(parts[1])):
        return "/".join(parts[:2])
    return path


def _listed(path: Path) -> tuple[int, int] | None:
    found = stamp(path)
    return (found[1], found[0]) if found is not None else None


def _append(path: Path, content: bytes) -> None:
    """Append whole lines, or nothing."""
    file = open_to_append(path)
    try:
        before, rest = os.fstat(file).st_size, memoryview(content)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError:
            os.ftruncate(file, before)
            raise
    finally:
        os.close(file)


def _write(target: Path, path: str, listed: tuple[int, int], fetch: Fetch) -> None:
    """Write a file piece by piece, with the time of change that it has on its node."""
    size, modified_ns = listed
    with replacing(target, durable=True) as file:
        offset = 0
        while offset < size or (size == 0 and offset == 0):
            content = fetch(path, listed, offset)
            if content is None or (size and not content):
                raise _GoneError
            file.write(content)
            offset += len(content)
            if size == 0:
                break
    touch(target, modified_ns)
