"""The pictures of a run that trains Tetris: snapshots of the watched game (slot 0); see `trainer.run_files.pictures`."""

from dataclasses import dataclass

from ....run_files.pictures import KEPT_PICTURES
from ....run_files.run_directory import RunDirectory
from ....run_files.tails import NewestRows


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


def boards_reader(run: RunDirectory) -> NewestRows[BoardRow]:
    """The newest snapshots."""
    return NewestRows(run.pictures, BoardRow, KEPT_PICTURES, rolling=True, is_sound=_is_sound)


def _is_sound(board: BoardRow) -> bool:
    fits = board.height > 0 and len(board.cells) == board.height * 10 and 1 <= board.piece <= 7
    return fits and not board.cells.strip("01234567")
