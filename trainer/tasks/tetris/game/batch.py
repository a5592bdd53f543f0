"""Many games in lock step, one compiled call a move: what a learner trains on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ....errors import SettingError
from . import kernels
from .bitboard import new_scratch
from .compiling import BoolArray, ByteArray, FeatureArray, IntArray
from .counts import N_COUNTS
from .features import N_FEATURES
from .pieces import MAX_PLACEMENTS, WIDTH
from .rules import check_ceiling, check_count, check_height, check_randomizer, check_seed, check_seeds
from .saved_games import Rules, check_state

OBSERVATION_SIZE: Final = MAX_PLACEMENTS * N_FEATURES
"""Numbers in one game's observation: 34 placements × 11 features, placement after placement."""


@dataclass(frozen=True, slots=True)
class FinishedGame:
    """One game that ended, by itself or truncated."""

    slot: int
    """Its place in the batch."""
    seed: int
    """What it was started with."""
    lines: int
    """Rows it removed."""
    pieces: int
    """Pieces it placed."""
    terminal_observation: FeatureArray
    """(374,) its last observation: zeros when no placement was left, the position it was truncated in otherwise."""


@dataclass(frozen=True, slots=True)
class BatchStep:
    """What one move in every game led to."""

    observations: FeatureArray
    """(n_envs, 374) after ended games were followed by new ones; never changed later."""
    lines: IntArray
    """(n_envs,) rows removed by the move."""
    terminated: BoolArray
    """(n_envs,) no placement is left: the game is over."""
    truncated: BoolArray
    """(n_envs,) truncated at ``max_pieces``."""
    finished: list[FinishedGame]
    """The games that ended, by slot; usually none."""


@dataclass(frozen=True, slots=True)
class WatchedBoard:
    """What slot 0 shows."""

    cells: bytes
    """A byte a cell, highest row first: 0 empty, else the number of the piece it came from + 1."""
    piece: int
    """The number of the piece to place next."""
    lines: int
    """Rows removed so far."""
    pieces: int
    """Pieces placed so far."""
    seed: int
    """What the game was started with."""
    number: int
    """Which game of the slot this is, from 1."""

    @property
    def colours(self) -> ByteArray:
        """The cells as an array, (height, 10)."""
        return np.frombuffer(self.cells, np.uint8).reshape(-1, WIDTH)


