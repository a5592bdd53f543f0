# ruff: noqa: PLR0917 - compiled functions are called by position
"""The board as ten column masks, and the features of every placement from a few bit operations a column.

Bit ``r`` of a column is its cell in row ``r``, counted from the floor. A *survey* is a working table about one board,
int64 ``(N_SURVEY_ROWS, 12)``: columns 1 to 10 are the board's, 0 and 11 the walls. Its running sums, ANDs and ORs from either side
answer "and what about all the other columns?", so that valuing a placement only touches the columns under the piece and
their neighbours.
"""

from typing import Final

import numpy as np

from .compiling import ByteArray, FeatureArray, IntArray, bit_length, compiled, popcount
from .pieces import BOTTOMS, FIRST_ORIENTATION, HEIGHTS, LENGTHS, MASKS, MAX_PLACEMENTS, WIDTH, WIDTHS

CELLS: Final = 0  # the column's full cells
TOPS: Final = 1  # the column's height
GAPS: Final = 2  # the column's holes
SOLID: Final = 3  # 1 when the column has no hole
EDGES: Final = 4  # row transitions between columns 0 and i
WELLS: Final = 5  # wells in columns 1 to i
FULL_LEFT: Final = 6  # rows full in all of columns 0 to i
FULL_RIGHT: Final = 7  # rows full in all of columns i to 11
GAPS_LEFT: Final = 8  # rows with a hole in columns 0 to i
GAPS_RIGHT: Final = 9  # rows with a hole in columns i to 11
STEPS_LEFT: Final = 10  # height differences that occur among columns 0 to i
STEPS_RIGHT: Final = 11  # height differences that occur among columns i to 11
HIGHEST_LEFT: Final = 12  # the greatest height among columns 1 to i
HIGHEST_RIGHT: Final = 13  # the greatest height among columns i to 10
TOTALS: Final = 14  # holes, hole depth, column transitions and heights of the whole board
N_SURVEY_ROWS: Final = 15

HOLES: Final = 0
DEPTH: Final = 1
CHANGES: Final = 2
HEIGHT: Final = 3

RIGHT_WALL: Final = WIDTH + 1
WALL_TOP: Final = 1 << 20  # so high that a step to a wall is never among -2 … 2

SURVEY: Final = 0  # the board as it is
AFTER: Final = 1  # the same CELLS, changed while a placement is looked at


def new_scratch() -> IntArray:
    """Working space for the compiled functions, (2, N_SURVEY_ROWS, 12): one a thread, its content of no interest to anyone."""
    return np.zeros((2, N_SURVEY_ROWS, WIDTH + 2), dtype=np.int64)


@compiled()
def well_sum(cells: int, neighbours: int) -> int:
    """The wells of one column: ``neighbours`` are the rows in which both neighbours are full."""
    empty = ~cells
    wells = empty & neighbours
    total = 0
    while wells != 0:
        total += popcount(wells)
        empty <<= 1
        wells &= empty
    return total


@compiled()
def step_bit(difference: int) -> int:
    """One of bits 1 to 5 for a height difference of -2 to 2, else 0."""
    return (1 << min(max(difference + 3, 0), 6)) & 0b0111110


@compiled()
def survey_board(survey: IntArray, wall: int) -> None:
    """Fill a survey whose CELLS are set; ``wall`` has a bit for every row of the board."""
    survey[CELLS, 0] = wall
    survey[CELLS, RIGHT_WALL] = wall
    survey[TOPS, 0] = WALL_TOP
    survey[TOPS, RIGHT_WALL] = WALL_TOP
    survey[FULL_LEFT, 0] = wall
    survey[FULL_RIGHT, RIGHT_WALL] = wall
    for row in (EDGES, WELLS, GAPS_LEFT, STEPS_LEFT, HIGHEST_LEFT):
        survey[row, 0] = 0
    for row in (GAPS_RIGHT, STEPS_RIGHT, HIGHEST_RIGHT):
        survey[row, RIGHT_WALL] = 0
    _sweep_right(survey)
    _sweep_left(survey)


