"""A player at its board: the first moves in plain NumPy, at once, the others in compiled code as soon as that is loaded."""

import importlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..game.picture import picture
from ..game.plain import Floats, PlainGame, PlainNetwork

if TYPE_CHECKING:
    from ..game.course import Game, Network


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who plays greedily."""

    name: str
    layers: Sequence[tuple[Floats, Floats]]
    """Of the value network: weights (out, in) and biases (out,)."""
    feature_scales: Floats
    """(11,) what features are divided by."""
    board_height: int | None
    """None: any."""
    randomizer: str | None


class CompiledGame(threading.Thread):
    """Loads the compiled game, which takes a second, while the plain one is played."""

    def __init__(self) -> None:
        super().__init__(name="compiled game")
        self.loaded = threading.Event()

    def run(self) -> None:
        """Load it; if it cannot be loaded, the log says why, and the plain game goes on."""
        importlib.import_module("..game.course", __package__)
        self.loaded.set()


class Seat:
    """A player and its game.

    Args:
        player: who plays.
        seed: of the pieces.
        height: rows of the board.
        randomizer: `uniform` or `bag`.
    """

    def __init__(self, player: Player, seed: int, *, height: int, randomizer: str) -> None:
        self._player, self._seed, self._height, self._randomizer = player, seed, height, randomizer
        self._plain = PlainGame(seed, height=height, randomizer=randomizer), PlainNetwork(player.layers, player.feature_scales)
        self._compiled: tuple[Game, Network] | None = None

    def hasten(self) -> None:
        """Go on in compiled code, from the very same move on; it must have been loaded, or whoever calls this waits for it."""
        from ..game.course import Game, Network  # noqa: PLC0415 - it is compiled

        if self._compiled is None:
            game = Game(self._seed, height=self._height, randomizer=self._randomizer)
            game.play(self._plain[0].actions)
            self._compiled = game, Network(self._player.layers, self._player.feature_scales)

    @property
    def over(self) -> bool:
        """Whether the board is full."""
        game, _ = self._compiled or self._plain
        return not game.placements()

    def play(self, moves: int) -> None:
        """Make moves, as long as the board is not full."""
        if self._compiled is None:
            game, network = self._plain
            game.play_greedily(network, moves)
        else:
            compiled, packed = self._compiled
            compiled.play_greedily(packed, moves)

    def picture(self) -> dict[str, Any]:
        """What the board shows."""
        if self._compiled is None:
            game, network = self._plain
            return picture(game, network=network)
        compiled, packed = self._compiled
        return picture(compiled, network=packed)