class TetrisBatch:
    """``n_envs`` games of Tetris that take their moves together.

    An action is a number from 0 to 33: action ``a`` is placement ``a % n_placements`` of the piece at hand, so every action is legal.
    An observation is, for each of the 34 actions, the eleven raw features of the board after it (see ``game.features``).
    A game that ends is followed by another at once. Everything is a function of the settings, the seed and the actions.

    Args:
        n_envs: how many games.
        height: rows of the boards.
        randomizer: ``uniform`` draws each piece from all seven, ``bag`` out of bags of all seven.
        max_pieces: games are truncated at this many pieces; 0: never.
        ceiling: rows that the games may use, from 4 to ``height``: the board and what is seen of it stay the same, but a placement
            that sticks out above them is not available. By default the whole board.
        seed: the batch's seed. Game number k of a slot has the seed ``kernels.follow_up_seed(seed, slot, k)``.

    Attributes:
        observations: (n_envs, 374) the current observations.
        games_played: games that ended since the batch began.
        counts: (N_COUNTS,) what was counted of the moves (see ``game.counts``) since someone set it to zero; no part of the
            batch's state.
    """

    def __init__(
        self,
        n_envs: int,
        *,
        height: int = 20,
        randomizer: str = "uniform",
        max_pieces: int = 2000,
        ceiling: int | None = None,
        seed: int = 0,
    ) -> None:
        self.n_envs = check_count("n_envs", n_envs, 1)
        self.height = check_height(height)
        self.randomizer = randomizer
        self.max_pieces = check_count("max_pieces", max_pieces)
        self.seed = check_seed(seed)
        self._use_bag = check_randomizer(randomizer)
        self._ceiling = check_ceiling(self.height if ceiling is None else ceiling, self.height)
        self._games: IntArray = np.zeros((self.n_envs, kernels.N_GAME_FIELDS), dtype=np.int64)
        self._placements: ByteArray = np.zeros((self.n_envs, MAX_PLACEMENTS), dtype=np.uint8)
        self._colours: ByteArray = np.zeros((self.height, WIDTH), dtype=np.uint8)  # floor first
        self._scratch = new_scratch()
        self.counts: IntArray = np.zeros(N_COUNTS, dtype=np.int64)
        self._endings = np.zeros_like(self._games)
        self._last_features = self._new_features()
        self.observations: FeatureArray
        self.games_played: int
        self.reset()

    def _new_features(self) -> FeatureArray:
        return np.empty((self.n_envs, MAX_PLACEMENTS, N_FEATURES), dtype=np.int16)

    @property
    def pieces(self) -> IntArray:
        """(n_envs,) the number of the piece each game is to place."""
        return self._games[:, kernels.PIECE].copy()

    @property
    def n_placements(self) -> IntArray:
        """(n_envs,) how many placements each game's piece has."""
        return self._games[:, kernels.N_PLACEMENTS].copy()

    def reset(self, seeds: Sequence[int] | None = None) -> FeatureArray:
        """Begin anew: every slot at its first game, no game counted yet.

        Args:
            seeds: (n_envs,) the first games' seeds; by default those that the batch's own seed gives. Later games' seeds do not
                depend on them.

        Returns:
            (n_envs, 374) the observations.
        """
        if seeds is None:
            seeds = [kernels.follow_up_seed(self.seed, slot, 0) for slot in range(self.n_envs)]
        if len(seeds) != self.n_envs:
            raise SettingError(f"reset needs one seed a game, {self.n_envs} in all; got {len(seeds)}.")
        features = self._new_features()
        first = check_seeds(seeds)
        kernels.begin_many(
            self._games, first, self._use_bag, self.height, self._ceiling, self._placements, features, self._colours, self._scratch
        )
        self.games_played = 0
        self.observations = features.reshape(self.n_envs, OBSERVATION_SIZE)
        return self.observations.copy()

    def step(self, actions: IntArray) -> BatchStep:
        """Make one move in every game.

        Args:
            actions: (n_envs,) numbers from 0 to 33.
        """
        actions = self._checked(actions)
        features = self._new_features()
        lines = np.empty(self.n_envs, dtype=np.int64)
        terminated = np.empty(self.n_envs, dtype=np.bool_)
        truncated = np.empty(self.n_envs, dtype=np.bool_)
        ended = kernels.step_many(
            self._games,
            actions,
            self._use_bag,
            self.height,
            self._ceiling,
            self.max_pieces,
            self.seed,
            self._placements,
            features,
            self._colours,
            self._scratch,
            self.counts,
            lines,
            terminated,
            truncated,
            self._endings,
            self._last_features,
        )
        self.observations = features.reshape(self.n_envs, OBSERVATION_SIZE)
        finished = self._finished(terminated | truncated) if ended else []
        self.games_played += ended
        return BatchStep(self.observations, lines, terminated, truncated, finished)

    def _checked(self, actions: IntArray) -> IntArray:
        checked = np.ascontiguousarray(actions, dtype=np.int64)
        if checked.shape != (self.n_envs,):
            raise SettingError(f"step needs one action a game, shape ({self.n_envs},); got shape {checked.shape}.")
        slot = kernels.first_illegal(checked)
        if slot >= 0:
            raise SettingError(f"an action must be from 0 to {MAX_PLACEMENTS - 1}; got {checked[slot]} in slot {slot}.")
        return checked

    def _finished(self, ended: BoolArray) -> list[FinishedGame]:
        """The games that ended with this move."""
        return [
            FinishedGame(
                slot=int(slot),
                seed=int(self._endings[slot, kernels.SEED]),
                lines=int(self._endings[slot, kernels.LINES]),
                pieces=int(self._endings[slot, kernels.PLACED]),
                terminal_observation=self._last_features[slot].reshape(OBSERVATION_SIZE).copy(),
            )
            for slot in np.flatnonzero(ended)
        ]

    def watched_board(self) -> WatchedBoard:
        """Slot 0 as it is now, to be drawn."""
        game = self._games[0]
        return WatchedBoard(
            cells=self._colours[::-1].tobytes(),
            piece=int(game[kernels.PIECE]),
            lines=int(game[kernels.LINES]),
            pieces=int(game[kernels.PLACED]),
            seed=int(game[kernels.SEED]),
            number=int(game[kernels.NUMBER]) + 1,
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on exactly: copies of arrays, and integers."""
        return {
            "games": self._games.copy(),
            "placements": self._placements.copy(),
            "colours": self._colours.copy(),
            "observations": self.observations.copy(),
            "seed": self.seed,
            "games_played": self.games_played,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state_dict`` returned in a batch with the same settings; the seed is taken from there too.

        Raises:
            SettingError: no batch with these settings can be in that state; this one stays as it is.
        """
        check_state(state, self.state_dict(), Rules(self.height, self._ceiling, self._use_bag))
        self.observations = state["observations"].copy()
        for name, target in (("games", self._games), ("placements", self._placements), ("colours", self._colours)):
            target[...] = state[name]
        self.seed, self.games_played = state["seed"], state["games_played"]
