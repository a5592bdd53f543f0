"""Evaluation in a thread of its own, so that training is not held up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .task import EvaluationJob


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """The result of an evaluation, as the task gave it, and the job it is of."""

    job: EvaluationJob
    result: Any


class BackgroundEvaluator:
    """Evaluates one policy at a time in a thread, beside training.

    Args:
        evaluate: evaluates a policy; gets a function that tells whether to go on.
        resume: cleared while paused: the evaluation waits too.
        stop: set to give up.
        ended: called in the thread when a job is over, whatever came of it.
    """

    def __init__(
        self,
        evaluate: Callable[[Any, Callable[[], bool]], Any],
        *,
        resume: threading.Event,
        stop: threading.Event,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._evaluate, self._ended = evaluate, ended
        self._resume, self._stop = resume, stop
        self._thread: threading.Thread | None = None
        self._finished: FinishedJob | None = None
        self._failure: BaseException | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self._thread is not None and self._thread.is_alive()

    def submit(self, job: EvaluationJob) -> None:
        """Start a job; the one before must have been taken."""
        self._thread = threading.Thread(target=self._work, args=(job,), name="evaluator", daemon=True)
        self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the job; returns whether none is under way any more."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.busy

    def take(self) -> FinishedJob | None:
        """The finished job, once.

        Raises:
            BaseException: whatever went wrong in the thread.
        """
        if (self._finished is None and self._failure is None) or self.busy:  # asked often: the cheaper question first
            return None
        if self._failure is not None:
            raise self._failure
        finished, self._finished = self._finished, None
        return finished

    def close(self) -> None:
        """Give up what is under way, and wait until it is."""
        self._closed = True
        if self._thread is not None:
            self._thread.join()

    def _continue_training(self) -> bool:
        self._resume.wait()
        return not (self._closed or self._stop.is_set())

    def _work(self, job: EvaluationJob) -> None:
        try:
            result = self._evaluate(job.policy, self._continue_training)
        except BaseException as failure:  # noqa: BLE001 - raised again in the training thread
            self._failure = failure
            return
        finally:
            self._ended()
        if result is not None:
            self._finished = FinishedJob(job, result)
