"""The one place that decides what the best model is, and saves it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from trainer.learning.queued_log import RETRY_INTERVAL_S
from trainer.learning.session import RunSession
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.replays import Recording


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value of the metric and the model it belongs to."""

    metadata: BestMetadata
    model: Callable[[], bytes]
    """Gives the content of `model.zip`; only called for a new best."""
    replay: Recording | None = None


class BestModel:
    """Keeps the best value of one metric. Only a strictly better one is saved, so the same score is never saved twice.

    A model that the disk does not take is kept in memory, and `retry` tries it again.
    """

    def __init__(self, session: RunSession, metric: str) -> None:
        self._session = session
        self.metric = metric
        self.value: float | None = None
        self._refused: Candidate | None = None
        self._retry_at = 0.0

    def consider(self, candidate: Candidate) -> bool:
        """Save a model if it is better than the best so far; returns whether it was. A full disk keeps the old one."""
        if candidate.metadata.metric != self.metric or not self._is_better(candidate):
            return False
        model = candidate.model()
        problem = self._save(candidate, model)
        if problem:
            self._refused = Candidate(candidate.metadata, lambda: model, candidate.replay)
            said = f"New best {self._words(candidate)} could not be saved: {problem}. The old model stays; it is tried again."
            self._session.event("warning", said)
        return not problem

    def retry(self) -> None:
        """Try again, once a second, to save the model that the disk refused, if there is one."""
        if self._refused is not None and time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + RETRY_INTERVAL_S
            self._save(self._refused, self._refused.model())

    def _is_better(self, candidate: Candidate) -> bool:
        known = self._refused.metadata.value if self._refused is not None else self.value
        return known is None or candidate.metadata.value > known

    def _save(self, candidate: Candidate, model: bytes) -> str:
        """Save a new best; returns why it could not be, or nothing."""
        metadata = candidate.metadata
        try:
            save_best(self._session.run, model, metadata, candidate.replay)
        except OSError as error:
            return error.strerror or str(error)
        was = "the first" if self.value is None else f"was {self.value:,.6g}"
        self.value, self._refused = metadata.value, None
        self._session.new_best(self.metric, metadata.value, metadata.step)
        self._session.event("new_best", f"New best: {self._words(candidate)} ({was}), saved")
        return ""

    def _words(self, candidate: Candidate) -> str:
        return f"{candidate.metadata.value:,.6g} {'reward' if self.metric == 'episode_reward' else 'lines'}"
