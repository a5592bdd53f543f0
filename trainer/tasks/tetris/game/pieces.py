"""The seven pieces: names, colours and the shape of every orientation, as plain NumPy tables.

A placement is an orientation and a column. Placements are listed orientation by orientation (the shape as drawn below first, then
turned clockwise), and within one orientation from the left wall to the right one; "first" always refers to this order.

Rows are counted from the floor up and columns from the left wall, both from 0. All tables are indexed by *orientation number*,
0 to 18; those of piece ``p`` are ``FIRST_ORIENTATION[p]`` to ``FIRST_ORIENTATION[p + 1] - 1``.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 10
"""Columns of every board."""
MIN_HEIGHT: Final = 4
"""The lowest board: an upright I still fits."""
MAX_HEIGHT: Final = 40
"""The highest board: a column, one row above it and the arithmetic on both stay far inside 64 bits."""
MAX_PLACEMENTS: Final = 34
"""Placements of T, J and L on an empty board, the most that any piece has."""

PIECES: Final = ("I", "O", "T", "S", "Z", "J", "L")
"""The pieces' names; a piece's index here is its number everywhere."""

COLOURS: Final = {
    "I": "#56B4E9",
    "O": "#F0E442",
    "T": "#CC79A7",
    "S": "#009E73",
    "Z": "#D55E00",
    "J": "#0072B2",
    "L": "#E69F00",
}
"""A colour for every piece: the palette of Okabe and Ito (2008), told apart with every common colour vision, on light and on dark."""

_SHAPES: Final = {
    "I": ("####",),
    "O": ("##", "##"),
    "T": (".#.", "###"),
    "S": (".##", "##."),
    "Z": ("##.", ".##"),
    "J": ("#..", "###"),
    "L": ("..#", "###"),
}
"""Each piece as it is drawn, highest row first."""

Shape = tuple[str, ...]


def _turned_clockwise(shape: Shape) -> Shape:
    return tuple("".join(column) for column in zip(*reversed(shape), strict=True))


def _orientations(shape: Shape) -> tuple[Shape, ...]:
    """All distinct quarter turns of a shape, beginning with the shape itself."""
    distinct: dict[Shape, None] = {}
    for _ in range(4):
        distinct.setdefault(shape)
        shape = _turned_clockwise(shape)
    return tuple(distinct)


ORIENTATIONS: Final = {piece: _orientations(shape) for piece, shape in _SHAPES.items()}
"""Every piece's orientations, drawn as text with the highest row first."""

_ALL: Final = tuple(shape for piece in PIECES for shape in ORIENTATIONS[piece])


def _table(values: list[int] | list[list[int]]) -> NDArray[np.int64]:
    table = np.array(values, dtype=np.int64)
    table.flags.writeable = False
    return table


def _column_masks(shape: Shape) -> list[int]:
    """The cells of each of four columns as bits, bit 0 the shape's lowest row; columns beyond the shape are 0."""
    masks = [sum(1 << row for row, cell in enumerate(reversed(column)) if cell == "#") for column in zip(*shape, strict=True)]
    return masks + [0] * (4 - len(masks))


_MASKS: Final = [_column_masks(shape) for shape in _ALL]

FIRST_ORIENTATION: Final = _table([sum(len(ORIENTATIONS[piece]) for piece in PIECES[:index]) for index in range(len(PIECES) + 1)])
"""(8,) the number of each piece's first orientation, and the number of orientations in all."""
WIDTHS: Final = _table([len(shape[0]) for shape in _ALL])
"""(19,) columns an orientation covers."""
HEIGHTS: Final = _table([len(shape) for shape in _ALL])
"""(19,) rows an orientation covers."""
MASKS: Final = _table(_MASKS)
"""(19, 4) the cells in each column, bit 0 the orientation's lowest row."""
BOTTOMS: Final = _table([[(mask & -mask).bit_length() - 1 if mask else 0 for mask in masks] for masks in _MASKS])
"""(19, 4) the lowest cell in each column, in rows above the orientation's lowest row."""
LENGTHS: Final = _table([[mask.bit_count() for mask in masks] for masks in _MASKS])
"""(19, 4) cells in each column; they are contiguous."""
