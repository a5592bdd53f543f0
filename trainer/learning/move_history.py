"""The games' recent past as moves, from which the replay buffer can be filled again.

A game is a pure function of its state and the moves, so a checkpoint need not hold 240 MB of observations: the state of the games at
one step before the buffer's oldest transition and every move since, one byte each, give the same buffer within seconds.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice
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
    """Keeps the moves of the last `rows` steps of the games, and a little more.

    Args:
        rows: transitions of each game that the replay buffer holds.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._distance = max(1, rows // STATES_KEPT)
        self._states: deque[tuple[int, GamesState]] = deque()
        self._moves: deque[NDArray[np.integer]] = deque()
        self._first_row = 0

    @property
    def next_row(self) -> int:
        """Moves that all games have made together."""
        return self._first_row + len(self._moves)

    def wants_state(self) -> bool:
        """Whether the state of the games is to be kept now, before the next move."""
        return not self._states or self.next_row - self._states[-1][0] >= self._distance

    def keep_state(self, state: GamesState) -> None:
        """Keep the state of the games as they are before the next move, and forget what is older than the buffer."""
        self._states.append((self.next_row, state))
        while len(self._states) > 1 and self._states[1][0] <= self.next_row - self._rows:
            self._states.popleft()
            while self._first_row < self._states[0][0]:
                self._moves.popleft()
                self._first_row += 1

    def record(self, actions: NDArray[np.int64]) -> None:
        """Keep a move of every game, (games,); nobody may change the array any more."""
        self._moves.append(actions)

    def moves_of(self, game: int, moves: int) -> bytes | None:
        """The last moves of one of the games, a byte each; None if there were more than are kept for certain."""
        if moves > self._rows:
            return None
        return bytes([row[game] for row in islice(reversed(self._moves), moves)])[::-1]

    def past(self) -> Past:
        """What has been kept."""
        row, state = self._states[0]
        games = len(state["games"])
        moves = np.array(self._moves, np.uint8).reshape(-1, games)
        return Past(row, state, moves)

    def load(self, past: Past) -> None:
        """Go on from a past."""
        self._states = deque([(past.first_row, past.state)])
        self._moves = deque(past.moves)
        self._first_row = past.first_row
