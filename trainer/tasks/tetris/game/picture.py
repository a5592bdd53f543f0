"""A game as it is at one moment, as JSON types: what boards are drawn from, in the app and in an exported film."""

import math
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .pieces import FIRST_ORIENTATION, WIDTH

N_contra = TypeVar("N_contra", contravariant=True)

DIGITS: Final = bytes.maketrans(bytes(range(8)), b"01234567")
VALUE_DIGITS: Final = 3


class Played(Protocol[N_contra]):
    """A game that can be drawn, compiled (`course.Game`) or plain (`plain.PlainGame`), and the kind of network that it takes."""

    @property
    def piece(self) -> int:
        """The number of the piece to place."""

    @property
    def lines(self) -> int:
        """Rows removed so far."""

    @property
    def pieces(self) -> int:
        """Pieces placed so far."""

    @property
    def colours(self) -> NDArray[np.uint8]:
        """(height, 10) highest row first: 0 empty, else the number of the piece a cell came from + 1."""

    def placements(self) -> list[int]:
        """What the piece can do, a code each."""

    def values(self, network: N_contra, /) -> list[float]:
        """What a network makes of each placement."""

    def landing(self, placement: int, /) -> list[int]:
        """The cells that a placement would fill."""


def picture(game: Played[N_contra], action: int | None = None, network: N_contra | None = None) -> dict[str, Any]:
    """A game, the placement that comes next, and what a network makes of all placements.

    Args:
        game: the game.
        action: the move that is made from here, if one is.
        network: what values the placements; without an action it also says which comes next, the highest.

    Returns:
        ``lines``, ``pieces``; ``piece``, the one at hand, from 1; ``cells``, height × 10 digits, highest row first: 0 empty, else the
        piece a cell came from; ``over``. If a move comes next: ``ghost``, the cells it fills, and ``chosen``, its place among the
        placements. With a network: ``options``, of each placement its quarter turns, its leftmost column and its value.
    """
    placements = game.placements()
    drawn: dict[str, Any] = {
        "lines": game.lines,
        "pieces": game.pieces,
        "piece": game.piece + 1,
        "cells": game.colours.tobytes().translate(DIGITS).decode(),
        "over": not placements,
    }
    if not placements:
        return drawn
    if network is not None:
        values = [value if math.isfinite(value) else 0.0 for value in game.values(network)]  # a network may have lost its mind
        options = zip(placements, values, strict=True)
        drawn["options"] = [[rotation_of(code, game.piece), code % WIDTH, round(value, VALUE_DIGITS)] for code, value in options]
        action = values.index(max(values)) if action is None else action
    if action is not None:
        chosen = action % len(placements)
        drawn |= {"ghost": game.landing(placements[chosen]), "chosen": chosen}
    return drawn


def rotation_of(placement: int, piece: int) -> int:
    """Quarter turns clockwise of a placement's orientation, from the piece as it is drawn."""
    return placement // WIDTH - int(FIRST_ORIENTATION[piece])
