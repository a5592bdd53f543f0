"""Which recorded games there are, how they are called in links and lists, and the one that is chosen."""

import functools
from dataclasses import dataclass

from pages.ui.cache import Cache
from pages.ui.text import plain
from trainer.errors import FormatError, reason
from trainer.numbers import compact, exact
from trainer.run_files.opening import stamp
from trainer.run_files.replays import RecordingFile, list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import Recording, read_recording

MAX_CACHED = 4  # recordings, of all sessions


@dataclass(frozen=True, slots=True)
class Chosen:
    """The recording and the game that are shown.

    Attributes:
        number: of the game in the recording, from 0.
        messages: what a person must be told about the choice.
    """

    file: RecordingFile
    recording: Recording
    number: int
    messages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tells games apart."""
        return f"{self.file.path.parent.parent.name}/{self.file.path.name}/{self.number}"


def link_name(file: RecordingFile) -> str:
    """What a recording is called in a link: the step of an evaluation, or `episode-<episode>`."""
    return str(file.step) if file.episode is None else f"episode-{file.episode}"


def label(file: RecordingFile) -> str:
    """What a recording is called in a list."""
    if file.episode is None:
        return f"Evaluation at step {exact(file.step)}"
    return f"Training game {exact(file.episode)}, step {exact(file.step)}"


def game_label(recording: Recording, number: int) -> str:
    """What a game is called in a list."""
    game = recording.games[number]
    beginning = ", only its beginning is kept" if len(game.moves) < game.pieces else ""
    truncated = ", truncated" if game.truncated else ""
    return f"Game {number + 1}: {exact(game.lines)} lines, {compact(game.pieces)} pieces{truncated}{beginning}"


def find(files: list[RecordingFile], wanted: str | None) -> tuple[RecordingFile, str | None]:
    """The recording that a link names, else the newest; and what to tell a person whose link leads nowhere."""
    named = next((file for file in files if link_name(file) == wanted), None)
    evaluations = [file for file in files if file.episode is None]
    newest = (evaluations or files)[-1]
    if named is not None or not wanted:
        return named or newest, None
    return newest, f"“{plain(wanted)}” is not recorded (any more): the oldest recordings go first. {label(newest)} is shown instead."


def find_game(recording: Recording, wanted: str | None) -> tuple[int, str | None]:
    """The game that a link names, counted from 1, else the best; and what to tell a person whose link leads nowhere."""
    games = recording.games
    best = max(range(len(games)), key=lambda number: games[number].lines)
    if not wanted:
        return best, None
    if wanted.isdecimal() and len(wanted) < 10 and 1 <= int(wanted) <= len(games):
        return int(wanted) - 1, None
    return best, f"There is no game “{plain(wanted)}” in this evaluation, it has {len(games)}; the best one is shown instead."


def start_piece(wanted: str | None) -> int:
    """The piece that a link names; 0 if it names none."""
    return int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 12 else 0


_recordings = Cache(MAX_CACHED)


def read(file: RecordingFile) -> Recording:
    """A recording; read once.

    Raises:
        FormatError: it is damaged, or has just been dropped.
    """
    try:
        return _recordings.get(file.path, stamp(file.path), functools.partial(read_recording, file.path))
    except OSError as error:
        why = f"cannot be read ({reason(error)}): it was dropped, or its run deleted"
        raise FormatError(f"{file.path.name} {why}. Pick another one.") from None


def choose(run: RunDirectory, evaluation: str | None, game: str | None) -> Chosen | None:
    """What a link names, or the nearest thing to it; None if nothing is recorded.

    Raises:
        FormatError: the recording is damaged.
    """
    files = list_recordings(run)
    if not files:
        return None
    file, message = find(files, evaluation)
    recording = read(file)
    number, other = find_game(recording, None if message else game)
    return Chosen(file, recording, number, tuple(said for said in (message, other) if said))
