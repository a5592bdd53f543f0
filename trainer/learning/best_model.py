"""The one place that decides what the best model is, and saves it."""

from collections.abc import Callable
from dataclasses import dataclass

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
    """Keeps the best value of one metric. Only a strictly better one is saved, so the same score is never saved twice."""

    def __init__(self, session: RunSession, metric: str) -> None:
        self._session = session
        self.metric = metric
        self.value: float | None = None

    def consider(self, candidate: Candidate) -> bool:
        """Save a model if it is better than the best so far; returns whether it was. A full disk keeps the old one."""
        metadata = candidate.metadata
        if metadata.metric != self.metric or (self.value is not None and metadata.value <= self.value):
            return False
        unit = "reward" if self.metric == "episode_reward" else "lines"
        was = "the first" if self.value is None else f"was {self.value:,.6g}"
        try:
            save_best(self._session.run, candidate.model(), metadata, candidate.replay)
        except OSError as error:
            self._session.event(
                "warning", f"New best {metadata.value:,.6g} {unit} could not be saved: {error.strerror}. The old model stays."
            )
            return False
        self.value = metadata.value
        self._session.new_best(self.metric, metadata.value, metadata.step)
        self._session.event("new_best", f"New best: {metadata.value:,.6g} {unit} ({was}), saved")
        return True
