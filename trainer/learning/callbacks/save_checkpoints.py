"""Checkpoints: from time to time and at the end, everything that is needed to go on exactly."""

import time
from collections.abc import Callable
from contextlib import suppress

from ...errors import reason
from ...run_files.checkpoints import Checkpoint, save_checkpoint
from ..session import RunSession
from ..task import Task
from .rollout_start import RolloutStartCallback

LONG_ROLLOUT_S = 1.0  # a stop waits for the end of a shorter one
SNAPSHOT_SHARE = 50  # a snapshot takes at most one part in so many of a rollout's time
CHECKPOINT_SHARE = 50  # and checkpoints at most one part in so many of all time


class SaveCheckpoints(RolloutStartCallback):
    """Saves a checkpoint when one is due, and has the task keep what that will need of the past.

    Args:
        session: the run's session.
        task: what is trained.
        every_s: seconds between two checkpoints, at the least: a large one, which takes long, comes less often.
        contents: the files of a checkpoint, read at the start of a rollout or after the last one.
    """

    def __init__(self, session: RunSession, task: Task, every_s: float, contents: Callable[[], dict[str, bytes]]) -> None:
        super().__init__()
        self._session, self._task = session, task
        self._every_s, self._contents = every_s, contents
        self._saved_at, self._saving_s = time.monotonic(), 0.0
        self._snapshot: Checkpoint | None = None
        self._took_s = 0.0

    @property
    def due_step(self) -> float:
        """When the task wants to keep its past next."""
        return self._task.due_step

    def _on_rollout_start(self) -> None:
        if self._session.step >= self.due_step:
            self._task.keep_past()
        if time.monotonic() - self._saved_at >= max(self._every_s, CHECKPOINT_SHARE * self._saving_s):
            self.save()

    def keep_snapshot(self, rollout_s: float) -> None:
        """Keep the start of this rollout in memory if rollouts are long, so that a stop need not wait for the end of this one.

        Args:
            rollout_s: how long the last one took, with the update after it.
        """
        self._snapshot = None
        if rollout_s >= max(LONG_ROLLOUT_S, SNAPSHOT_SHARE * self._took_s):
            with suppress(OSError):  # rows wait for room: the stop waits for the next rollout
                self._snapshot = self._take()

    @property
    def snapshot_step(self) -> int | None:
        """The step of the start of this rollout, if that is kept."""
        return None if self._snapshot is None else self._snapshot.step

    def save(self) -> bool:
        """Save a checkpoint; returns whether it is on disk. A disk that does not take it keeps the one before, and the event says so."""
        self._snapshot = None
        return self._save(self._take)

    def save_snapshot(self) -> bool:
        """Save the start of this rollout, which is kept; see `save`."""
        snapshot = self._snapshot
        assert snapshot is not None  # noqa: S101 - the caller has asked
        return self._save(lambda: snapshot)

    def _save(self, make: Callable[[], Checkpoint]) -> bool:
        session = self._session
        started = time.monotonic()
        try:
            checkpoint = make()
            save_checkpoint(session.run, checkpoint)
        except OSError as error:
            saved = False
            session.event("warning", f"The checkpoint could not be saved: {reason(error)}. The one before it stays.")
        else:
            saved = True
            took_ms = (time.monotonic() - started) * 1_000
            session.event("checkpoint", f"Checkpoint at step {checkpoint.step:,}, saved in {took_ms:,.0f} ms")
        self._saved_at = time.monotonic()
        self._saving_s = self._took_s = self._saved_at - started
        return saved

    def _take(self) -> Checkpoint:
        """A checkpoint of this moment: the start of a rollout, or the end of training."""
        started = time.monotonic()
        self._task.keep_past()  # also its beginning: a stop may come before the first step
        log_bytes = self._session.sync_logs()
        taken = Checkpoint(self._session.step, self._contents(), log_bytes)
        self._took_s = time.monotonic() - started
        return taken
