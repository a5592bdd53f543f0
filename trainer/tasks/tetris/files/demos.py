"""`runs/.watch/<id>/`: models that play while somebody looks, without training. One folder a demo; nothing of it is kept.

| file | written by | holds |
|---|---|---|
| `control.json` | app | what the person wants now: `DemoControl`. Every look of the page renews its time of change |
| `status.json` | player | what the process is doing: `DemoStatus` |
| `pictures.jsonl` | player, appended, bounded | one row a moment: `Moment` |
| `run.lock` | player | held for the process's life |
| `trainer.log` | player's output | for people |

Whoever may look may watch: nothing here belongs to a run, so it is written whoever looks. `control.json` is a level like a run's:
the player always goes to the newest state. The player ends when it is told to, or when nobody has looked for `PATIENCE_S`; then
it deletes the folder.
"""

import contextlib
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ....errors import FormatError, RunDirectoryError, reason
from ....run_files.fields import from_fields
from ....run_files.files import read_document, replace_document
from ....run_files.opening import is_real_folder, make_folder, make_named_folder, names_in, real, remove_folder, stamp, touch
from ....run_files.permission import whoever_looks
from ....run_files.pictures import RollingLog
from ....run_files.run_directory import RunDirectory
from ....run_files.run_lock import is_run_locked
from ....run_files.tails import NewestRows

FOLDER = ".watch"
ID = re.compile(r"[0-9a-f]{12}")
PATIENCE_S = 30.0  # without a look of the page
MIN_SPEED, MAX_SPEED = 1, 1_000  # pieces per second
SHOWN_PER_S = 60  # up to this speed every piece is shown
MAX_SEED = 2**53 - 1
KEPT_MOMENTS = 120  # by a reader: two seconds of the fastest play
GONE_AFTER_S = 3_600.0  # a folder that a killed process left behind
MOST = 8  # games at once: each takes a part of a core from what is being trained, and whoever looks may begin one

DemoCommand = Literal["running", "paused", "stopped"]
DemoState = Literal["starting", "playing", "paused", "failed"]


@dataclass(frozen=True, slots=True)
class DemoControl:
    """The content of `control.json`.

    Raises:
        FormatError: a field is out of range.
    """

    run: DemoCommand = "running"
    pieces_per_second: int | None = 10
    """Null: as fast as possible."""
    steps: int = 0
    """Grows by one with every single step that is asked for."""
    seed: int = 1
    """Of the first game; another one begins anew."""

    def __post_init__(self) -> None:
        speed = self.pieces_per_second
        if speed is not None and not MIN_SPEED <= speed <= MAX_SPEED:
            raise FormatError(f"pieces_per_second must be a whole number from {MIN_SPEED} to {MAX_SPEED}, or null; got {speed}")
        if not 0 <= self.seed <= MAX_SEED or self.steps < 0:
            raise FormatError(f"seed must be a whole number from 0 to {MAX_SEED}, and steps one from 0 on")


@dataclass(frozen=True, slots=True)
class DemoStatus:
    """The content of `status.json`."""

    state: DemoState
    players: list[str]
    """What each is called, in the order of their boards."""
    board_height: int = 20
    seed: int = 0
    """Of the game that is played."""
    error: str | None = None
    """Why the process has ended, if it has failed: one sentence."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What all boards show at one moment."""

    number: int
    """Counts the moments of a demo from 1."""
    game: int
    """Counts the games from 1: all boards have the same pieces."""
    boards: list[dict[str, Any]]
    """As `game.picture` draws them."""


class Demo:
    """The folder of one demo: a run's files, with other contents."""

    def __init__(self, path: Path) -> None:
        self.files = RunDirectory(path)

    @property
    def demo_id(self) -> str:
        """Names it in links."""
        return self.files.path.name

    @property
    def is_played(self) -> bool:
        """Whether its process lives."""
        return is_run_locked(self.files)

    def look(self) -> None:
        """Somebody looks: the player goes on."""
        with contextlib.suppress(OSError), whoever_looks():
            touch(self.files.control)

    def looked_at_ns(self) -> int:
        """The time of the last look, by the file's own clock; -1 if the folder is gone."""
        found = stamp(self.files.control)
        return -1 if found is None else found[0]

    def ask(self, control: DemoControl) -> None:
        """Say what is wanted now.

        Raises:
            RunDirectoryError: the folder is gone or the disk full.
        """
        try:
            with whoever_looks():
                replace_document(self.files.control, asdict(control))
        except OSError as error:
            raise RunDirectoryError(f"The watched game cannot be steered ({reason(error)}); start it again.") from None

    def wanted(self) -> DemoControl:
        """What is wanted now.

        Raises:
            FileNotFoundError: the folder is gone.
            FormatError: `control.json` is damaged.
        """
        return from_fields(DemoControl, read_document(self.files.control))

    def tell(self, status: DemoStatus) -> None:
        """Say what the process is doing; a full disk is never worth a crash."""
        with contextlib.suppress(OSError):
            replace_document(self.files.status, asdict(status))

    def status(self) -> DemoStatus | None:
        """What the process is doing; None before its first word, and when it cannot be read."""
        try:
            return from_fields(DemoStatus, read_document(self.files.status))
        except (OSError, FormatError):
            return None

    def delete(self) -> None:
        """Delete the folder."""
        remove_folder(self.files.path)


def make_demo(runs_dir: Path, control: DemoControl) -> Demo:
    """Make the folder of a new demo, and delete those that killed processes have left behind.

    Raises:
        RunDirectoryError: the runs folder cannot be written, or `MOST` games are being watched already.
    """
    folder = real(runs_dir) / FOLDER
    _require_room(folder)
    demo = Demo(folder / secrets.token_hex(6))
    try:
        with whoever_looks():
            make_named_folder(real(runs_dir))
            make_folder(folder)
            make_folder(demo.files.path, new=True)
            replace_document(demo.files.control, asdict(control))
            _clear_away(folder, demo.looked_at_ns())
    except OSError as error:
        raise RunDirectoryError(f"{demo.files.path} cannot be made ({reason(error)}); nothing can be watched there.") from None
    return demo


def _require_room(folder: Path) -> None:
    watched = sum(demo.is_played for demo in _demos(folder))
    if watched >= MOST:
        raise RunDirectoryError(
            f"At most {MOST} games can be watched at once, and {watched} are: end one, or try again in {PATIENCE_S:g} s, "
            "for a game ends when nobody looks at it."
        )


def _clear_away(folder: Path, newest: int) -> None:
    """What killed processes have left behind, long before the newest look."""
    for other in _demos(folder):
        if newest - other.looked_at_ns() > GONE_AFTER_S * 1e9 and not other.is_played:
            other.delete()


def _demos(folder: Path) -> list[Demo]:
    return [Demo(folder / name) for name in names_in(folder) if ID.fullmatch(name)] if is_real_folder(folder) else []


def open_demo(runs_dir: Path, demo_id: str) -> Demo | None:
    """A demo by its id; None if there is none (any more)."""
    if not ID.fullmatch(demo_id):
        return None
    path = real(runs_dir) / FOLDER / demo_id
    return Demo(path) if is_real_folder(path) else None


def moments_writer(demo: Demo) -> RollingLog:
    """Opens the log of moments; after a full disk nobody looks at more than the newest."""
    return RollingLog(demo.files.pictures, max_waiting=1)


def moments_reader(demo: Demo) -> NewestRows[Moment]:
    """The newest moments."""
    return NewestRows(demo.files.pictures, Moment, KEPT_MOMENTS, rolling=True)
