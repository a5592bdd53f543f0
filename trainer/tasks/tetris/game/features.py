"""The eleven numbers that describe a board after a move, as the literature on Tetris defines them.

All are raw integers, taken after full rows have been removed; walls and floor count as full, what is above the board as empty.

| # | name | definition | unit |
|---|---|---|---|
| 0 | landing_height | **twice** the height of the middle of the piece where it landed, before rows are removed: 2·(row of its lowest cell, from 0) + its height − 1 | half rows |
| 1 | eroded_cells | rows removed × cells of this piece in them | cells |
| 2 | row_transitions | changes between full and empty along every row, both walls included (an empty row has 2) | changes |
| 3 | column_transitions | changes along every column from the floor to above the top (an empty column has 1) | changes |
| 4 | holes | empty cells with a full cell anywhere above | cells |
| 5 | wells | for every empty cell between two full ones: the empty cells from it downward, itself included | cells |
| 6 | hole_depth | full cells in the contiguous runs that rest directly on an empty cell | cells |
| 7 | rows_with_holes | rows with at least one hole | rows |
| 8 | pattern_diversity | how many of −2, −1, 0, 1, 2 occur among the differences of neighbouring column heights | values |
| 9 | max_height | height of the highest column: its highest full cell's row, from 1 | rows |
| 10 | total_height | the heights of all columns together | cells |

The published linear players weigh the first nine. The last two are for learning: how long a game goes on depends on how high the pile
is, and none of the nine says so.

Landing height is doubled because the middle of a piece may lie between two rows, and integers travel and compare better.

Sources: 0-5 Dellacherie, published by Fahey (2003); 6-7 Thiery and Scherrer, "Building controllers for Tetris", ICGA Journal 32 (2009);
8 as used by Gabillon, Ghavamzadeh and Scherrer, "Approximate dynamic programming finally performs well in the game of Tetris", NIPS (2013);
9 Bertsekas and Ioffe, "Temporal differences-based policy iteration and applications in neuro-dynamic programming" (1996), which has the
ten heights of 10 as well.
"""  # noqa: E501 - a table's row is one line

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .pieces import WIDTH

FEATURE_NAMES: Final = (
    "landing_height",
    "eroded_cells",
    "row_transitions",
    "column_transitions",
    "holes",
    "wells",
    "hole_depth",
    "rows_with_holes",
    "pattern_diversity",
    "max_height",
    "total_height",
)
"""The features in the order of an observation's columns."""

N_FEATURES: Final = len(FEATURE_NAMES)
"""Values that describe one placement."""

N_PUBLISHED_FEATURES: Final = 9
"""The first of them, which the published linear players weigh."""

FEATURE_SCALES: Final[NDArray[np.float32]] = np.array([10, 4, 40, 20, 5, 10, 5, 4, 5, 5, 40], dtype=np.float32)
"""(11,) typical magnitudes on a 10x20 board; a network sees ``features / FEATURE_SCALES``, about unit size."""
FEATURE_SCALES.flags.writeable = False


def feature_bounds(height: int) -> NDArray[np.int16]:
    """The largest value each feature can take on a board of ``height`` rows, (11,); the smallest is always 0."""
    return np.array(
        [
            2 * height - 2,  # a lying I in the top row
            4 * 4,  # an upright I removes four rows
            WIDTH * height,
            WIDTH * (height + 1),
            WIDTH * (height - 1),
            WIDTH // 2 * (height * (height + 1) // 2),  # two wells are never neighbours
            WIDTH * (height - 1),
            height - 1,
            5,
            height,
            WIDTH * height,
        ],
        dtype=np.int16,
    )
