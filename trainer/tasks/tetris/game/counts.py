# ruff: noqa: PLR0917 - compiled functions are called by position
"""What is counted of moves, so that people see how an agent plays; compiled code adds a move to it in no time.

*Counts* are an int64 array, ``N_COUNTS`` long, with the fields named below. A column is that of the piece's leftmost cell.
"""

from dataclasses import dataclass
from typing import Final, cast

from .compiling import IntArray, compiled
from .pieces import PIECES, WIDTH

MOVES: Final = 0
HOLES: Final = 1  # summed over the boards after every move
HEIGHT: Final = 2  # the heights of all columns, summed over the same boards
CLEARS: Final = 3  # moves that removed one row; the next three: two, three and four rows
COLUMNS: Final = CLEARS + 4  # pieces placed in the first column; the next nine: in the others
PLACED: Final = COLUMNS + WIDTH  # pieces placed of the first kind; the next six: of the others
N_COUNTS: Final = PLACED + len(PIECES)

Clears = tuple[int, int, int, int]
ByColumn = tuple[int, int, int, int, int, int, int, int, int, int]
ByPiece = tuple[int, int, int, int, int, int, int]


@compiled()
def count_move(counts: IntArray, piece: int, placement: int, lines: int, holes: int, height: int) -> None:
    """Add a move: the piece's number, the placement's code, the rows it removed, holes and total height of the board after it."""
    counts[MOVES] += 1
    counts[HOLES] += holes
    counts[HEIGHT] += height
    if lines > 0:
        counts[CLEARS + lines - 1] += 1
    counts[COLUMNS + placement % WIDTH] += 1
    counts[PLACED + piece] += 1


@dataclass(frozen=True, slots=True)
class Play:
    """What counts say."""

    mean_holes: float | None
    """Holes of the board after a move; None if there was no move."""
    mean_height: float | None
    """Rows: the mean height of the columns after a move."""
    clears: Clears
    """Moves that removed one, two, three and four rows."""
    columns: ByColumn
    """Pieces placed by their leftmost column."""
    pieces: ByPiece
    """Pieces placed by their number."""


def play_of(counts: IntArray) -> Play:
    """The counts in words of the game."""
    moves = int(counts[MOVES])
    numbers = tuple(counts.tolist())
    return Play(
        mean_holes=int(counts[HOLES]) / moves if moves else None,
        mean_height=int(counts[HEIGHT]) / (moves * WIDTH) if moves else None,
        clears=cast("Clears", numbers[CLEARS:COLUMNS]),
        columns=cast("ByColumn", numbers[COLUMNS:PLACED]),
        pieces=cast("ByPiece", numbers[PLACED:]),
    )
