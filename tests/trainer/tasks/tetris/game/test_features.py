"""The compiled features against hand-made boards and against the slow oracle."""

import random

import numpy as np
import pytest

from tests.trainer.tasks.tetris.game import oracle
from trainer.tasks.tetris.game import bitboard
from trainer.tasks.tetris.game.batch import TetrisBatch
from trainer.tasks.tetris.game.compiling import IntArray
from trainer.tasks.tetris.game.features import FEATURE_NAMES, FEATURE_SCALES, N_FEATURES, feature_bounds
from trainer.tasks.tetris.game.pieces import MAX_PLACEMENTS, PIECES

NO_PLACEMENTS = np.zeros(MAX_PLACEMENTS, dtype=np.uint8)


def engine_features(board: oracle.Board, piece: str) -> list[list[int]]:
    """The features of all placements, by the compiled engine."""
    columns: IntArray = np.array(oracle.column_masks(board), dtype=np.int64)
    features = np.zeros((MAX_PLACEMENTS, N_FEATURES), dtype=np.int16)
    placements = NO_PLACEMENTS.copy()
    count = bitboard.value_placements(columns, PIECES.index(piece), len(board), len(board), placements, features, bitboard.new_scratch())
    listed: list[list[int]] = features[:count].tolist()
    return listed


def random_board(rng: random.Random, height: int) -> oracle.Board:
    """A board without full rows: from sparse to dense, low to up to the top, with or without holes."""
    density = rng.choice((0.2, 0.5, 0.8, 0.95))
    level = rng.randint(0, height)
    board = oracle.empty_board(height)
    if rng.random() < 0.5:
        for column in range(oracle.WIDTH):
            for row in range(max(0, min(height, level - rng.randint(0, 3)))):
                board[row][column] = True
    else:
        for row in range(level):
            board[row] = [rng.random() < density for _ in range(oracle.WIDTH)]
    for cells in board:
        if all(cells):
            cells[rng.randrange(oracle.WIDTH)] = False
    return board


@pytest.mark.long
@pytest.mark.parametrize(("height", "boards"), [(4, 1000), (5, 600), (10, 600), (20, 400), (33, 100), (40, 100)])
def test_every_placement_on_random_boards_has_the_features_of_the_definitions(height: int, boards: int) -> None:
    rng = random.Random(height)
    for _ in range(boards):
        board = random_board(rng, height)
        piece = rng.choice(PIECES)
        assert engine_features(board, piece) == [outcome.features for outcome in oracle.outcomes(board, piece)]


@pytest.mark.long
@pytest.mark.parametrize("height", [4, 10, 20])
@pytest.mark.parametrize("randomizer", ["uniform", "bag"])
def test_whole_games_follow_the_slow_rules_move_by_move(height: int, randomizer: str) -> None:
    batch = TetrisBatch(1, height=height, randomizer=randomizer, max_pieces=0, seed=height)
    rng = random.Random(height)
    board = oracle.empty_board(height)
    lines_seen = 0
    for _ in range(200):
        found = oracle.outcomes(board, PIECES[batch.pieces[0]])
        expected = [found[action % len(found)].features for action in range(MAX_PLACEMENTS)]
        assert batch.observations.reshape(MAX_PLACEMENTS, N_FEATURES).tolist() == expected
        # mostly the flattest placement, so that games last and rows are removed; sometimes any
        action = rng.randrange(34) if rng.random() < 0.1 else int(np.argmin([sum(row[2:]) + row[0] - row[1] for row in expected]))
        step = batch.step(np.array([action]))
        chosen = found[action % len(found)]
        assert step.lines[0] == chosen.lines
        lines_seen += chosen.lines
        board = oracle.empty_board(height) if step.terminated[0] else chosen.board
        assert (batch.watched_board().colours[::-1] > 0).tolist() == board
    assert lines_seen > 0


def test_a_lying_i_on_an_empty_board_changes_what_a_reader_can_count() -> None:
    # ####......: no change between wall and piece, one behind it, one at the other wall; the step from 1 to 0 and flat ground occur
    assert engine_features(oracle.empty_board(20), "I")[0] == [0, 0, 40, 10, 0, 0, 0, 0, 2, 1, 4]


def test_an_upright_i_beside_the_left_wall() -> None:
    # the first of ten upright placements comes after seven lying ones; its middle is at row 1.5, doubled 3
    assert engine_features(oracle.empty_board(20), "I")[7] == [3, 0, 40, 10, 0, 0, 0, 0, 1, 4, 4]


def test_an_upright_i_one_column_from_the_wall_makes_a_well_of_depth_four() -> None:
    # 4 + 3 + 2 + 1 empty cells downward between the wall and the piece
    assert engine_features(oracle.empty_board(20), "I")[8] == [3, 0, 48, 10, 0, 10, 0, 0, 1, 4, 4]


def test_four_rows_removed_by_an_upright_i_erode_sixteen() -> None:
    board = oracle.board_from_text("#########.\n" * 4, 20)
    assert engine_features(board, "I")[16] == [3, 16, 40, 10, 0, 0, 0, 0, 1, 0, 0]


def test_a_piece_over_a_gap_buries_it() -> None:
    board = oracle.board_from_text(
        """
        ##.#######
        #..#######
        """,
        20,
    )
    # O on columns 1-2 rests on the edge in column 1 and buries column 2, two cells deep; the wells are those two cells, and two
    # beside the left wall, one and two deep; three full cells rest on the hole in column 1, two on those in column 2;
    # eight columns are two high, two are four
    assert engine_features(board, "O")[1] == [5, 0, 44, 14, 3, 5, 5, 2, 3, 4, 24]


def test_a_full_cell_in_the_top_row_counts_one_more_column_transition() -> None:
    # upright I on a board of four rows: the column is full to the top, and what is above counts as empty
    assert engine_features(oracle.empty_board(4), "I")[7] == [3, 0, 8, 10, 0, 0, 0, 0, 1, 4, 4]


def test_no_placement_is_listed_when_the_piece_would_stick_out() -> None:
    board = oracle.board_from_text("#.########\n" * 4, 4)
    assert engine_features(board, "O") == []
    assert len(engine_features(board, "I")) == 1


def test_no_feature_exceeds_its_bound() -> None:
    rng = random.Random(0)
    for height in (4, 20, 40):
        for _ in range(40):
            rows = np.array([row for piece in PIECES for row in engine_features(random_board(rng, height), piece)] or [[0] * N_FEATURES])
            assert (rows >= 0).all()
            assert (rows <= feature_bounds(height)).all()


def test_every_feature_has_a_name_and_a_scale() -> None:
    assert len(FEATURE_NAMES) == len(set(FEATURE_NAMES)) == len(FEATURE_SCALES) == N_FEATURES == 11
    assert (FEATURE_SCALES > 0).all()
