# ruff: noqa: PLR0917 - compiled functions are called by position
"""A greedy player for a small value network, compiled: it evaluates a model in a background thread without holding Python up.

It plays its games one after the other, each to its end, so that the result does not depend on how the work is sliced.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch, value_placements
from .compiling import BoolArray, ByteArray, FeatureArray, IntArray, compiled
from .counts import N_COUNTS, Play, count_move, play_of
from .features import FEATURE_NAMES, N_FEATURES
from .pieces import MAX_PLACEMENTS
from .rules import check_count, check_height, check_randomizer, check_seeds

HOLES = FEATURE_NAMES.index("holes")
TOTAL_HEIGHT = FEATURE_NAMES.index("total_height")

FloatArray = NDArray[np.float32]
"""Weights, biases and activations of a network."""

Layer = tuple[FloatArray, FloatArray]
"""Weight (out, in) and bias (out,), as ``torch.nn.Linear`` keeps them."""


@compiled(fastmath={"contract"})
def network_values(features: FeatureArray, parameters: FloatArray, sizes: IntArray, activations: FloatArray) -> FloatArray:
    """The network's outputs (n, 1) for the raw features (n, 11) of n placements.

    ``parameters`` holds each layer's weight (in, out) and bias (out,) one after the other; the rows of ``activations`` take turns
    as input and output of a layer.
    """
    n = features.shape[0]
    values: FloatArray = activations[0][: n * N_FEATURES].reshape(n, N_FEATURES)
    values[...] = features
    start = 0
    for layer in range(1, sizes.shape[0]):
        n_inputs, n_outputs = sizes[layer - 1], sizes[layer]
        bias_start = start + n_inputs * n_outputs
        end = bias_start + n_outputs
        outputs = activations[layer % 2][: n * n_outputs].reshape(n, n_outputs)
        np.dot(values, parameters[start:bias_start].reshape(n_inputs, n_outputs), outputs)
        _add_bias(outputs, parameters[bias_start:end], layer < sizes.shape[0] - 1)
        values = outputs
        start = end
    return values


@compiled(fastmath={"contract"})
def _add_bias(outputs: FloatArray, bias: FloatArray, relu: bool) -> None:
    for row in range(outputs.shape[0]):
        for unit in range(outputs.shape[1]):
            value = outputs[row, unit] + bias[unit]
            outputs[row, unit] = value if value > 0 or not relu else np.float32(0)


@compiled()
def first_highest(values: FloatArray) -> int:
    """The place of the highest of some values (n, 1), the first one of equals."""
    best = 0
    for index in range(1, values.shape[0]):
        if values[index, 0] > values[best, 0]:
            best = index
    return best


@compiled("void(int64[:, ::1], int64[::1], b1)")
def _start_games(games: IntArray, seeds: IntArray, use_bag: bool) -> None:
    for index in range(games.shape[0]):
        kernels.start_game(games[index], seeds[index], use_bag)


@compiled(
    "int64(int64[:, ::1], int64, int64, int64, int64, float32[::1], int64[::1], b1[::1], uint8[::1],"
    "uint8[::1], int16[:, ::1], float32[:, ::1], int64[:, :, ::1], int64[::1])"
)
def _play_slice(
    games: IntArray,
    current: int,
    max_moves: int,
    height: int,
    max_pieces: int,
    parameters: FloatArray,
    sizes: IntArray,
    truncated: BoolArray,
    actions: ByteArray,
    placements: ByteArray,
    features: FeatureArray,
    activations: FloatArray,
    scratch: IntArray,
    counts: IntArray,
) -> int:
    """Play from game ``current`` on; ``actions`` is written where it is long enough. Returns the game to go on with."""
    moves = 0
    while current < games.shape[0]:
        game = games[current]
        count = value_placements(game, game[kernels.PIECE], height, height, placements, features, scratch)
        if count == 0 or 0 < max_pieces <= game[kernels.PLACED]:
            truncated[current] = count > 0
            current += 1
            continue
        if moves == max_moves:
            break
        action = first_highest(network_values(features[:count], parameters, sizes, activations))
        if moves < actions.shape[0]:
            actions[moves] = action
        piece, holes, height_after = game[kernels.PIECE], features[action, HOLES], features[action, TOTAL_HEIGHT]
        lines = kernels.place(game, placements[action])
        count_move(counts, piece, placements[action], lines, holes, height_after)
        moves += 1
    return current


class GreedyGames:
    """Games on fixed seeds in which every move is the placement that a small network values highest.

    The network is a multi-layer perceptron with ReLU between its layers; its inputs are the raw features *divided* by
    ``feature_scales``, its one output the value. Equal values: the first placement.

    Args:
        layers: (weight (out, in), bias (out,)) of each layer, first to last; the last has one output. One layer is a linear player.
        feature_scales: (11,) what the raw features are divided by.
        seeds: one a game.
        height: rows of the boards.
        randomizer: ``uniform`` or ``bag``.
        max_pieces: games are truncated at this many pieces; 0: never.
        record_actions: keep every move, one byte each.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        feature_scales: FloatArray,
        seeds: Sequence[int],
        *,
        height: int = 20,
        randomizer: str = "uniform",
        max_pieces: int = 0,
        record_actions: bool = False,
    ) -> None:
        self._parameters, self._sizes = packed_network(layers, feature_scales)
        self._height = check_height(height)
        self._max_pieces = check_count("max_pieces", max_pieces)
        first = check_seeds(seeds)
        self._games: IntArray = np.zeros((len(first), kernels.N_GAME_FIELDS), dtype=np.int64)
        self._truncated: BoolArray = np.zeros(len(first), dtype=np.bool_)
        self._current = 0
        self._record_actions = record_actions
        self._recorded: list[ByteArray] = []  # the moves of all games, one after the other
        self._placements: ByteArray = np.empty(MAX_PLACEMENTS, dtype=np.uint8)
        self._features: FeatureArray = np.empty((MAX_PLACEMENTS, N_FEATURES), dtype=np.int16)
        self._activations: FloatArray = np.empty((2, MAX_PLACEMENTS * self._sizes.max()), dtype=np.float32)
        self._scratch = new_scratch()
        self._counts: IntArray = np.zeros(N_COUNTS, dtype=np.int64)
        _start_games(self._games, first, check_randomizer(randomizer))

    @property
    def lines(self) -> IntArray:
        """(games,) rows removed so far."""
        return self._games[:, kernels.LINES].copy()

    @property
    def pieces(self) -> IntArray:
        """(games,) pieces placed so far."""
        return self._games[:, kernels.PLACED].copy()

    @property
    def truncated(self) -> BoolArray:
        """(games,) whether the game was truncated at ``max_pieces`` with placements left."""
        return self._truncated.copy()

    @property
    def play(self) -> Play:
        """What was done in all games together so far."""
        return play_of(self._counts)

    @property
    def pieces_played(self) -> int:
        """Moves made in all games together."""
        return int(self._games[:, kernels.PLACED].sum())

    @property
    def games_finished(self) -> int:
        """How many games are over or truncated; they finish in the order of their seeds."""
        return self._current

    @property
    def done(self) -> bool:
        """Whether every game is over or truncated."""
        return self._current == len(self._games)

    def play_slice(self, max_moves: int) -> bool:
        """Play up to ``max_moves`` further moves, in one compiled call that leaves other threads free; returns ``done``."""
        max_moves = check_count("max_moves", max_moves)
        actions = np.empty(max_moves if self._record_actions else 0, dtype=np.uint8)
        before = self.pieces_played
        self._current = _play_slice(
            self._games,
            self._current,
            max_moves,
            self._height,
            self._max_pieces,
            self._parameters,
            self._sizes,
            self._truncated,
            actions,
            self._placements,
            self._features,
            self._activations,
            self._scratch,
            self._counts,
        )
        if self._record_actions:
            self._recorded.append(actions[: self.pieces_played - before].copy())
        return self.done

    def actions(self, game: int) -> ByteArray:
        """The moves of one game so far, (pieces,): actions that ``TetrisEnv`` repeats on the game's seed."""
        if not self._record_actions:
            raise SettingError("actions are only kept by games that were made with record_actions=True.")
        end = int(self._games[: game + 1, kernels.PLACED].sum())
        start = end - int(self._games[game, kernels.PLACED])
        self._recorded = [np.concatenate([np.empty(0, dtype=np.uint8), *self._recorded])]  # for the next game at once
        return self._recorded[0][start:end].copy()


