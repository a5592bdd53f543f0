"""A recorded game as frames for the board: at any place, with what the network made of every placement."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pages.ui.cache import Cache
from pages.ui.replay.recordings import Chosen
from trainer.errors import FormatError, SettingError
from trainer.numbers import exact
from trainer.tasks.tetris.files.replays import RecordedGame, Recording

if TYPE_CHECKING:  # compiled: loaded when the first game is shown, not with the app
    from trainer.tasks.tetris.game.course import Network

MAX_CACHED = 4  # games, of all sessions
STRETCH = 500  # moves of a long game that are valued together


@dataclass(frozen=True, slots=True)
class Drop:
    """A stretch over which the network's value falls with every placement. Pieces are counted as everywhere: those placed so far.

    Attributes:
        first: where the value is still high.
        last: where it rises again, or the game ends.
        before: the chance, 0 to 1, that the network gave its placement at the first.
        after: the same at the last.
    """

    first: int
    last: int
    before: float
    after: float


class Timeline:
    """A recorded game, played again.

    Args:
        recording: what it is part of.
        number: which of its games, from 0.

    Raises:
        FormatError: this version's rules are others, or the game does not come out as it was recorded.
    """

    def __init__(self, recording: Recording, number: int) -> None:
        from trainer.tasks.tetris.game.course import Game, PlayedAgain  # noqa: PLC0415 - see above
        from trainer.tasks.tetris.game.rules import ENGINE_VERSION  # noqa: PLC0415

        if recording.engine != ENGINE_VERSION:
            raise FormatError(
                f"This game must be played by the rules it was recorded with, version {recording.engine}; this Control Room has version "
                f"{ENGINE_VERSION} and would make another game of it. Watch it with the version that trained the run."
            )
        game = recording.games[number]
        self._recording, self._game = recording, game
        try:
            start = Game(game.seed, height=recording.board_height, ceiling=recording.ceiling, randomizer=recording.randomizer)
            self._again = PlayedAgain(start, np.frombuffer(game.moves, np.uint8))
        except SettingError as error:
            raise FormatError(f"The recording does not fit the game: {error}") from None
        self._require_the_same_end(game)

    def _require_the_same_end(self, game: RecordedGame) -> None:
        whole = len(game.moves) == game.pieces
        again, lines = len(self._again.lines), self._again.end.lines
        if again != len(game.moves) or (whole and lines != game.lines):
            raise FormatError(
                f"A replay must end as the game did, with {exact(game.lines)} lines after {exact(game.pieces)} pieces; this one comes to "
                f"{exact(lines)} after {exact(again)}. The recording is damaged."
            )

    @property
    def last(self) -> int:
        """Pieces that can be played again."""
        return len(self._again.lines)

    @functools.cached_property
    def network(self) -> "Network | None":
        """The network that played; None of a training game, in which it learned."""
        from trainer.tasks.tetris.game.course import Network  # noqa: PLC0415 - see above
        from trainer.tasks.tetris.game.features import FEATURE_SCALES  # noqa: PLC0415

        if self._recording.layers is None:
            return None
        try:
            return Network(self._recording.layers, FEATURE_SCALES)
        except SettingError as error:
            raise FormatError(f"The recorded network does not fit the game: {error}") from None

    @functools.cached_property
    def values(self) -> NDArray[np.float64]:
        """(pieces,) the chance, 0 to 1, that the network gave each move; empty without a network."""
        if self.network is None:
            return np.empty(0)
        return _chances(self._again.values(self.network))

    def some_values(self, most: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Some moves, counted from 0, and the chance that the network gave each: all if they are few, else stretches spread evenly.

        Args:
            most: about so many moves.
        """
        if self.network is None or self.last <= most:
            return np.arange(len(self.values)), self.values
        starts = np.linspace(0, self.last - STRETCH, most // STRETCH).astype(np.int64)
        stretches = [self._again.values(self.network, int(start), STRETCH) for start in starts]
        return (starts[:, None] + np.arange(STRETCH)).ravel(), _chances(np.concatenate(stretches))

    def frames(self, first: int, frames: int, every: int = 1) -> list[dict[str, Any]]:
        """What to draw after `first` pieces, and after each of the next ones, or after every so many of them."""
        from trainer.tasks.tetris.game.picture import picture  # noqa: PLC0415 - see above

        game = self._again.at(first)
        drawn = []
        for piece in range(first, min(first + frames * every, self.last + 1), every):
            action = self._again.action(piece)
            if action is None:  # the last one, which may be followed by others that are not kept
                drawn.append(picture(game))
            else:
                drawn.append(picture(game, action, self.network))
                game.play(self._again.actions(piece, every))
        return drawn

    def next_clear(self, piece: int, number: int = 1) -> int | None:
        """Where the next line is gone, or the second next, and so on: the first later place with more lines than the one before it.

        The last such place if there are fewer; None without any.
        """
        found = np.flatnonzero(self._again.lines[piece:])[:number]
        return piece + 1 + int(found[-1]) if len(found) else None

    def lines_cleared(self, piece: int) -> int:
        """How many lines the last of so many pieces has removed."""
        return int(self._again.lines[piece - 1])

    def biggest_drop(self) -> Drop | None:
        """The deepest unbroken fall of the value, the first of equals; None if it never falls.

        A game is seldom lost by one placement: the value goes down over several, each a little worse, and the largest step from one
        placement to the next is often luck with a piece.
        """
        falls = np.concatenate([[False], np.diff(self.values) < 0, [False]])  # one more than values: whether each lies below the last
        turns = np.flatnonzero(falls[1:] != falls[:-1])  # where a fall begins, where it ends, and so on
        firsts, lasts = turns[::2], turns[1::2]
        if not len(firsts):
            return None
        depths = self.values[firsts] - self.values[lasts]
        deepest = int(depths.argmax())
        first, last = int(firsts[deepest]), int(lasts[deepest])
        return Drop(first, last, float(self.values[first]), float(self.values[last]))


def _chances(log_odds: NDArray[np.float32]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-log_odds.astype(np.float64)))


_timelines = Cache(MAX_CACHED)


def timeline_of(chosen: Chosen[Recording]) -> Timeline:
    """The chosen game, played again once.

    Raises:
        FormatError: it cannot be played again.
    """
    key, make = (chosen.file.path, chosen.number), functools.partial(Timeline, chosen.recording, chosen.number)
    return _timelines.get(key, chosen.file, make)
