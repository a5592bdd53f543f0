"""Checkpoints: from time to time and at the end, everything that is needed to go on exactly."""

import time
from collections.abc import Callable

from ...errors import reason
from ...run_files.checkpoints import Checkpoint, save_checkpoint
from ...tasks.tetris.game.batch import TetrisBatch
from ...tasks.tetris.learner.move_history import MoveHistory
from ..session import RunSession


class KeepCheckpoints:
    """Keeps the past of the games, and saves a checkpoint when one is due.

    Args:
        session: the run's session.
        games: the training games.
        history: of their moves.
        every_s: seconds between two checkpoints.
        contents: the files of a checkpoint, taken between two moves.
    """

    def __init__(
        self, session: RunSession, games: TetrisBatch, history: MoveHistory, every_s: float, contents: Callable[[], dict[str, bytes]]
    ) -> None:
        self._session, self._games, self._history = session, games, history
        self._every_s, self._contents = every_s, contents
        self._saved_at = time.monotonic()

    @property
    def due_step(self) -> int:
        """When the state of the games is to be kept next."""
        return self._history.next_state_row * self._games.n_games

    def between_moves(self) -> None:
        """Keep the state of the games and save a checkpoint, if that is due. Called before the first move too."""
        if self._session.step >= self.due_step:
            self._keep_past()
        if time.monotonic() - self._saved_at >= self._every_s:
            self.save()

    def save(self) -> bool:
        """Save a checkpoint; returns whether it is on disk. A disk that does not take it keeps the one before, and the event says so."""
        session = self._session
        started = time.monotonic()
        try:
            self._keep_past()  # also its beginning: a stop may come before the first move
            log_bytes = session.sync_logs()
            save_checkpoint(session.run, Checkpoint(session.step, self._contents(), log_bytes))
        except OSError as error:
            saved = False
            session.event("warning", f"The checkpoint could not be saved: {reason(error)}. The one before it stays.")
        else:
            saved = True
            took_ms = (time.monotonic() - started) * 1_000
            session.event("checkpoint", f"Checkpoint at step {session.step:,}, saved in {took_ms:,.0f} ms")
        self._saved_at = time.monotonic()
        return saved

    def _keep_past(self) -> None:
        self._history.read(self._session.step // self._games.n_games)
        if self._history.next_row >= self._history.next_state_row:
            self._history.keep_state(self._games.state_dict())
