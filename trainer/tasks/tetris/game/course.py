# ruff: noqa: PLR0917 - compiled functions are called by position
"""One game, move by move: played again from its seed and actions, watched while a network values its placements, or played by hand."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

import numpy as np

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch, value_placements
from .compiling import ByteArray, FeatureArray, IntArray, compiled
from .features import N_FEATURES
from .greedy import FloatArray, Layer, first_highest, network_values, packed_network
from .pieces import BOTTOMS, LENGTHS, MAX_PLACEMENTS, WIDTH, WIDTHS
from .rules import check_ceiling, check_height, check_randomizer, check_seed

KEY_FRAME_DISTANCE: Final = 1_000  # pieces: from the nearest one any piece is reached in a millisecond


@compiled(
    "int64(int64[::1], uint8[::1], int64, int64, uint8[:, ::1], uint8[::1], uint8[::1], int16[:, ::1], int64[:, :, ::1])",
)
def _play(
    game: IntArray,
    actions: ByteArray,
    height: int,
    ceiling: int,
    colours: ByteArray,
    lines: ByteArray,
    placements: ByteArray,
    features: FeatureArray,
    scratch: IntArray,
) -> int:
    """Make moves until they or the game are at an end; ``lines`` (moves,) gets the rows each removed. Returns how many were made."""
    moves: int = actions.shape[0]
    for move in range(moves):
        count = value_placements(game, game[kernels.PIECE], height, ceiling, placements, features, scratch)
        if count == 0:
            return move
        lines[move] = kernels.place_and_paint(game, placements[actions[move] % count], colours)
    return moves


@compiled(
    "int64(int64[::1], int64, int64, float32[::1], int64[::1], float32[:, ::1], float32[::1], uint8[::1], int16[:, ::1], int64[:, :, ::1])",
)
def _value(
    game: IntArray,
    height: int,
    ceiling: int,
    parameters: FloatArray,
    sizes: IntArray,
    activations: FloatArray,
    values: FloatArray,
    placements: ByteArray,
    features: FeatureArray,
    scratch: IntArray,
) -> int:
    """Write the value of every placement of the piece at hand, (34,); returns how many there are."""
    count = value_placements(game, game[kernels.PIECE], height, ceiling, placements, features, scratch)
    if count > 0:
        values[:count] = network_values(features[:count], parameters, sizes, activations)[:, 0]
    return count


@compiled(
    "int64(int64[::1], uint8[::1], int64, int64, float32[::1], int64[::1], float32[:, ::1], float32[::1], uint8[::1], int16[:, ::1],"
    "int64[:, :, ::1])",
)
def _value_moves(
    game: IntArray,
    actions: ByteArray,
    height: int,
    ceiling: int,
    parameters: FloatArray,
    sizes: IntArray,
    activations: FloatArray,
    values: FloatArray,
    placements: ByteArray,
    features: FeatureArray,
    scratch: IntArray,
) -> int:
    """Make moves and write the value of each chosen placement, (moves,). Returns how many were made."""
    moves: int = actions.shape[0]
    for move in range(moves):
        count = value_placements(game, game[kernels.PIECE], height, ceiling, placements, features, scratch)
        if count == 0:
            return move
        action = actions[move] % count
        values[move] = network_values(features[:count], parameters, sizes, activations)[action, 0]
        kernels.place(game, placements[action])
    return moves


@compiled(
    "int64(int64[::1], int64, int64, int64, float32[::1], int64[::1], float32[:, ::1], uint8[:, ::1], uint8[::1], int16[:, ::1],"
    "int64[:, :, ::1])",
)
def _play_greedily(
    game: IntArray,
    moves: int,
    height: int,
    ceiling: int,
    parameters: FloatArray,
    sizes: IntArray,
    activations: FloatArray,
    colours: ByteArray,
    placements: ByteArray,
    features: FeatureArray,
    scratch: IntArray,
) -> int:
    """Make the moves with the highest values; returns how many were made, fewer than asked for if the game ended."""
    for move in range(moves):
        count = value_placements(game, game[kernels.PIECE], height, ceiling, placements, features, scratch)
        if count == 0:
            return move
        action = first_highest(network_values(features[:count], parameters, sizes, activations))
        kernels.place_and_paint(game, placements[action], colours)
    return moves


class Network:
    """A value network as compiled code takes it; see ``GreedyGames`` for its arguments."""

    def __init__(self, layers: Sequence[Layer], feature_scales: FloatArray) -> None:
        self.parameters, self.sizes = packed_network(layers, feature_scales)

    def new_activations(self) -> FloatArray:
        """Working space for one thread."""
        return np.empty((2, MAX_PLACEMENTS * int(self.sizes.max())), dtype=np.float32)


class Game:
    """One game. Everything about it is a function of its settings, its seed and its moves.

    Args:
        seed: of the pieces.
        height: rows of the board.
        ceiling: rows that may be used; by default the whole board.
        randomizer: ``uniform`` or ``bag``.
    """

    def __init__(self, seed: int, *, height: int = 20, ceiling: int | None = None, randomizer: str = "uniform") -> None:
        self.height = check_height(height)
        self.ceiling = check_ceiling(self.height if ceiling is None else ceiling, self.height)
        self._game: IntArray = np.zeros(kernels.N_GAME_FIELDS, dtype=np.int64)
        self._colours: ByteArray = np.zeros((self.height, WIDTH), dtype=np.uint8)  # floor first
        self._placements: ByteArray = np.zeros(MAX_PLACEMENTS, dtype=np.uint8)
        self._features: FeatureArray = np.zeros((MAX_PLACEMENTS, N_FEATURES), dtype=np.int16)
        self._scratch = new_scratch()
        kernels.begin_one(
            self._game,
            check_seed(seed),
            check_randomizer(randomizer),
            self.height,
            self.ceiling,
            self._placements,
            self._features,
            self._colours,
            self._scratch,
        )

    @property
    def piece(self) -> int:
        """The number of the piece to place."""
        return int(self._game[kernels.PIECE])

    @property
    def lines(self) -> int:
        """Rows removed so far."""
        return int(self._game[kernels.LINES])

    @property
    def pieces(self) -> int:
        """Pieces placed so far."""
        return int(self._game[kernels.PLACED])

    @property
    def colours(self) -> ByteArray:
        """(height, 10) highest row first: 0 empty, else the number of the piece a cell came from + 1."""
        return self._colours[::-1].copy()

    def placements(self) -> list[int]:
        """What the piece can do: a code each, orientation number × 10 + column; action ``a`` is number ``a % n``. None: it is over."""
        count = value_placements(
            self._game, self._game[kernels.PIECE], self.height, self.ceiling, self._placements, self._features, self._scratch
        )
        return [int(code) for code in self._placements[:count]]

    def values(self, network: Network) -> list[float]:
        """What a network makes of each placement, in their order."""
        values: FloatArray = np.empty(MAX_PLACEMENTS, dtype=np.float32)
        count = _value(
            self._game,
            self.height,
            self.ceiling,
            network.parameters,
            network.sizes,
            network.new_activations(),
            values,
            self._placements,
            self._features,
            self._scratch,
        )
        return [float(value) for value in values[:count]]

    def play(self, actions: ByteArray) -> ByteArray:
        """Make moves, numbers from 0 to 33, in one compiled call; returns the rows each removed, fewer than moves if the game ended."""
        lines: ByteArray = np.zeros(len(actions), dtype=np.uint8)
        made = _play(
            self._game,
            checked_actions(actions),
            self.height,
            self.ceiling,
            self._colours,
            lines,
            self._placements,
            self._features,
            self._scratch,
        )
        return lines[:made]

    def value_moves(self, actions: ByteArray, network: Network) -> FloatArray:
        """Make moves without their colours; returns what a network makes of each when it is chosen."""
        values: FloatArray = np.zeros(len(actions), dtype=np.float32)
        made = _value_moves(
            self._game,
            checked_actions(actions),
            self.height,
            self.ceiling,
            network.parameters,
            network.sizes,
            network.new_activations(),
            values,
            self._placements,
            self._features,
            self._scratch,
        )
        return values[:made]

    def play_greedily(self, network: Network, moves: int) -> int:
        """Make the moves that a network values highest; returns how many, fewer than asked for if the game ended."""
        return _play_greedily(
            self._game,
            moves,
            self.height,
            self.ceiling,
            network.parameters,
            network.sizes,
            network.new_activations(),
            self._colours,
            self._placements,
            self._features,
            self._scratch,
        )

    def landing(self, placement: int) -> list[int]:
        """The four cells that a placement of the piece would fill, as row × 10 + column, rows counted from the highest one."""
        orientation, column = divmod(placement, WIDTH)
        offsets = range(int(WIDTHS[orientation]))
        tops = [int(self._game[column + offset]).bit_length() for offset in offsets]
        row = max(top - int(BOTTOMS[orientation, offset]) for offset, top in zip(offsets, tops, strict=True))
        return [
            (self.height - 1 - row - int(BOTTOMS[orientation, offset]) - level) * WIDTH + column + offset
            for offset in offsets
            for level in range(int(LENGTHS[orientation, offset]))
        ]


def checked_actions(actions: ByteArray) -> ByteArray:
    """Actions as compiled code takes them, or what is wrong with them."""
    checked = np.array(actions, dtype=np.uint8)  # of its own: compiled code takes no array that is read-only
    if checked.ndim != 1 or (checked >= MAX_PLACEMENTS).any():
        raise SettingError(f"actions must be one number from 0 to {MAX_PLACEMENTS - 1} a piece; got {checked.max(initial=0)}.")
    return checked


class PlayedAgain:
    """A recorded game: played once from end to end, then any of its positions from the nearest key frame.

    Args:
        start: the game before its first move.
        actions: (pieces,) its moves.

    Attributes:
        lines: (pieces,) the rows that each move removed; shorter than the actions if the game ended before them.
        end: the game after its last move.
    """

    def __init__(self, start: Game, actions: ByteArray) -> None:
        self._actions = checked_actions(actions)
        self._keys = [deepcopy(start)]
        game, parts = deepcopy(start), [np.empty(0, dtype=np.uint8)]
        for first in range(0, len(self._actions), KEY_FRAME_DISTANCE):
            moves = self._actions[first : first + KEY_FRAME_DISTANCE]
            parts.append(game.play(moves))
            if len(parts[-1]) < len(moves):
                break
            self._keys.append(deepcopy(game))
        self.lines: ByteArray = np.concatenate(parts)
        self.end = game

    def at(self, pieces: int) -> Game:
        """The game after so many pieces."""
        key = min(pieces // KEY_FRAME_DISTANCE, len(self._keys) - 1)
        game = deepcopy(self._keys[key])
        game.play(self._actions[key * KEY_FRAME_DISTANCE : pieces])
        return game

    def action(self, pieces: int) -> int | None:
        """The move that is made after so many pieces; None after the last one."""
        return int(self._actions[pieces]) if pieces < len(self.lines) else None

    def actions(self, pieces: int, number: int) -> ByteArray:
        """The moves that are made after so many pieces: so many of them, fewer at the end."""
        return self._actions[: len(self.lines)][pieces : pieces + number]

    def values(self, network: Network, pieces: int = 0, number: int | None = None) -> FloatArray:
        """What a network makes of every move when it is chosen, or of so many that are made after so many pieces."""
        return self.at(pieces).value_moves(self.actions(pieces, len(self.lines) if number is None else number), network)
