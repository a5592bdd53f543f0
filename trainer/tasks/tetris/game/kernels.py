# ruff: noqa: PLR0917 - compiled functions are called by position
"""The course of games, compiled: deal, drop, remove rows, deal again, for one game or for many in one call.

A *game* is one row of an int64 array, ``N_GAME_FIELDS`` long: the ten column masks of the board, then the fields named below. It
is all there is to know about a game, so that copying the row copies the game, its luck included.
"""

from typing import Any, Final

import numpy as np

from .bitboard import HEIGHT, HOLES, SURVEY, TOTALS, fill_aliases, value_placements, without_rows
from .compiling import BoolArray, ByteArray, FeatureArray, IntArray, bit_length, compiled, popcount
from .counts import count_move
from .pieces import BOTTOMS, MASKS, MAX_PLACEMENTS, PIECES, WIDTH, WIDTHS

PIECE: Final = 10  # the piece to place
RANDOM: Final = 11  # the generator's state, 64 bits
BAG: Final = 12  # the pieces still in the bag, one bit each; -1 when every piece is drawn from all seven
LINES: Final = 13  # rows removed so far
PLACED: Final = 14  # pieces placed so far
SEED: Final = 15  # what the game was started with
N_PLACEMENTS: Final = 16  # placements available to PIECE
NUMBER: Final = 17  # which game of its slot this is, from 0
N_GAME_FIELDS: Final = 18

N_PIECES: Final = len(PIECES)
FULL_BAG: Final = (1 << N_PIECES) - 1
NO_BAG: Final = -1
SEED_BITS: Final = 53  # a seed survives a JSON reader that keeps numbers as doubles

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_U27 = np.uint64(27)
_U30 = np.uint64(30)
_U31 = np.uint64(31)
_U32 = np.uint64(32)
_U_SEED_SHIFT = np.uint64(64 - SEED_BITS)


@compiled()
def _mixed(state: np.uint64) -> np.uint64:
    """The output function of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)."""
    state = (state ^ (state >> _U30)) * _MIX_1
    state = (state ^ (state >> _U27)) * _MIX_2
    return state ^ (state >> _U31)


@compiled()
def random_below(game: IntArray, bound: int) -> Any:
    """The game's next random number, 0 to ``bound`` - 1."""
    state = np.uint64(game[RANDOM]) + _GOLDEN
    game[RANDOM] = np.int64(state)
    return np.int64(((_mixed(state) >> _U32) * np.uint64(bound)) >> _U32)


@compiled("int64(int64, int64, int64)")
def follow_up_seed(batch_seed: int, slot: int, number: int) -> Any:
    """The seed of game ``number`` in a batch's ``slot``: three rounds of splitmix64 over the three numbers, below 2**53."""
    state = _mixed(np.uint64(batch_seed) + _GOLDEN)
    state = _mixed((state ^ np.uint64(slot)) + _GOLDEN)
    state = _mixed((state ^ np.uint64(number)) + _GOLDEN)
    return np.int64(state >> _U_SEED_SHIFT)


@compiled()
def _draw_piece(game: IntArray) -> None:
    """Draw the next piece, from all seven or out of the bag."""
    if game[BAG] == NO_BAG:
        game[PIECE] = random_below(game, N_PIECES)
        return
    if game[BAG] == 0:
        game[BAG] = FULL_BAG
    bag = game[BAG]
    for _ in range(random_below(game, popcount(bag))):
        bag &= bag - 1
    lowest = bag & -bag
    game[PIECE] = bit_length(lowest) - 1
    game[BAG] ^= lowest


@compiled()
def start_game(game: IntArray, seed: int, use_bag: bool) -> None:
    """Begin a game: empty board, first piece drawn. NUMBER stays, N_PLACEMENTS is for ``look``."""
    game[:WIDTH] = 0
    game[RANDOM] = np.int64(_mixed(np.uint64(seed) + _GOLDEN))
    game[BAG] = FULL_BAG if use_bag else NO_BAG
    game[LINES] = 0
    game[PLACED] = 0
    game[SEED] = seed
    _draw_piece(game)


@compiled()
def look(game: IntArray, height: int, ceiling: int, placements: ByteArray, features: FeatureArray, scratch: IntArray) -> None:
    """List what the current piece can do: ``placements`` (34,) and ``features`` (34, 11), aliases not yet filled."""
    game[N_PLACEMENTS] = value_placements(game, game[PIECE], height, ceiling, placements, features, scratch)


@compiled()
def _drop(game: IntArray, placement: int) -> int:
    """Put the piece on the board and return the row of its lowest cell."""
    orientation = placement // WIDTH
    column = placement % WIDTH
    row = 0
    for offset in range(WIDTHS[orientation]):
        row = max(row, bit_length(game[column + offset]) - BOTTOMS[orientation, offset])
    for offset in range(WIDTHS[orientation]):
        game[column + offset] |= MASKS[orientation, offset] << row
    return row


@compiled()
def _full_rows(game: IntArray) -> int:
    rows: int = game[0]
    for index in range(1, WIDTH):
        rows &= game[index]
    return rows


@compiled()
def _settle(game: IntArray, rows: int) -> int:
    """Remove the given full rows, count, draw the next piece; returns the number of rows."""
    if rows != 0:
        for index in range(WIDTH):
            game[index] = without_rows(game[index], rows)
    lines = popcount(rows)
    game[LINES] += lines
    game[PLACED] += 1
    _draw_piece(game)
    return lines


@compiled()
def place(game: IntArray, placement: int) -> int:
    """Drop the piece, remove full rows, draw the next piece; returns the rows removed."""
    _drop(game, placement)
    return _settle(game, _full_rows(game))


