"""`replays/`: every evaluation's episodes and every new best training episode, to be played again.

Written by the trainer alone, bounded. One document an evaluation, `step-<step>-evaluation.json`, and one a training
episode, `step-<step>-episode-<episode>.json`. What a document holds is the task's: how an episode began and what was done
in it, never what it looked like (`files/replays.py` in the folder of a task).

When the folder outgrows its limit the oldest go first; the newest, the best evaluation and the best training episode
always stay.
"""

import base64
import contextlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..errors import FormatError, reason, shown
from .files import read_document
from .limits import MAX_RECORDING_BYTES
from .opening import Stamp, make_folder, names_in, remove_file, replace_bytes, stamp
from .run_directory import RunDirectory

T = TypeVar("T")
NAME = re.compile(r"step-(\d{1,18})-(?:evaluation|episode-(\d{1,18}))\.json")


class Recorded(Protocol):
    """The content of a document, as its task knows it."""

    @property
    def step(self) -> int:
        """Environment steps when the policy was taken, or when the training episode ended."""

    @property
    def score(self) -> float:
        """The mean of its episodes, by which the best evaluation is found."""

    def to_json(self) -> bytes:
        """The content of the document."""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A document of `replays/`."""

    path: Path
    step: int
    episode: int | None
    """Of a training episode; None of an evaluation."""
    seen: Stamp
    """Tells its content from what had its name before."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.seen[1]


def list_recordings(run: RunDirectory) -> list[RecordingFile]:
    """The documents there are, oldest first; none if the folder or the run is gone."""
    found = []
    with contextlib.suppress(OSError):
        for entry in names_in(run.replays):
            path, name = run.replays / entry, NAME.fullmatch(entry)
            seen = stamp(path) if name else None
            if name and seen is not None:
                found.append(RecordingFile(path, int(name[1]), int(name[2]) if name[2] else None, seen))
    return sorted(found, key=lambda file: (file.step, file.episode or 0))


def link_name(file: RecordingFile) -> str:
    """What a recording is called in a link and by a person: the step of an evaluation, or `episode-<episode>`."""
    return str(file.step) if file.episode is None else f"episode-{file.episode}"


def find_recording(run: RunDirectory, name: str) -> RecordingFile:
    """The recording of a name that `link_name` gives.

    Raises:
        FormatError: there is none; the text names the newest.
    """
    files = list_recordings(run)
    found = next((file for file in files if link_name(file) == name), None)
    if found is None:
        newest = ", ".join(link_name(file) for file in reversed(files[-3:])) or "none"
        raise FormatError(f"There is no recording {shown(name)} of {run.run_id}; the newest are: {newest}.")
    return found


def read_recorded(path: Path, parse: Callable[[dict[str, Any]], T]) -> T:
    """Read a document; `parse` makes of it what its task knows, and may raise whatever a damaged one brings about.

    Raises:
        FileNotFoundError: there is none.
        FormatError: it is damaged or of an unknown version.
    """
    document = read_document(path, MAX_RECORDING_BYTES)
    try:
        return parse(document)
    except (FormatError, KeyError, TypeError, ValueError, zlib.error, RecursionError) as error:
        raise FormatError(f"{path.name} is damaged: {reason(error)}.") from None


def cut_replays(run: RunDirectory, step: int) -> None:
    """Delete what was recorded after a step: it belongs to steps that will be made again.

    Raises:
        OSError: the folder is read-only.
    """
    for file in list_recordings(run):
        if file.step > step:
            remove_file(file.path)


class ReplaysWriter:
    """Writes documents and drops the oldest when there are too many.

    Args:
        run: the run.
        max_bytes: of all documents; those that always stay may take more.
        read: reads a document. Raises OSError or FormatError.
    """

    def __init__(self, run: RunDirectory, max_bytes: int, read: Callable[[Path], Recorded]) -> None:
        self._run, self._max_bytes, self._read = run, max_bytes, read
        self._scores: dict[str, float] = {}

    def write(self, recording: Recorded, episode: int | None = None) -> None:
        """Write the episodes of an evaluation, or a training episode, which is a new best one.

        Raises:
            OSError: the disk is full or the run directory is gone; what there was stays.
        """
        what = "evaluation" if episode is None else f"episode-{episode}"
        path = self._run.replays / f"step-{recording.step}-{what}.json"
        make_folder(self._run.replays)
        replace_bytes(path, recording.to_json(), durable=True)
        self._scores[path.name] = recording.score
        self._make_room(path)

    def _make_room(self, newest: Path) -> None:
        files = list_recordings(self._run)
        excess = sum(file.size for file in files) - self._max_bytes
        if excess <= 0:
            return
        stay = {newest, *[file.path for file in files if file.episode is not None][-1:]}
        evaluations = [file.path for file in files if file.episode is None]
        if evaluations:
            stay.add(max(evaluations, key=self._score))
        for file in files:
            if excess > 0 and file.path not in stay:
                remove_file(file.path)
                excess -= file.size

    def _score(self, path: Path) -> float:
        if path.name not in self._scores:
            try:
                self._scores[path.name] = self._read(path).score
            except (OSError, FormatError):
                self._scores[path.name] = float("-inf")  # nobody can watch it
        return self._scores[path.name]


def packed(content: bytes) -> str:
    """Bytes as they stand in a document: compressed, in base64."""
    return base64.b64encode(zlib.compress(content)).decode()


def unpacked(text: str, length: int, limit: int) -> bytes:
    """The bytes again; no more than `length` are unpacked, whatever the text holds.

    Raises:
        FormatError: they are not as many, or more than the limit.
        ValueError, TypeError, zlib.error: it is no such text.
    """
    if length > limit:
        raise FormatError(f"it must hold at most {limit:,} bytes of actions; got {length:,}")
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(base64.b64decode(text, validate=True), length + 1)
    if len(content) != length or not unpacker.eof:
        raise FormatError(f"it must hold {length:,} bytes of actions")
    return content
