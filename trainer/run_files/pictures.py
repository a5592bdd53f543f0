"""`pictures.jsonl`: what the watched episode looks like, in visual mode only. Appended by the trainer alone, bounded.

What a row holds is the task's: Tetris writes the cells of its board (`trainer.tasks.tetris.files.boards`), any other task an
`ImageRow`. When the file has grown to 2 MB it is renamed to `pictures.1.jsonl` (replacing an older one) and begun anew, so that a
night of visual mode takes little more than 4 MB. Nobody needs old pictures: an episode can be played again.
"""

import binascii
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .jsonl import JsonlWriter
from .opening import move
from .run_directory import RunDirectory
from .tails import NewestRows

SEGMENT_BYTES = 2_000_000
KEPT_PICTURES = 240  # by a reader: a few seconds of play
JPEG_START = b"\xff\xd8\xff"
Shown = Literal["picture", "observation"]
PICTURE: Shown = "picture"
OBSERVATION: Shown = "observation"


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One picture as an image."""

    step: int
    at: str
    episode: int
    """Counts the training episodes that had ended by then."""
    jpeg: str
    """The content of a JPEG file, in base64."""
    shown: Shown = PICTURE
    """Of an environment that cannot be drawn: what the learner sees of it."""


class RollingLog:
    """Appends rows that nobody needs for long, and drops old segments.

    Args:
        path: the log.
        max_waiting: rows that are kept while the disk is full.
    """

    def __init__(self, path: Path, *, max_waiting: int = KEPT_PICTURES) -> None:
        self._path = path
        self.log = JsonlWriter(path, max_waiting=max_waiting)

    def append_all(self, rows: Sequence[Any]) -> None:
        """Write rows."""
        self.log.append_all(rows)
        if self.log.size() > SEGMENT_BYTES:
            self.log.close()
            with contextlib.suppress(OSError):
                move(self._path, self._path.with_name(f"{self._path.stem}.1{self._path.suffix}"))

    def close(self) -> None:
        """Close the file."""
        self.log.close()


def images_reader(run: RunDirectory) -> NewestRows[ImageRow]:
    """The newest images."""
    return NewestRows(run.pictures, ImageRow, KEPT_PICTURES, rolling=True, is_sound=_is_sound)


def _is_sound(row: ImageRow) -> bool:
    try:
        return binascii.a2b_base64(row.jpeg, strict_mode=True).startswith(JPEG_START)
    except ValueError:
        return False