def packed_network(layers: Sequence[Layer], feature_scales: FloatArray) -> tuple[FloatArray, IntArray]:
    """A network as ``network_values`` takes it: parameters and sizes.

    The parameters are all weights (in, out) and biases in one array, layer after layer; the sizes say how many values go in, between
    layers and out.
    """
    sizes = _checked_sizes(layers, feature_scales)
    scales = [np.asarray(feature_scales, dtype=np.float32), *(np.ones(size, dtype=np.float32) for size in sizes[1:])]
    parts = [part for (weight, bias), scale in zip(layers, scales, strict=False) for part in ((weight / scale).T.ravel(), bias)]
    return np.concatenate(parts).astype(np.float32), np.array(sizes, dtype=np.int64)


def _checked_sizes(layers: Sequence[Layer], feature_scales: FloatArray) -> list[int]:
    """The inputs of every layer and the last one's output, or what is wrong with the network."""
    if np.shape(feature_scales) != (N_FEATURES,):
        raise SettingError(f"feature_scales must hold {N_FEATURES} numbers; got shape {np.shape(feature_scales)}.")
    expected = N_FEATURES
    sizes = []
    for number, (weight, bias) in enumerate(layers, start=1):
        outputs = np.size(bias) if number < len(layers) else 1
        if np.shape(weight) != (outputs, expected) or np.shape(bias) != (outputs,):
            shapes = f"weight {np.shape(weight)} and bias {np.shape(bias)}"
            raise SettingError(f"layer {number} must have weight ({outputs}, {expected}) and bias ({outputs},); got {shapes}.")
        sizes.append(expected)
        expected = outputs
    if not sizes:
        raise SettingError("a network must have at least one layer; got none.")
    return [*sizes, expected]
