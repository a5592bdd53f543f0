"""One training, from fresh events to its final state: what is the same whatever is trained."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import torch as th

from ..config import RunSettings
from ..errors import FormatError, ModelNameError, reason
from ..run_files.checkpoints import Checkpoint, unfit
from ..run_files.fields import from_fields
from ..run_files.files import document_bytes
from ..run_files.models import METADATA_FILE
from ..run_files.slots import save_named
from .best_model import BestModel
from .callbacks.evaluate import Evaluate
from .callbacks.obey_control import ObeyControl
from .callbacks.record_training import RecordEpisodes, RecordMetrics
from .callbacks.save_checkpoints import SaveCheckpoints
from .callbacks.show_progress import ShowProgress
from .callbacks.take_pictures import TakePictures
from .control_watcher import ControlEvents
from .evaluation import BackgroundEvaluator
from .pace import Pace
from .session import RunSession, SessionState
from .steering import Steering
from .task import Task

NEVER = 2**62  # episodes between two lines of stable-baselines3's own log, which nobody reads
STATE_FILE = "state.json"
EVALUATING_FILE = "evaluating.zip"


@dataclass(frozen=True, slots=True)
class SavedState:
    """The content of `state.json` in a checkpoint: what each part returns as its `state`, and checks itself."""

    session: SessionState
    best_value: float | None
    episodes: dict[str, Any]
    metrics: dict[str, Any]
    evaluations: dict[str, Any]
    task: dict[str, Any]


class Training:
    """Trains one run until all steps are done, the target is reached or a stop comes.

    Args:
        session: the run's logs, clock and status.
        config: its settings.
        events: what the control watcher sets.
        task: what is trained.
        look: makes the watcher look, if that is due.
        pictures: whether there may be pictures.
    """

    def __init__(
        self,
        session: RunSession,
        config: RunSettings,
        events: ControlEvents,
        task: Task,
        look: Callable[[], None],
        *,
        pictures: bool = True,
    ) -> None:
        self._session, self._config, self._events, self._task = session, config, events, task
        self._pictures = pictures
        self._best = best = BestModel(session, task.best_metric, task.best_unit)
        self._obey = ObeyControl(events, session, look, self._save_as)
        self._pace = Pace(events, session, look)
        evaluator = BackgroundEvaluator(task.evaluate, resume=events.resume, stop=events.stop, ended=session.evaluates_no_more)
        self._evaluate = Evaluate(
            session, task, evaluator, best,
            obey=self._obey.obey, eval_every=task.eval_every, beside=task.evaluates_beside, target_reward=config.target_reward,
        )  # fmt: skip
        self._checkpoints = SaveCheckpoints(session, task, config.checkpoint_every_s, self._files)
        self._episodes = RecordEpisodes(session, task, best)
        self._metrics = RecordMetrics(session, task, self._episodes, log_every=config.log_every)

    def train(self, *, progress: bool = False) -> None:
        """Train, then save what was learned and write the final state."""
        th.set_num_threads(1)  # small networks: more threads only get in each other's way
        config, model = self._config, self._task.model
        done = model.num_timesteps
        self.begin()
        try:
            model.learn(
                config.total_timesteps - done,
                callback=self.steering(progress=progress),
                log_interval=NEVER,
                reset_num_timesteps=not done,
            )
        finally:
            self.close()

    def begin(self) -> None:
        """Say that training begins, or goes on."""
        config, session, done = self._config, self._session, self._task.model.num_timesteps
        session.restart_clock()
        if done:
            session.event("started", f"Training goes on from the checkpoint of step {done:,}")
        else:
            session.event("started", f"Training began: {config.total_timesteps:,} steps, seed {config.seed}")
        session.update(state="running")
        self._events.unattended.clear()  # from now on this thread looks

    def close(self) -> None:
        """Give up an evaluation that is still going on, and leave the learner's logger as it was."""
        self._evaluate.close()
        self._metrics.release()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            FormatError: it is damaged, or of other settings.
        """
        self._task.restore(checkpoint, read_state(checkpoint)["task"])
        self.restore_records(checkpoint)

    def restore_records(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint with what is recorded; the learner is there already.

        Raises:
            FormatError: it is damaged, or of other settings.
        """
        state = read_state(checkpoint)
        try:
            self._session.load_state(checkpoint.step, state["session"])
            self._best.resume_from(state["best_value"])
            self._episodes.load_state(state["episodes"])
            self._metrics.load_state(state["metrics"])
            self._evaluate.load_state(state["evaluations"], checkpoint.contents.get(EVALUATING_FILE))
        except FormatError as error:
            raise unfit(checkpoint, error, STATE_FILE) from None

    def save_after_failure(self) -> str:
        """Save the model as it was learned last; what was not learned from yet is not in it. Returns what came of it, in words."""
        step = self._task.model.num_timesteps
        if not step or self._session.status.state == "starting":
            return ""
        if not all(th.isfinite(weights).all() for weights in self._task.model.policy.parameters()):
            return "Its weights are no numbers any more: the last checkpoint and the best model are from before."
        slot = f"failed-at-{step}"
        with suppress(Exception):  # another failure must not hide the first one
            metadata = self._task.describe_model([*self._episodes.recent])
            save_named(self._session.run, slot, self._task.model_bytes(), metadata)
            return f"The model as it was is saved as “{slot}”."
        return ""

    def steering(self, *, progress: bool = False) -> Steering:
        """What `learn` is to be given.

        Args:
            progress: whether to show a progress bar.
        """
        session, task = self._session, self._task
        others = [*task.callbacks, self._episodes, self._metrics]
        if self._pictures:
            others.append(TakePictures(self._events, session, task))
        if progress:
            bar = ShowProgress(self._best, task.model.num_timesteps, self._config.total_timesteps)
            others.append(bar)
        return Steering(
            session,
            self._events,
            obey=self._obey,
            pace=self._pace,
            evaluate=self._evaluate,
            checkpoints=self._checkpoints,
            best=self._best,
            target=task.target,
            start_rollouts=task.start_rollouts,
            others=others,
        )

    def _files(self) -> dict[str, bytes]:
        """The files of a checkpoint, read at the start of a rollout or after the last one."""
        files, of_task = self._task.to_checkpoint()  # what is recorded up to here is not recorded again
        self._best.write()
        state = {
            "session": self._session.state(),
            "best_value": self._best.saved,
            "episodes": self._episodes.state(),
            "metrics": self._metrics.state(),
            "evaluations": self._evaluate.state(),
            "task": of_task,
        }
        # Python's own json: the state of a generator is a number of 128 bits.
        metadata = self._task.describe_model([*self._episodes.recent])
        files[METADATA_FILE] = document_bytes(asdict(metadata))  # for who keeps this model under a name
        files[STATE_FILE] = json.dumps(state, indent=2).encode() + b"\n"
        evaluating = self._evaluate.evaluating
        return files | ({EVALUATING_FILE: evaluating} if evaluating else {})

    def _save_as(self, slot: str) -> bool:
        """Save the model as it is; returns whether it could. An event says what came of it."""
        session = self._session
        try:
            metadata = self._task.describe_model([*self._episodes.recent])
            save_named(session.run, slot, self._task.model_bytes(), metadata)
        except OSError as error:
            session.event("warning", f"The model could not be saved as “{slot}”: {reason(error)}.")
        except ModelNameError as error:
            session.event("warning", f"The model was not saved. {error}")
        else:
            session.event("checkpoint", f"The model as it is at step {session.step:,} is saved as “{slot}”")
            return True
        return False


def read_state(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """The content of `state.json`, as JSON types.

    Raises:
        FormatError: it is not one that a trainer has written.
    """
    try:
        document = dict(json.loads(checkpoint.contents[STATE_FILE]))  # see `Training._files`
        from_fields(SavedState, document)
    except (KeyError, TypeError, ValueError, RecursionError, FormatError) as error:
        raise unfit(checkpoint, error, STATE_FILE) from None
    return document
