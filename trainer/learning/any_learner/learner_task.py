"""`LearnerTask`: a task that trains a learner of stable-baselines3 in environments of Gymnasium; see `trainer.learning.task`."""

import math
import statistics
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from ...config import RunSettings
from ...errors import FormatError, shown
from ...run_files.checkpoints import Checkpoint
from ...run_files.episodes import EpisodeRow
from ...run_files.evaluations import EvaluationRow
from ...run_files.fields import MAX_COUNT
from ...run_files.files import now_ms
from ...run_files.models import BestMetadata
from ...run_files.pictures import ImageRow
from ..best_model import Candidate
from ..environment_faults import explain_stall
from ..info_numbers import KnownNames, episode_in
from ..mean_interval import mean_interval
from ..session import RunSession
from ..task import EvaluationJob
from .camera import Camera
from .drawing import Drawing
from .environment_state import EnvironmentKeeper, How
from .generators import unsaved_on
from .image import image_row
from .learner_state import (
    MODEL_FILE,
    LearnerState,
    copy_of,
    load_all,
    load_entropy_coefficient,
    load_policy,
    model_bytes,
    put_back,
    read_state,
    replay_buffer_of,
    required,
    save_learner,
)
from .normalization import load_statistics
from .past import MAX_ACTS
from .play import MAX_STEPS, Played
from .replay_rows import size_of
from .subprocesses import Subprocesses

EVALUATION_STEPS, INFO_NAMES = "evaluation_steps", "info_names"  # in the state of a checkpoint
RECENT_REWARD = "recent_reward"  # the metric of a network that was saved as it was, and not chosen
UNKNOWN_PAST = f"an episode was longer than {MAX_ACTS:,} steps, or had begun before it was recorded"
FIRST_EVALUATION_SEED = 10_000
SUCCESS = "is_success"
C = TypeVar("C", bound=RunSettings)
Interval = tuple[float, float] | None


