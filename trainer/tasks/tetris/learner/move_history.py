"""The games' recent past as moves, from which the replay buffer can be filled again.

A game is a pure function of its state and the moves, so a checkpoint need not hold 240 MB of observations: the state of the games at
one step before the buffer's oldest transition and every move since, one byte each, give the same buffer within seconds.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

GamesState = dict[str, Any]
"""What `TetrisBatch.state_dict` returns."""

STATES_KEPT = 8  # over the length of the buffer: each costs 15 kB, and lets go of an eighth of the moves


@dataclass(frozen=True, slots=True)
class Past:
    """Enough of the past to fill a replay buffer: where it begins and what was done since."""

    first_row: int
    """Moves that all games had made together when the state was taken."""
    state: GamesState
    moves: NDArray[np.uint8]
    """(moves since, games) the actions."""


class MoveHistory:
    """Keeps the moves that are in the replay buffer, and a little more.

    They are read many at a time, so that no move of the training waits for it, and lie in one array: small arrays that stay would
    break up the memory that the next move asks for, and cost training 3 % of its speed.

    Args:
        actions: (rows, games, 1) of the replay buffer, in which row follows row and the first one follows the last.
    """

    def __init__(self, actions: NDArray[np.int64]) -> None:
        self._actions = actions
        self._rows, games, _ = actions.shape
        self._distance = max(1, self._rows // STATES_KEPT)
        self._states: deque[tuple[int, GamesState]] = deque()
        self._moves = np.empty((2 * self._rows, games), np.uint8)
        self._begin = self._end = 0  # of what is kept, in the array
        self._first_row = 0

    @property
    def next_row(self) -> int:
        """Moves that all games have made together."""
        return self._first_row + self._end - self._begin

    @property
    def next_state_row(self) -> int:
        """Before which move the state of the games is to be kept next."""
        return self._states[-1][0] + self._distance if self._states else 0

    def read(self, made: int) -> None:
        """Keep what the replay buffer has got since the last time; `made` is the number of all moves that it ever got.

        To be called before every state that is kept, which is often enough that nothing is overwritten meanwhile.
        """
        moves = self._actions.take(np.arange(self.next_row, made), axis=0, mode="wrap")[:, :, 0]
        end = self._end + len(moves)
        if end > len(self._moves):
            self._hold(np.concatenate([self._moves[self._begin : self._end], moves]))
        else:
            self._moves[self._end : end] = moves
            self._end = end

    def keep_state(self, state: GamesState) -> None:
        """Keep the state of the games as they are before the next move, and forget what is older than the buffer."""
        self._states.append((self.next_row, state))
        while len(self._states) > 1 and self._states[1][0] <= self.next_row - self._rows:
            self._states.popleft()
        self._begin += self._states[0][0] - self._first_row
        self._first_row = self._states[0][0]

    def moves_of(self, game: int, moves: int) -> bytes | None:
        """The last moves of one of the games, a byte each; None if there were more than are kept for certain."""
        if moves > self._rows:
            return None
        return self._moves[max(self._begin, self._end - moves) : self._end, game].tobytes()

    def past(self) -> Past:
        """What has been kept."""
        row, state = self._states[0]
        return Past(row, state, self._moves[self._begin : self._end].copy())

    def load(self, past: Past) -> None:
        """Go on from a past."""
        self._states = deque([(past.first_row, past.state)])
        self._first_row = past.first_row
        self._hold(past.moves)

    def _hold(self, moves: NDArray[np.integer[Any]]) -> None:
        held = np.empty((2 * max(len(moves), self._rows), self._moves.shape[1]), np.uint8)
        held[: len(moves)] = moves
        self._moves, self._begin, self._end = held, 0, len(moves)
