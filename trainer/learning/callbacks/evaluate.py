"""Evaluation beside training: hands policies to the evaluator and takes its results."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...errors import FormatError, shown
from ...numbers import short
from ...run_files.evaluations import EvaluationRow
from ...run_files.fields import MAX_COUNT, from_fields
from ..best_model import BestModel
from ..evaluation import BackgroundEvaluator
from ..session import RunSession
from ..task import EvaluationJob, Task
from .rollout_start import RolloutStartCallback

NEVER = MAX_COUNT
WAIT_SLICE_S = 0.02  # between two looks at pause and stop while waiting for the evaluator


@dataclass(frozen=True, slots=True)
class JobState:
    """An evaluation that was going on."""

    step: int
    episode: int
    wall_seconds: float
    active_seconds: float


@dataclass(frozen=True, slots=True)
class EvaluationsState:
    """What `Evaluate` remembers, in a checkpoint."""

    next_step: int
    job: JobState | None


class Evaluate(RolloutStartCallback):
    """Evaluates the policy every `eval_every` steps, on another core, and offers it to the best model.

    The distance between evaluations grows with the length of the one before, so that training seldom
    waits for them. None of this looks at the clock: the same seed is evaluated at the same steps on
    any machine.

    Args:
        session: the run's session.
        task: what is trained; it evaluates.
        evaluator: the thread that does.
        best: the best model.
        obey: looks at pause and stop; returns whether training goes on.
        eval_every: environment steps; None: nothing is evaluated.
        beside: whether training goes on meanwhile; else it waits for each evaluation.
        target_reward: training ends when the mean reward of an evaluation reaches it; None: it does not.
    """

    def __init__(
        self,
        session: RunSession,
        task: Task,
        evaluator: BackgroundEvaluator,
        best: BestModel,
        *,
        obey: Callable[[], bool],
        eval_every: int | None,
        beside: bool = True,
        target_reward: float | None = None,
    ) -> None:
        super().__init__()
        self._session, self._task, self._evaluator, self._best = session, task, evaluator, best
        self._obey, self._target_reward, self._beside = obey, target_reward, beside
        self._eval_every = NEVER if eval_every is None else eval_every
        self.target_reached = False
        self.next_step = self._eval_every
        """When the next evaluation is due."""
        self._last_step = -1
        self._job: EvaluationJob | None = None

    @property
    def due_step(self) -> float:
        """When the next evaluation is due."""
        return self.next_step

    def _on_rollout_start(self) -> None:
        self._take_result()
        continue_training = True
        if self._session.step >= self.next_step and not self.target_reached:
            continue_training = self._wait_for_evaluator()
            if continue_training and not self.target_reached:
                self._evaluate()
                continue_training = self._beside or self._wait_for_evaluator()
        self.continue_training = continue_training and not self.target_reached

    def finish(self) -> None:
        """Evaluate the policy as it is now and wait for the result, unless that has been done or a stop comes."""
        if self._eval_every == NEVER:
            return
        if self._evaluator.busy or self._last_step < self._session.step:
            self._session.event("evaluation", "All steps are done; the last network is being evaluated")
        if self._wait_for_evaluator() and self._last_step < self._session.step:
            self._evaluate()
            self._wait_for_evaluator()

    def state(self) -> dict[str, Any]:
        """What a later process needs to go on, as JSON types: an `EvaluationsState` and `last_step`, −1 before the first one.

        The policy that is being evaluated is in `evaluating`.
        """
        job = self._job
        numbers = JobState(job.step, job.episode, job.wall_seconds, job.active_seconds) if job else None
        return asdict(EvaluationsState(self.next_step, numbers)) | {"last_step": self._last_step}

    @property
    def evaluating(self) -> bytes | None:
        """The model whose result has not been taken yet."""
        return self._job.model if self._job else None

    def load_state(self, state: Mapping[str, Any], evaluating: bytes | None) -> None:
        """Go on from what `state` returned: a policy that was being evaluated is evaluated again.

        Raises:
            FormatError: it is no such state, or the policy is none.
        """
        checked, last = from_fields(EvaluationsState, dict(state)), state.get("last_step")
        if type(last) is not int or not -1 <= last <= MAX_COUNT:
            raise FormatError(f"last_step must be a whole number from -1 to {MAX_COUNT:,}; got {shown(last)}")
        self.next_step, self._last_step = checked.next_step, last
        if evaluating is not None:
            if checked.job is None:
                raise FormatError("job must say which evaluation was going on")
            self._submit(EvaluationJob(**asdict(checked.job), model=evaluating, policy=self._task.read_policy(evaluating)))

    def close(self) -> None:
        """Give up an evaluation that is still going on."""
        self._evaluator.close()

    def _wait_for_evaluator(self) -> bool:
        while not self._evaluator.wait(WAIT_SLICE_S):
            self._session.waits()
            if not self._obey():
                return False
        self._take_result()
        return True

    def _evaluate(self) -> None:
        session, model = self._session, self._task.model_bytes()
        self._last_step = session.step
        self.next_step = session.step + max(self._eval_every, self._task.evaluation_steps)
        self._submit(
            EvaluationJob(
                step=session.step,
                episode=session.episode,
                wall_seconds=round(session.clock.wall_seconds, 3),
                active_seconds=round(session.clock.active_seconds, 3),
                model=model,
                policy=self._task.copy_policy(model),
            )
        )

    def _submit(self, job: EvaluationJob) -> None:
        self._job = job
        self._evaluator.submit(job)

    def _take_result(self) -> None:
        finished = self._evaluator.take()
        if finished is not None:
            self._job = None
            row, candidate = self._task.end_evaluation(finished.job, finished.result)
            self._session.evaluations.append(row)
            self._best.consider(candidate)
            self._compare(row)

    def _compare(self, row: EvaluationRow) -> None:
        """See whether the target is reached."""
        if self._target_reward is not None and row.mean_reward >= self._target_reward:
            self.target_reached = True
            mean, target = short(row.mean_reward), short(self._target_reward)
            self._session.event(
                "evaluation", f"The evaluation at step {row.step:,} reached the target: mean reward {mean}, wanted {target}"
            )