class LearnerTask(ABC, Generic[C]):
    """A learner with its environments, wherever they are from. A subclass evaluates.

    Args:
        session: the run's session.
        config: its settings.
        model: the learner with its environments, before the first step of this process.
        how: how their state can be kept; see `how_to_keep`.
        why: why that is not exact, in words; empty: it is.
    """

    best_metric: str = "mean_reward"
    best_unit: ClassVar[str] = "reward"
    target: ClassVar[float | None] = None  # what chooses the best model is the mean reward, which has a target for every task
    due_step: ClassVar[float] = math.inf
    records_infos: ClassVar[bool] = True

    def __init__(self, session: RunSession, config: C, model: BaseAlgorithm, how: How, why: str) -> None:
        self._session, self.config, self.model = session, config, model
        self.evaluation_steps = 0
        """Those of the last evaluation: one of them takes about as long as one of training."""
        reasons = (self._what_begins_anew(why), self._what_is_left_out(), unsaved_on(model.device))
        self.not_exact = "; ".join(filter(None, reasons))
        self._keeper = EnvironmentKeeper(self.envs, how)
        self._saved: tuple[bytes, LearnerState] | None = None
        self._endless = False
        self._drawing = Drawing()
        say = partial(session.event, "warning")
        self._names = KnownNames(say)
        self._camera = Camera(self.picture, self._observation, self.model.observation_space, say)

    @property
    def envs(self) -> VecEnv:
        """The environments that are trained in; a resume puts others in their place."""
        assert self.model.env is not None  # noqa: S101 - for the type checker; `make_model` gives it some
        return self.model.env

    @property
    def model_settings(self) -> dict[str, Any]:
        """What a model needs to be played: as JSON types, the settings of the problem among them."""
        return self.config.problem

    @property
    def max_replay_bytes(self) -> float:
        """Of a replay buffer in a checkpoint."""
        return math.inf

    @property
    def callbacks(self) -> Sequence[BaseCallback]:
        """None."""
        return ()

    @property
    def evaluation_seeds(self) -> range:
        """Of the episodes of every evaluation."""
        return range(FIRST_EVALUATION_SEED, FIRST_EVALUATION_SEED + self.config.eval_episodes)

    def metrics(self, recent: Sequence[EpisodeRow]) -> Mapping[str, float | None]:
        """The share of episodes that were a success, where the environment says so."""
        said = [value for row in recent if (value := row.named.get(SUCCESS)) is not None]
        return {"rollout/success_rate": float(np.mean(said))} if said else {}

    def picture(self) -> NDArray[np.uint8] | None:
        """The watched episode, that of the first environment (height, width, 3); None if it cannot be drawn."""
        inner = self.envs.unwrapped
        if isinstance(inner, Subprocesses):
            return inner.draw()
        return self._drawing.draw(inner.envs[0].unwrapped) if isinstance(inner, DummyVecEnv) else None

    def end_episode(self, slot: int, info: Mapping[str, Any], row: dict[str, Any]) -> EpisodeRow | None:  # noqa: ARG002 - see Task
        """The row of an episode, by what `Monitor` says of it; None where a wrapper ends only a part of one."""
        episode = episode_in(info)
        if episode is None:
            return None
        truncated = bool(info.get("TimeLimit.truncated", False))
        return EpisodeRow(
            **row, reward=float(episode["r"]), length=int(episode["l"]), truncated=truncated, named={**self._names.take(info)}
        )

    def take_picture(self, step: int, *, slowed: bool) -> Callable[[], ImageRow] | None:
        """The watched episode as it is now; None if the last picture was taken a moment ago."""
        taken = self._camera.take(slowed=slowed)
        if taken is None:
            return None
        return partial(image_row, taken.pixels, step, self._session.episode, datetime.now(UTC), shown=taken.shown)

    def copy_policy(self, model: bytes) -> bytes:
        """The policy as it is now."""
        return model

    def read_policy(self, model: bytes) -> bytes:
        """The policy in a `model.zip`.

        Raises:
            FormatError: it does not fit.
        """
        load_policy(copy_of(self.model.policy), model)
        return model

    @abstractmethod
    def evaluate(self, policy: bytes, continue_training: Callable[[], bool]) -> Played | None:
        """Greedy episodes; see `trainer.learning.task`."""

    def _count(self, done: int) -> None:
        """So many episodes of the evaluation that is under way have ended."""
        self._session.evaluates(done, len(self.evaluation_seeds))

    def end_evaluation(self, job: EvaluationJob, result: Played) -> tuple[EvaluationRow, Candidate]:
        """The row of an evaluation, and the policy as a candidate for the best model."""
        self.evaluation_steps = sum(result.lengths)
        if max(result.lengths) >= MAX_STEPS and not self._endless:
            self._endless = True
            self._session.event("evaluation", f"Evaluation episodes that do not end are truncated after {MAX_STEPS:,} steps")
        mean, interval = statistics.fmean(result.rewards), mean_interval(np.array(result.rewards))
        row = EvaluationRow(
            step=job.step,
            wall_seconds=job.wall_seconds,
            active_seconds=job.active_seconds,
            episodes=len(result.rewards),
            mean_reward=mean,
            ci95=interval,
            rewards=result.rewards,
            lengths=result.lengths,
            at=now_ms(),
            named={"truncated_episodes": sum(result.truncated)} | _means(result.extras),
        )
        metadata = self._metadata(
            self.best_metric,
            value=mean,
            episodes=len(result.rewards),
            step=job.step,
            episode=job.episode,
            active_seconds=job.active_seconds,
            ci95=interval,
        )
        return row, Candidate(metadata, lambda: job.model)

    def judge_episode(self, row: EpisodeRow) -> Candidate | None:  # noqa: ARG002 - see Task
        """None: evaluations choose the best model."""
        return None

    def describe_model(self, episodes: Sequence[EpisodeRow]) -> BestMetadata:
        """The metadata of the model as it is now, judged by training episodes."""
        session = self._session
        return self._metadata(
            RECENT_REWARD,
            value=statistics.fmean(row.reward for row in episodes) if episodes else 0.0,
            episodes=len(episodes),
            step=session.step,
            episode=session.episode,
            active_seconds=session.clock.active_seconds,
            ci95=None,
        )

    def model_bytes(self) -> bytes:
        """The content of a `model.zip`."""
        return model_bytes(self.model)

    def keep_past(self) -> None:
        """Nothing: the environments are kept as they are."""

    def to_checkpoint(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """The learner and its environments."""
        return save_learner(self.model, self._keeper, self.max_replay_bytes), {
            EVALUATION_STEPS: self.evaluation_steps,
            INFO_NAMES: self._names.names,
        }

    def restore(self, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
        """Read what `start_rollouts` puts back.

        Raises:
            FormatError: the checkpoint does not fit the settings, or is of another machine.
        """
        steps = state.get(EVALUATION_STEPS)
        if type(steps) is not int or not 0 <= steps <= MAX_COUNT:
            raise FormatError(f"{EVALUATION_STEPS} must be a whole number from 0 to {MAX_COUNT:,}; got {shown(steps)}")
        self.evaluation_steps = steps
        content, saved = required(checkpoint.contents, MODEL_FILE), read_state(checkpoint.contents)
        self._names.names = [str(name) for name in state.get(INFO_NAMES, ())]
        load_all(self.model, content)
        self.model.num_timesteps = saved.counters["num_timesteps"]
        self.model._last_obs = saved.counters["_last_obs"]  # noqa: SLF001 - without one `learn` begins with a reset
        self._saved = content, saved

    def start_rollouts(self) -> None:
        """Put back what was saved: here, since `learn` begins some of it anew."""
        if self._saved is not None:
            exact = put_back(self.model, *self._saved, self._keeper)
            self._saved = None
            if not exact and not self.not_exact:
                self.not_exact = self._what_begins_anew(UNKNOWN_PAST)
        if self.not_exact:
            self._session.update(not_exact=self.not_exact)
            self._session.event("warning", f"Not exact: {self.not_exact}.")

    def start_from(self, model: bytes) -> None:
        """Begin with the weights of another model and with what it has seen on average.

        Raises:
            FormatError: they do not fit.
        """
        load_policy(self.model.policy, model)
        load_entropy_coefficient(self.model, model)
        load_statistics(self.envs, model)

    def _explain_stall(self, thread: int) -> str | None:
        inner = self.envs.unwrapped if hasattr(self, "model") else None
        return explain_stall(thread) or (inner.explain_stall() if isinstance(inner, Subprocesses) else None)

    def _observation(self) -> Any:
        """What the learner sees of the first environment."""
        seen = self.model._last_obs  # noqa: SLF001 - it has no public name
        return {name: values[0] for name, values in seen.items()} if isinstance(seen, dict) else np.asarray(seen)[0]

    def _what_begins_anew(self, why: str) -> str:
        return why and f"a resume begins episodes anew, since the environment cannot be restored ({why})"

    def _what_is_left_out(self) -> str:
        buffer = replay_buffer_of(self.model)
        size = size_of(buffer) if buffer is not None else 0
        if size <= self.max_replay_bytes:
            return ""
        limit = f"--replay-limit-mb {self.max_replay_bytes / 1e6:,.0f}"
        return f"the replay buffer of {math.ceil(size / 1e6):,} MB is over {limit}, so that a resume has only its newest part"

    def _metadata(
        self, metric: str, *, value: float, episodes: int, step: int, episode: int, active_seconds: float, ci95: Interval
    ) -> BestMetadata:
        config = self.config
        return BestMetadata(
            task=config.task,
            metric=metric,
            value=value,
            reward=value,
            step=step,
            episode=episode,
            seed=config.seed,
            active_seconds=active_seconds,
            episodes=episodes,
            ci95=ci95,
            settings=self.model_settings,
        )


def _means(extras: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each number that every episode has."""
    names = set[str].intersection(*(set(one) for one in extras)) if extras else set[str]()
    return {f"mean_{name}": statistics.fmean(one[name] for one in extras) for name in sorted(names)}