@compiled()
def place_and_paint(game: IntArray, placement: int, colours: ByteArray) -> int:
    """``place``, and the same on a colour grid (height, 10), floor first."""
    orientation = placement // WIDTH
    column = placement % WIDTH
    row = _drop(game, placement)
    for offset in range(WIDTHS[orientation]):
        for up in range(4):
            if (MASKS[orientation, offset] >> up) & 1:
                colours[row + up, column + offset] = game[PIECE] + 1
    rows = _full_rows(game)
    _remove_painted_rows(colours, rows)
    return _settle(game, rows)


@compiled()
def _remove_painted_rows(colours: ByteArray, rows: int) -> None:
    """Remove rows from a colour grid; empty ones come in at the top."""
    if rows == 0:
        return
    kept = 0
    for row in range(colours.shape[0]):
        if not (rows >> row) & 1:
            colours[kept] = colours[row]
            kept += 1
    colours[kept:] = 0


@compiled("void(int64[::1], int64, b1, int64, int64, uint8[::1], int16[:, ::1], uint8[:, ::1], int64[:, :, ::1])")
def begin_one(
    game: IntArray,
    seed: int,
    use_bag: bool,
    height: int,
    ceiling: int,
    placements: ByteArray,
    features: FeatureArray,
    colours: ByteArray,
    scratch: IntArray,
) -> None:
    """Begin one game and look at its first piece."""
    start_game(game, seed, use_bag)
    colours[:] = 0
    look(game, height, ceiling, placements, features, scratch)
    fill_aliases(features, game[N_PLACEMENTS])


@compiled("int64(int64[::1], int64, int64, int64, uint8[::1], int16[:, ::1], uint8[:, ::1], int64[:, :, ::1])")
def step_one(
    game: IntArray,
    action: int,
    height: int,
    ceiling: int,
    placements: ByteArray,
    features: FeatureArray,
    colours: ByteArray,
    scratch: IntArray,
) -> int:
    """Make one move in one game, with its colours, and look at the next piece; returns the rows removed."""
    lines = place_and_paint(game, placements[action % game[N_PLACEMENTS]], colours)
    look(game, height, ceiling, placements, features, scratch)
    fill_aliases(features, game[N_PLACEMENTS])
    return lines


@compiled("void(int64[:, ::1], int64[::1], b1, int64, int64, uint8[:, ::1], int16[:, :, ::1], uint8[:, ::1], int64[:, :, ::1])")
def begin_many(
    games: IntArray,
    seeds: IntArray,
    use_bag: bool,
    height: int,
    ceiling: int,
    placements: ByteArray,
    features: FeatureArray,
    colours: ByteArray,
    scratch: IntArray,
) -> None:
    """Begin every game of a batch, slot by slot; ``ceiling`` is the number of rows that may be used, ``colours`` is slot 0's."""
    for slot in range(games.shape[0]):
        games[slot, NUMBER] = 0
        begin_one(games[slot], seeds[slot], use_bag, height, ceiling, placements[slot], features[slot], colours, scratch)


@compiled("int64(int64[::1])")
def first_illegal(actions: IntArray) -> int:
    """The first slot whose action is not one of 0 to 33; -1 when all are."""
    for slot in range(actions.shape[0]):
        if actions[slot] < 0 or actions[slot] >= MAX_PLACEMENTS:
            return slot
    return -1


@compiled(
    "int64(int64[:, ::1], int64[::1], b1, int64, int64, int64, int64, uint8[:, ::1], int16[:, :, ::1], uint8[:, ::1],"
    "int64[:, :, ::1], int64[::1], int64[::1], b1[::1], b1[::1], int64[:, ::1], int16[:, :, ::1])"
)
def step_many(
    games: IntArray,
    actions: IntArray,
    use_bag: bool,
    height: int,
    ceiling: int,
    max_pieces: int,
    batch_seed: int,
    placements: ByteArray,
    features: FeatureArray,
    colours: ByteArray,
    scratch: IntArray,
    counts: IntArray,
    lines: IntArray,
    terminated: BoolArray,
    truncated: BoolArray,
    endings: IntArray,
    last_features: FeatureArray,
) -> int:
    """Make one move in every game; a game that ends is followed by the next one of its slot at once.

    Written: ``lines``, ``terminated`` and ``truncated`` for every slot; ``endings`` (games, N_GAME_FIELDS) and ``last_features``
    (games, 34, 11), the game's last state and observation, for the slots that ended only. ``counts`` (N_COUNTS,) is added to.
    Returns how many ended.
    """
    ended = 0
    for slot in range(games.shape[0]):
        game = games[slot]
        piece, placement = game[PIECE], placements[slot, actions[slot] % game[N_PLACEMENTS]]
        lines[slot] = place_and_paint(game, placement, colours) if slot == 0 else place(game, placement)
        look(game, height, ceiling, placements[slot], features[slot], scratch)
        fill_aliases(features[slot], game[N_PLACEMENTS])
        count_move(counts, piece, placement, lines[slot], scratch[SURVEY, TOTALS, HOLES], scratch[SURVEY, TOTALS, HEIGHT])
        terminated[slot] = game[N_PLACEMENTS] == 0
        truncated[slot] = not terminated[slot] and 0 < max_pieces <= game[PLACED]
        if terminated[slot] or truncated[slot]:
            ended += 1
            endings[slot] = game
            last_features[slot] = features[slot]
            game[NUMBER] += 1
            start_game(game, follow_up_seed(batch_seed, slot, game[NUMBER]), use_bag)
            look(game, height, ceiling, placements[slot], features[slot], scratch)
            fill_aliases(features[slot], game[N_PLACEMENTS])
            if slot == 0:
                colours[:] = 0
    return ended