@compiled()
def _sweep_right(survey: IntArray) -> None:
    """What is known of single columns, and of all columns to the left."""
    holes = 0
    depth = 0
    changes = 0
    total_height = 0
    for column in range(1, RIGHT_WALL):
        cells = survey[CELLS, column]
        left = survey[CELLS, column - 1]
        top = bit_length(cells)
        gaps = ((1 << top) - 1) & ~cells
        holes += popcount(gaps)
        depth += popcount(cells & (cells + 1))  # all but the run that rests on the floor
        changes += popcount(cells ^ ((cells << 1) | 1))
        total_height += top
        survey[TOPS, column] = top
        survey[GAPS, column] = gaps
        survey[SOLID, column] = gaps == 0
        survey[EDGES, column] = survey[EDGES, column - 1] + popcount(cells ^ left)
        survey[WELLS, column] = survey[WELLS, column - 1] + well_sum(cells, left & survey[CELLS, column + 1])
        survey[FULL_LEFT, column] = survey[FULL_LEFT, column - 1] & cells
        survey[GAPS_LEFT, column] = survey[GAPS_LEFT, column - 1] | gaps
        survey[STEPS_LEFT, column] = survey[STEPS_LEFT, column - 1] | step_bit(top - survey[TOPS, column - 1])
        survey[HIGHEST_LEFT, column] = max(survey[HIGHEST_LEFT, column - 1], top)
    survey[EDGES, RIGHT_WALL] = survey[EDGES, WIDTH] + popcount(survey[CELLS, WIDTH] ^ survey[CELLS, RIGHT_WALL])
    survey[TOTALS, HOLES] = holes
    survey[TOTALS, DEPTH] = depth
    survey[TOTALS, CHANGES] = changes
    survey[TOTALS, HEIGHT] = total_height


@compiled()
def _sweep_left(survey: IntArray) -> None:
    """What is known of all columns to the right."""
    for column in range(WIDTH, 0, -1):
        survey[FULL_RIGHT, column] = survey[FULL_RIGHT, column + 1] & survey[CELLS, column]
        survey[GAPS_RIGHT, column] = survey[GAPS_RIGHT, column + 1] | survey[GAPS, column]
        survey[STEPS_RIGHT, column] = survey[STEPS_RIGHT, column + 1] | step_bit(survey[TOPS, column + 1] - survey[TOPS, column])
        survey[HIGHEST_RIGHT, column] = max(survey[HIGHEST_RIGHT, column + 1], survey[TOPS, column])


@compiled()
def without_rows(cells: int, rows: int) -> int:
    """A column without the given rows: what is above them moves down."""
    while rows != 0:
        highest = bit_length(rows) - 1
        below = (1 << highest) - 1
        cells = (cells & below) | ((cells >> 1) & ~below)
        rows &= below
    return cells


@compiled()
def landing_row(survey: IntArray, orientation: int, column: int) -> int:
    """The row in which the orientation's lowest row comes to rest."""
    row = 0
    for offset in range(WIDTHS[orientation]):
        row = max(row, survey[TOPS, column + 1 + offset] - BOTTOMS[orientation, offset])
    return row


@compiled()
def _features_with_full_rows(features: FeatureArray, after: IntArray, orientation: int, row: int, rows: int) -> None:
    """The features of a placement that removes rows: the whole board is looked at anew, once, with nothing kept for later."""
    eroded = 0
    for offset in range(WIDTHS[orientation]):
        eroded += popcount((MASKS[orientation, offset] << row) & rows)
    features[0] = 2 * row + HEIGHTS[orientation] - 1
    features[1] = popcount(rows) * eroded
    _features_of_the_rest(features, after, rows)


@compiled()
def _features_of_the_rest(features: FeatureArray, board: IntArray, rows: int) -> None:
    """All features but the first two, of a board without the given rows."""
    wall = board[CELLS, 0]
    edges = 0
    wells = 0
    holes = 0
    depth = 0
    changes = 0
    gaps = 0
    steps = 0
    highest = 0
    total_height = 0
    left = wall
    left_top = WALL_TOP
    cells = without_rows(board[CELLS, 1], rows)
    for column in range(1, RIGHT_WALL):
        right = wall
        if column < WIDTH:
            right = without_rows(board[CELLS, column + 1], rows)
        top = bit_length(cells)
        gap = ((1 << top) - 1) & ~cells
        gaps |= gap
        holes += popcount(gap)
        depth += popcount(cells & (cells + 1))
        changes += popcount(cells ^ ((cells << 1) | 1))
        edges += popcount(cells ^ left)
        wells += well_sum(cells, left & right)
        steps |= step_bit(top - left_top)
        highest = max(highest, top)
        total_height += top
        left = cells
        left_top = top
        cells = right
    features[2] = edges + popcount(left ^ wall)
    features[3] = changes
    features[4] = holes
    features[5] = wells
    features[6] = depth
    features[7] = popcount(gaps)
    features[8] = popcount(steps)
    features[9] = highest
    features[10] = total_height


