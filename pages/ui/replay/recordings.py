"""Which recorded episodes there are, how they are called in links and lists, and the one that is chosen."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pages.ui.cache import Cache
from pages.ui.text import plain
from trainer.errors import FormatError, reason
from trainer.numbers import exact
from trainer.run_files.opening import stamp
from trainer.run_files.replays import RecordingFile, link_name, list_recordings
from trainer.run_files.run_directory import RunDirectory

MAX_CACHED = 4  # recordings, of all sessions
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Chosen(Generic[R]):
    """The recording and the episode that are shown.

    Attributes:
        run: of the recording.
        number: of the episode in the recording, from 0.
        messages: what a person must be told about the choice.
    """

    run: RunDirectory
    file: RecordingFile
    recording: R
    number: int
    messages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tells episodes apart."""
        return f"{self.run.run_id}/{self.file.path.name}/{self.number}"


class ReplayParts(Protocol[R]):
    """The parts of the replay page that depend on the task."""

    @property
    def episode(self) -> str:
        """What an episode is called, here and in the address: `game`."""

    @property
    def place(self) -> str:
        """What a place in it is called, here and in the address: `piece`."""

    def read(self, path: Path) -> R:
        """Read a recording.

        Raises:
            OSError: it cannot be read.
            FormatError: it is damaged.
        """

    def labels(self, recording: R) -> Sequence[str]:
        """What each of its episodes is called in a list."""

    def best(self, recording: R) -> int:
        """The number of its best episode, from 0."""

    def draw(self, chosen: Chosen[R]) -> None:
        """Draw the episode, what moves it, and what is known about it."""


def label(parts: ReplayParts[Any], file: RecordingFile) -> str:
    """What a recording is called in a list."""
    if file.episode is None:
        return f"Evaluation at step {exact(file.step)}"
    return f"Training {parts.episode} {exact(file.episode)}, step {exact(file.step)}"


def start_place(wanted: str | None) -> int:
    """The place that a link names; 0 if it names none."""
    return int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 12 else 0


def choose(parts: ReplayParts[R], run: RunDirectory, evaluation: str | None, episode: str | None) -> Chosen[R] | None:
    """What a link names, or the nearest thing to it; None if nothing is recorded.

    Raises:
        FormatError: the recording is damaged.
    """
    files = list_recordings(run)
    if not files:
        return None
    file, message = _find(parts, files, evaluation)
    recording = read(parts, file)
    number, other = _find_episode(parts, recording, None if message else episode)
    return Chosen(run, file, recording, number, tuple(said for said in (message, other) if said))


_recordings = Cache(MAX_CACHED)


def read(parts: ReplayParts[R], file: RecordingFile) -> R:
    """A recording; read once.

    Raises:
        FormatError: it is damaged, or has just been dropped.
    """
    try:
        return _recordings.get(file.path, stamp(file.path), functools.partial(parts.read, file.path))
    except OSError as error:
        why = f"cannot be read ({reason(error)}): it was dropped, or its run deleted"
        raise FormatError(f"{file.path.name} {why}. Pick another one.") from None


def _find(parts: ReplayParts[R], files: list[RecordingFile], wanted: str | None) -> tuple[RecordingFile, str | None]:
    """The recording that a link names, else the newest; and what to tell a person whose link leads nowhere."""
    named = next((file for file in files if link_name(file) == wanted), None)
    evaluations = [file for file in files if file.episode is None]
    newest = (evaluations or files)[-1]
    if named is not None or not wanted:
        return named or newest, None
    gone = f"“{plain(wanted)}” is not recorded (any more): the oldest recordings go first."
    return newest, f"{gone} {label(parts, newest)} is shown instead."


def _find_episode(parts: ReplayParts[R], recording: R, wanted: str | None) -> tuple[int, str | None]:
    """The episode that a link names, counted from 1, else the best; and what to tell a person whose link leads nowhere."""
    number, best = len(parts.labels(recording)), parts.best(recording)
    if not wanted:
        return best, None
    if wanted.isdecimal() and len(wanted) < 10 and 1 <= int(wanted) <= number:
        return int(wanted) - 1, None
    return best, f"There is no {parts.episode} “{plain(wanted)}” in this evaluation, it has {number}; the best one is shown instead."
