"""The tables of pieces: numbers of placements, order, colours."""

import re
import subprocess
import sys

import numpy as np
import pytest

from tests.trainer.tasks.tetris.game import oracle
from trainer.tasks.tetris.game.pieces import (
    BOTTOMS,
    COLOURS,
    FIRST_ORIENTATION,
    HEIGHTS,
    LENGTHS,
    MASKS,
    MAX_PLACEMENTS,
    ORIENTATIONS,
    PIECES,
    WIDTH,
    WIDTHS,
)


@pytest.mark.parametrize(("piece", "placements"), [("I", 17), ("O", 9), ("T", 34), ("S", 17), ("Z", 17), ("J", 34), ("L", 34)])
def test_each_piece_has_the_placements_of_the_literature(piece: str, placements: int) -> None:
    assert sum(WIDTH + 1 - len(shape[0]) for shape in ORIENTATIONS[piece]) == placements <= MAX_PLACEMENTS


def test_every_orientation_is_the_one_of_the_definitions_in_the_same_order() -> None:
    for number, piece in enumerate(PIECES):
        shapes = oracle.ORIENTATIONS[piece]
        assert FIRST_ORIENTATION[number + 1] - FIRST_ORIENTATION[number] == len(shapes)
        for orientation, shape in enumerate(shapes, start=int(FIRST_ORIENTATION[number])):
            masks = [sum(1 << row for row, column in shape if column == index) for index in range(4)]
            assert MASKS[orientation].tolist() == masks
            assert WIDTHS[orientation] == 1 + max(column for _, column in shape)
            assert HEIGHTS[orientation] == 1 + max(row for row, _ in shape)


def test_a_column_of_a_piece_is_one_contiguous_run() -> None:
    assert (((1 << LENGTHS) - 1) << BOTTOMS == MASKS).all()
    assert (LENGTHS.sum(axis=1) == 4).all()


def test_tables_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        MASKS[0, 0] = 1


def test_every_piece_has_a_colour_of_its_own() -> None:
    assert tuple(COLOURS) == PIECES
    assert len(set(COLOURS.values())) == len(PIECES)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in COLOURS.values())
    brightness = [np.dot(list(bytes.fromhex(colour[1:])), [0.299, 0.587, 0.114]) for colour in COLOURS.values()]
    assert all(60 < value < 230 for value in brightness)


def test_whoever_only_needs_the_pieces_does_not_load_the_compiler() -> None:
    program = "import sys; from trainer.tasks.tetris.game import features, pieces, rules; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "gymnasium", "torch", "stable_baselines3"} & set(loaded)
