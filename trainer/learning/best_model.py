"""The one place that decides what the best model is, and saves it."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..errors import reason
from ..numbers import digits, short
from ..run_files.models import BestMetadata, save_best
from .queued_log import RETRY_INTERVAL_S, RowQueue
from .session import RunSession


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value of the metric and the model it belongs to."""

    metadata: BestMetadata
    model: Callable[[], bytes]
    """Gives the content of `model.zip`; only called for a new best."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What else of the task is kept beside it."""


class BestModel(RowQueue):
    """Keeps the best value of one metric. Only a strictly better one is saved, so the same score is never saved twice.

    The training thread decides, and the thread that writes the logs saves: a disk takes tens of milliseconds for it. A model that
    the disk does not take is kept in memory and tried again; the old one stays meanwhile.
    """

    def __init__(self, session: RunSession, metric: str, unit: str) -> None:
        super().__init__(self._save_last, urgent=True)
        self._session = session
        self.metric, self._unit = metric, unit
        self.offered: float | None = None
        """The best value so far, saved or not."""
        self.saved: float | None = None
        """The value of the model in `best/`."""
        self._refused: tuple[Candidate, bytes] | None = None
        self._retry_at = 0.0
        session.background.add(self)

    def resume_from(self, value: float | None) -> None:
        """Begin with the value of a model that is saved already."""
        self.offered = self.saved = value

    def consider(self, candidate: Candidate) -> bool:
        """Have a model saved if it is better than the best so far; returns whether it is."""
        value = candidate.metadata.value
        if candidate.metadata.metric != self.metric or not math.isfinite(value) or (self.offered is not None and value <= self.offered):
            return False
        self.offered = value
        self.append((candidate, candidate.model()))
        return True

    def write(self) -> None:
        """Save what waits; what the disk refused is tried again now and then."""
        with self._writing:
            super().write()
            if self._refused is not None and time.monotonic() >= self._retry_at:
                self._try(*self._refused)

    def _save_last(self, better_and_better: list[tuple[Candidate, bytes]]) -> None:
        candidate, model = better_and_better[-1]
        problem = self._try(candidate, model)
        if problem:
            said = f"New best {self._words(candidate)} could not be saved: {problem}. The old model stays; it is tried again."
            self._session.event("warning", said)

    def _try(self, candidate: Candidate, model: bytes) -> str:
        """Save a new best; returns why it could not be, or nothing."""
        metadata = candidate.metadata
        try:
            save_best(self._session.run, model, metadata, candidate.files)
        except OSError as error:
            self._refused, self._retry_at = (candidate, model), time.monotonic() + RETRY_INTERVAL_S
            return reason(error)
        said = self._words(candidate)
        was = "the first" if self.saved is None else f"was {_text(self.saved, metadata.value)}"
        self.saved, self._refused = metadata.value, None
        self._session.new_best(self.metric, metadata.value, metadata.step)
        self._session.event("new_best", f"New best: {said} ({was}), saved")
        return ""

    def _words(self, candidate: Candidate) -> str:
        return f"{_text(candidate.metadata.value, self.saved)} {self._unit}"


def _text(value: float, other: float | None) -> str:
    """A value in as many digits as tell it from another one."""
    return short(value) if other is None or short(value) != short(other) else digits(value)
