"""`Task`: what training needs of what is trained. `learning` knows nothing else of a task."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from ..config import RunSettings
from ..run_files.checkpoints import Checkpoint
from ..run_files.episodes import EpisodeRow
from ..run_files.evaluations import EvaluationRow
from ..run_files.models import BestMetadata
from ..run_files.run_directory import RunDirectory
from .best_model import Candidate
from .session import RunSession


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """A policy to evaluate, as it was at one step.

    Attributes:
        step: environment steps when it was copied.
        episode: training episodes that had ended by then.
        wall_seconds: of the run, by then.
        active_seconds: the same, without pauses.
        model: the content of its `model.zip`.
        policy: the task's own copy of it, made by `Task.copy_policy` or `Task.read_policy`.
    """

    step: int
    episode: int
    wall_seconds: float
    active_seconds: float
    model: bytes
    policy: Any


class Task(Protocol):
    """One training: the learner, its environments, and what only the task knows of them.

    Every method but `evaluate` is called by the training thread.
    """

    @property
    def model(self) -> BaseAlgorithm:
        """The learner; before its first step when the task is made."""

    @property
    def best_metric(self) -> str:
        """Which value decides what the best model is."""

    @property
    def best_unit(self) -> str:
        """What a value of the best model counts: `lines`, `reward`."""

    @property
    def target(self) -> float | None:
        """Training ends when the value of the best model reaches it; None: it does not."""

    @property
    def due_step(self) -> float:
        """From this environment step on, `keep_past` wants to be called."""

    @property
    def evaluation_steps(self) -> int:
        """Training steps that the next evaluation takes the time of: at least so much later comes the one after it."""

    @property
    def eval_every(self) -> int | None:
        """Environment steps between two evaluations, at the least; None: nothing is evaluated."""

    @property
    def evaluates_beside(self) -> bool:
        """Whether `evaluate` can be called while training goes on."""

    @property
    def records_infos(self) -> bool:
        """Whether the numbers that its environments say at each step are metrics too."""

    @property
    def callbacks(self) -> Sequence[BaseCallback]:
        """What of the task's own happens at every step, before the step is recorded."""

    def metrics(self, recent: Sequence[EpisodeRow]) -> Mapping[str, float | None]:
        """The task's own numbers since they were last asked for; called once for a row of metrics.

        Args:
            recent: the last hundred episodes.
        """

    def end_episode(self, slot: int, info: Mapping[str, Any], row: dict[str, Any]) -> EpisodeRow | None:
        """Complete the row of an episode that has ended; None if only a part of one has.

        Args:
            slot: which of the environments.
            info: what the environment said at its last step.
            row: `step`, `episode` and `at`.
        """

    def take_picture(self, step: int, *, slowed: bool) -> Callable[[], Any] | None:
        """The watched episode as it is now; what is returned makes the row, later and on another thread. None: nothing to see.

        Args:
            step: environment steps.
            slowed: whether training is slowed down so that somebody can follow: then no picture takes too long.
        """

    def copy_policy(self, model: bytes) -> Any:
        """The policy as it is now, for `evaluate`; `model` is the content of its `model.zip`."""

    def read_policy(self, model: bytes) -> Any:
        """The same, of the content of a `model.zip` whose evaluation was cut short.

        Raises:
            FormatError: it is no model of this task.
        """

    def evaluate(self, policy: Any, continue_training: Callable[[], bool]) -> Any:
        """Evaluate a policy, in a thread of its own.

        Args:
            policy: what `copy_policy` has returned.
            continue_training: to be asked every few milliseconds; it blocks during a pause. False: give up.

        Returns:
            What `end_evaluation` takes, or None if it was given up.
        """

    def end_evaluation(self, job: EvaluationJob, result: Any) -> tuple[EvaluationRow, Candidate]:
        """The row of an evaluation, and the policy as a candidate for the best model."""

    def judge_episode(self, row: EpisodeRow) -> Candidate | None:
        """The model as it is now as a candidate for the best one, where a single training episode decides; else None."""

    def describe_model(self, episodes: Sequence[EpisodeRow]) -> BestMetadata:
        """The metadata of the model as it is now, which was not chosen: it is judged by the latest training episodes."""

    def model_bytes(self) -> bytes:
        """The content of a `model.zip` of the model as it is now."""

    def keep_past(self) -> None:
        """Keep what a checkpoint will need of the past. Called at the start of a rollout, before every checkpoint too."""

    def to_checkpoint(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """What a checkpoint holds of the learner and its environments: files, `model.zip` among them, and JSON types."""

    def restore(self, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
        """Bring the fresh learner to where a checkpoint was saved.

        Raises:
            FormatError: the checkpoint does not fit the settings.
        """

    def start_rollouts(self) -> None:
        """The first rollout of this process starts: put back what `learn` has begun anew after `restore`."""

    def start_from(self, model: bytes) -> None:
        """Begin with the weights of another model.

        Raises:
            FormatError: they do not fit.
        """


class TaskKind(Protocol):
    """A task as the trainer finds it, before anything heavy is imported: a module `task` in a folder of `trainer.tasks`."""

    settings: type[RunSettings]
    """The class of its settings."""

    def check_settings(self, config: RunSettings) -> None:
        """Refuse settings that can never be trained. The command line asks before it makes a run.

        Raises:
            ControlRoomError: one sentence: what is wrong with them, and what to do.
        """

    def make_task(self, session: RunSession, config: RunSettings) -> Task:
        """Make one for a run."""

    def cut_files(self, run: RunDirectory, step: int) -> None:
        """Delete what the task itself has written after a step: it belongs to steps that will be made again.

        Raises:
            OSError: the folder is read-only.
        """

    def memory_advice(self, config: RunSettings) -> str:
        """One sentence for a run that had not enough memory: which setting takes most of it, and what helps."""