@compiled()
def _features_without_full_rows(features: FeatureArray, survey: IntArray, after: IntArray, orientation: int, column: int, row: int) -> None:
    """The features of a placement that removes nothing: the board's, corrected where the piece came to lie."""
    width = WIDTHS[orientation]
    right = column + width + 1  # the first column to the right of the piece
    holes = survey[TOTALS, HOLES]
    depth = survey[TOTALS, DEPTH]
    changes = survey[TOTALS, CHANGES]
    gaps = survey[GAPS_LEFT, column] | survey[GAPS_RIGHT, right]
    steps = survey[STEPS_LEFT, column] | survey[STEPS_RIGHT, right]
    highest = max(survey[HIGHEST_LEFT, column], survey[HIGHEST_RIGHT, right])
    total_height = survey[TOTALS, HEIGHT]
    edges = survey[EDGES, RIGHT_WALL] - survey[EDGES, right] + survey[EDGES, column]
    left_top = survey[TOPS, column]
    for offset in range(width):
        index = column + 1 + offset
        old_top = survey[TOPS, index]
        bottom = row + BOTTOMS[orientation, offset]
        length = LENGTHS[orientation, offset]
        gap = bottom - old_top
        holes += gap
        changes += 2 * (gap > 0)
        depth += length * ((gap > 0) | (survey[SOLID, index] == 0))
        gaps |= survey[GAPS, index] | ((1 << bottom) - (1 << old_top))
        edges += popcount(after[CELLS, index] ^ after[CELLS, index - 1])
        top = bottom + length
        highest = max(highest, top)
        total_height += top - old_top
        steps |= step_bit(top - left_top)
        left_top = top
    steps |= step_bit(survey[TOPS, right] - left_top)
    edges += popcount(after[CELLS, right] ^ after[CELLS, right - 1])
    first = max(column, 1)
    last = min(right, WIDTH)
    wells = survey[WELLS, WIDTH] - survey[WELLS, last] + survey[WELLS, first - 1]
    for index in range(first, last + 1):
        wells += well_sum(after[CELLS, index], after[CELLS, index - 1] & after[CELLS, index + 1])
    features[0] = 2 * row + HEIGHTS[orientation] - 1
    features[1] = 0
    features[2] = edges
    features[3] = changes
    features[4] = holes
    features[5] = wells
    features[6] = depth
    features[7] = popcount(gaps)
    features[8] = popcount(steps)
    features[9] = highest
    features[10] = total_height


@compiled()
def _value_placement(features: FeatureArray, scratch: IntArray, orientation: int, column: int, row: int) -> None:
    """The features (11,) of one placement; AFTER is left as it was found, equal to SURVEY."""
    survey = scratch[SURVEY]
    after = scratch[AFTER]
    width = WIDTHS[orientation]
    full = survey[FULL_LEFT, column] & survey[FULL_RIGHT, column + width + 1]
    for offset in range(width):
        cells = survey[CELLS, column + 1 + offset] | (MASKS[orientation, offset] << row)
        after[CELLS, column + 1 + offset] = cells
        full &= cells
    if full == 0:
        _features_without_full_rows(features, survey, after, orientation, column, row)
    else:
        _features_with_full_rows(features, after, orientation, row, full)
    for index in range(column + 1, column + 1 + width):
        after[CELLS, index] = survey[CELLS, index]


@compiled("int64(int64[::1], int64, int64, int64, uint8[::1], int16[:, ::1], int64[:, :, ::1])")
def value_placements(
    columns: IntArray, piece: int, height: int, ceiling: int, placements: ByteArray, features: FeatureArray, scratch: IntArray
) -> int:
    """List the placements that are available to ``piece``, with the features of each.

    Args:
        columns: (>= 10,) the board; values beyond the tenth are not looked at.
        piece: the piece's number.
        height: rows of the board.
        ceiling: rows that may be used, at most ``height``: a placement that sticks out above them is not available.
        placements: (34,) written: the code of each placement, orientation number × 10 + column.
        features: (34, 11) written: one row a placement. Rows beyond the last placement keep what they held.
        scratch: (2, N_SURVEY_ROWS, 12) working space.

    Returns:
        The number of placements; 0 when the piece fits nowhere.
    """
    wall = (1 << height) - 1
    survey = scratch[SURVEY]
    for index in range(WIDTH):
        survey[CELLS, index + 1] = columns[index]
    survey_board(survey, wall)
    for index in range(WIDTH + 2):
        scratch[AFTER, CELLS, index] = survey[CELLS, index]
    count = 0
    for orientation in range(FIRST_ORIENTATION[piece], FIRST_ORIENTATION[piece + 1]):
        for column in range(WIDTH + 1 - WIDTHS[orientation]):
            row = landing_row(survey, orientation, column)
            if row + HEIGHTS[orientation] <= ceiling:
                _value_placement(features[count], scratch, orientation, column, row)
                placements[count] = orientation * WIDTH + column
                count += 1
    return count


@compiled()
def fill_aliases(features: FeatureArray, count: int) -> None:
    """Make row ``a`` of features (34, 11) the features of placement ``a % count``; all zeros when there is none."""
    if count == 0:
        features[:] = 0
        return
    for action in range(count, MAX_PLACEMENTS):
        for index in range(features.shape[1]):
            features[action, index] = features[action - count, index]
