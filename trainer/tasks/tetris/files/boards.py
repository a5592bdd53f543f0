"""`boards.jsonl`: snapshots of the watched game (slot 0), in visual mode only. Appended by the trainer alone, bounded.

When the file has grown to 2 MB it is renamed to `boards.1.jsonl` (replacing an older one) and begun anew, so a night of visual
mode takes at most 4 MB. Nobody needs old snapshots: a game can be replayed from its seed and actions.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from ....run_files.jsonl import JsonlWriter
from ....run_files.opening import move
from ....run_files.run_directory import RunDirectory
from ....run_files.tails import NewestRows

SEGMENT_BYTES = 2_000_000
KEPT_SNAPSHOTS = 240  # by a reader: a few seconds of play


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One snapshot."""

    step: int
    at: str
    game: int
    """Counts the games played in the watched slot from 1."""
    seed: int
    lines: int
    pieces: int
    piece: int
    """The piece to be placed next: 1–7 for I, O, T, S, Z, J, L."""
    height: int
    cells: str
    """height × 10 digits, top row first: 0 empty, 1–7 the piece a cell came from."""


class BoardsWriter:
    """Appends snapshots and drops old segments."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self.log = JsonlWriter(run.boards, max_waiting=KEPT_SNAPSHOTS)  # after a full disk nobody looks at more

    def append_all(self, rows: Sequence[BoardRow]) -> None:
        """Write snapshots."""
        self.log.append_all(rows)
        if self.log.size() > SEGMENT_BYTES:
            self.log.close()
            with contextlib.suppress(OSError):
                move(self._run.boards, self._run.boards.with_name("boards.1.jsonl"))

    def close(self) -> None:
        """Close the file."""
        self.log.close()


def boards_reader(run: RunDirectory) -> NewestRows[BoardRow]:
    """The newest snapshots."""
    return NewestRows(run.boards, BoardRow, KEPT_SNAPSHOTS, rolling=True, is_sound=_is_sound)


def _is_sound(board: BoardRow) -> bool:
    fits = board.height > 0 and len(board.cells) == board.height * 10 and 1 <= board.piece <= 7
    return fits and not board.cells.strip("01234567")
