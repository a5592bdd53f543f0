"""One game, move by move, by NumPy alone: the game that `course` plays, a thousand times slower, and there at once.

Neither a compiler nor what it has compiled is loaded for it, so a page can let a player play without a process of its own. A move
takes about a millisecond.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .numpy_player import Placements, RandomPieces
from .pieces import FIRST_ORIENTATION, WIDTH
from .published import as_network
from .rules import check_height, check_randomizer, check_seed

Floats = NDArray[np.float32]
Cells = NDArray[np.uint8]


class PlainNetwork:
    """A value network.

    Args:
        layers: weights (out, in) and biases (out,), first to last; ReLU between.
        feature_scales: (11,) what raw features are divided by; None: nothing.
    """

    def __init__(self, layers: Sequence[tuple[Floats, Floats]], feature_scales: Floats | None = None) -> None:
        self._layers, self._scales = layers, feature_scales

    def values(self, features: NDArray[np.int64]) -> Floats:
        """What it makes of placements, (placements,), from their features, (placements, 11)."""
        values = features.astype(np.float32)
        if self._scales is not None:
            values /= self._scales
        for number, (weights, biases) in enumerate(self._layers):
            values = (np.maximum(values, 0) if number else values) @ weights.T + biases
        return values[:, 0]


def published_player(player: str) -> PlainNetwork:
    """A player that the literature published; see `published.WEIGHTS` for the names."""
    return PlainNetwork([as_network(player)])


class PlainGame:
    """One game. Everything about it is a function of its settings, its seed and its moves.

    Args:
        seed: of the pieces.
        height: rows of the board.
        randomizer: `uniform` or `bag`.

    Attributes:
        piece: the number of the piece to place.
        lines: rows removed so far.
        pieces: pieces placed so far.
    """

    def __init__(self, seed: int, *, height: int = 20, randomizer: str = "uniform") -> None:
        self.height = check_height(height)
        check_randomizer(randomizer)
        self._dealt = RandomPieces(check_seed(seed), randomizer)
        self._colours: Cells = np.zeros((self.height, WIDTH), dtype=np.uint8)  # floor first
        self._actions = bytearray()
        self.lines = self.pieces = 0
        self._deal()

    def _deal(self) -> None:
        self.piece = self._dealt.draw()
        self._found = Placements(self._colours > 0, self.piece)

    @property
    def colours(self) -> Cells:
        """(height, 10) highest row first: 0 empty, else the number of the piece a cell came from + 1."""
        return self._colours[::-1].copy()

    @property
    def actions(self) -> Cells:
        """(pieces,) the moves so far: played by `course.Game` they lead to the same board."""
        return np.frombuffer(bytes(self._actions), dtype=np.uint8)

    def placements(self) -> list[int]:
        """What the piece can do, a code each: orientation number × 10 + column. None: the game is over."""
        first = int(FIRST_ORIENTATION[self.piece])
        return [(first + turn) * WIDTH + column for turn, column in zip(self._found.turns, self._found.columns, strict=True)]

    def values(self, network: PlainNetwork) -> list[float]:
        """What a network makes of each placement, in their order."""
        return [float(value) for value in network.values(self._found.features)]

    def place(self, number: int) -> None:
        """Make one move.

        Args:
            number: of the placement, in their order.
        """
        self._colours[self._found.pieces[number]] = self.piece + 1
        kept = self._colours[~(self._colours > 0).all(axis=1)]
        self._colours = np.concatenate([kept, np.zeros((self.height - len(kept), WIDTH), dtype=np.uint8)])
        self.lines += self.height - len(kept)
        self.pieces += 1
        self._actions.append(number)
        self._deal()

    def play_greedily(self, network: PlainNetwork, moves: int) -> int:
        """Make the moves that a network values highest; returns how many, fewer than asked for if the game ended."""
        for made in range(moves):
            if not self._found.turns:
                return made
            self.place(int(network.values(self._found.features).argmax()))
        return moves

    def landing(self, placement: int) -> list[int]:
        """The four cells that a placement of the piece would fill, as row × 10 + column, rows counted from the highest one."""
        cells = self._found.pieces[self.placements().index(placement)][::-1]
        return [int(cell) for cell in np.flatnonzero(cells)]
