"""Checkpoints: from time to time and at the end, everything that is needed to go on exactly."""

import time
from collections.abc import Callable

from ...errors import reason
from ...run_files.checkpoints import Checkpoint, save_checkpoint
from ..session import RunSession
from ..task import Task
from .rollout_start import RolloutStartCallback


class SaveCheckpoints(RolloutStartCallback):
    """Saves a checkpoint when one is due, and has the task keep what that will need of the past.

    Args:
        session: the run's session.
        task: what is trained.
        every_s: seconds between two checkpoints.
        contents: the files of a checkpoint, read at the start of a rollout or after the last one.
    """

    def __init__(self, session: RunSession, task: Task, every_s: float, contents: Callable[[], dict[str, bytes]]) -> None:
        super().__init__()
        self._session, self._task = session, task
        self._every_s, self._contents = every_s, contents
        self._saved_at = time.monotonic()

    @property
    def due_step(self) -> float:
        """When the task wants to keep its past next."""
        return self._task.due_step

    def _on_rollout_start(self) -> None:
        if self._session.step >= self.due_step:
            self._task.keep_past()
        if time.monotonic() - self._saved_at >= self._every_s:
            self.save()

    def save(self) -> bool:
        """Save a checkpoint; returns whether it is on disk. A disk that does not take it keeps the one before, and the event says so."""
        session = self._session
        started = time.monotonic()
        try:
            self._task.keep_past()  # also its beginning: a stop may come before the first step
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
