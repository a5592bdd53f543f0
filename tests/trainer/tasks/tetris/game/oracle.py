"""The rules and features again, slow and plain, on lists of booleans: what the compiled engine is compared with.

Written from the definitions alone; shares no code and no tables with the game.
A board is a list of rows, floor first, each a list of ten booleans.
"""

from dataclasses import dataclass
from itertools import pairwise

WIDTH = 10

Board = list[list[bool]]
Cells = list[tuple[int, int]]
"""(row, column) of four cells, rows upward."""

# Every orientation as (row, column) cells, rows upward: as spawned, then turned clockwise, three times at most.
ORIENTATIONS: dict[str, list[Cells]] = {
    "I": [[(0, 0), (0, 1), (0, 2), (0, 3)], [(0, 0), (1, 0), (2, 0), (3, 0)]],
    "O": [[(0, 0), (0, 1), (1, 0), (1, 1)]],
    "T": [
        [(0, 0), (0, 1), (0, 2), (1, 1)],
        [(0, 0), (1, 0), (2, 0), (1, 1)],
        [(1, 0), (1, 1), (1, 2), (0, 1)],
        [(0, 1), (1, 1), (2, 1), (1, 0)],
    ],
    "S": [[(0, 0), (0, 1), (1, 1), (1, 2)], [(2, 0), (1, 0), (1, 1), (0, 1)]],
    "Z": [[(1, 0), (1, 1), (0, 1), (0, 2)], [(0, 0), (1, 0), (1, 1), (2, 1)]],
    "J": [
        [(0, 0), (0, 1), (0, 2), (1, 0)],
        [(0, 0), (1, 0), (2, 0), (2, 1)],
        [(1, 0), (1, 1), (1, 2), (0, 2)],
        [(0, 1), (1, 1), (2, 1), (0, 0)],
    ],
    "L": [
        [(0, 0), (0, 1), (0, 2), (1, 2)],
        [(0, 0), (1, 0), (2, 0), (0, 1)],
        [(1, 0), (1, 1), (1, 2), (0, 0)],
        [(0, 1), (1, 1), (2, 1), (2, 0)],
    ],
}
PIECES = "IOTSZJL"


@dataclass
class Outcome:
    """What one placement leads to."""

    board: Board
    lines: int
    features: list[int]


def empty_board(height: int) -> Board:
    """A board without a full cell."""
    return [[False] * WIDTH for _ in range(height)]


def board_from_text(text: str, height: int) -> Board:
    """A board of ``height`` rows from a drawing of its lowest ones, highest first, ``#`` full."""
    rows = [[cell == "#" for cell in line] for line in reversed(text.split())]
    return rows + empty_board(height - len(rows))


def column_masks(board: Board) -> list[int]:
    """The board as the engine holds it."""
    return [sum(1 << row for row, cells in enumerate(board) if cells[column]) for column in range(WIDTH)]


def outcomes(board: Board, piece: str) -> list[Outcome]:
    """Every available placement of a piece, in the order of the rules."""
    found = []
    for shape in ORIENTATIONS[piece]:
        for left in range(WIDTH - max(column for _, column in shape)):
            cells = _resting_cells(board, [(row, column + left) for row, column in shape])
            if cells is not None:
                found.append(_outcome(board, cells))
    return found


def _resting_cells(board: Board, shape: Cells) -> Cells | None:
    """Where a shape comes to rest when it falls from above; None when it would stick out."""
    height = len(board)
    down = height  # start above everything and fall while the row below is free
    while all(row + down - 1 >= 0 and not (row + down - 1 < height and board[row + down - 1][column]) for row, column in shape):
        down -= 1
    cells = [(row + down, column) for row, column in shape]
    return cells if all(row < height for row, _ in cells) else None


def _outcome(board: Board, cells: Cells) -> Outcome:
    after = [list(row) for row in board]
    for row, column in cells:
        after[row][column] = True
    full = [row for row in range(len(after)) if all(after[row])]
    eroded = len(full) * sum(row in full for row, _ in cells)
    after = [row for row in after if not all(row)] + empty_board(len(full))
    rows = [row for row, _ in cells]
    doubled_landing_height = 2 * min(rows) + (max(rows) - min(rows))
    return Outcome(after, len(full), [doubled_landing_height, eroded, *board_features(after)])


def board_features(board: Board) -> list[int]:
    """Features 2 to 10 of the table: those that depend on the board alone."""
    columns = _columns(board)
    holes = [_holes(column) for column in columns]
    return [
        sum(_changes([True, *row, True]) for row in board),
        sum(_changes([True, *column, False]) for column in columns),
        sum(len(rows) for rows in holes),
        _wells(board),
        sum(_hole_depth(column) for column in columns),
        len({row for rows in holes for row in rows}),
        _pattern_diversity(columns),
        max(_heights(columns)),
        sum(_heights(columns)),
    ]


def _columns(board: Board) -> list[list[bool]]:
    return [[row[column] for row in board] for column in range(WIDTH)]


def _changes(cells: list[bool]) -> int:
    return sum(one != other for one, other in pairwise(cells))


def _holes(column: list[bool]) -> list[int]:
    return [row for row, full in enumerate(column) if not full and any(column[row + 1 :])]


def _wells(board: Board) -> int:
    total = 0
    for row in range(len(board)):
        for column in range(WIDTH):
            left_full = column == 0 or board[row][column - 1]
            right_full = column == WIDTH - 1 or board[row][column + 1]
            if board[row][column] or not left_full or not right_full:
                continue
            below = row
            while below >= 0 and not board[below][column]:
                total += 1
                below -= 1
    return total


def _hole_depth(column: list[bool]) -> int:
    total = 0
    for row, full in enumerate(column):
        if not full:
            above = row + 1
            while above < len(column) and column[above]:
                total += 1
                above += 1
    return total


def _pattern_diversity(columns: list[list[bool]]) -> int:
    return len({one - other for one, other in pairwise(_heights(columns))} & {-2, -1, 0, 1, 2})


def _heights(columns: list[list[bool]]) -> list[int]:
    return [max((row + 1 for row, full in enumerate(column) if full), default=0) for column in columns]
