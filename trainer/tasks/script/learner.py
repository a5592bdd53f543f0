"""`ScriptTask`: a learner that a script has made, as training knows it; see `trainer.learning.task`."""

import statistics
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, is_vecenv_wrapped

from ...errors import reason
from ...learning.any_learner.generators import generators_kept
from ...learning.any_learner.learner_state import load_policy
from ...learning.any_learner.learner_task import LearnerTask
from ...learning.any_learner.normalization import load_statistics
from ...learning.any_learner.play import Played, play_episodes
from ...learning.best_model import Candidate
from ...learning.callbacks.record_training import RECENT_EPISODES
from ...learning.session import RunSession
from ...learning.task import EvaluationJob
from ...run_files.episodes import EpisodeRow
from .about import RECENT_REWARD, ScriptSettings
from .evaluation import copy_of_policy
from .keeping import another_like, how_to_keep_given

FEWEST_EPISODES = 20  # of training, before their mean says which model is the best


class ScriptTask(LearnerTask[ScriptSettings]):
    """What a script trains, and how it is evaluated if that is asked for.

    Args:
        session: the run's session.
        config: what the model and the callback say.
        model: in the middle of its `learn`, before the first step.
        eval_env: in which policies are evaluated; None: they are not.
    """

    evaluates_beside = False  # it is the script's own environment, in the script's own process

    def __init__(self, session: RunSession, config: ScriptSettings, model: BaseAlgorithm, eval_env: VecEnv | None) -> None:
        envs = model.get_env()
        assert envs is not None  # noqa: S101 - for the type checker; `learn` does not begin without
        super().__init__(session, config, model, *how_to_keep_given(envs))
        self._keeper.begin_with_reset(partial(another_like, envs))
        self._eval_env = eval_env
        self._policy = None if eval_env is None else copy_of_policy(model.policy)
        self._unmonitored = SumRewards(envs.num_envs) if _without_monitor(envs) else None
        self._recent = deque[float](maxlen=RECENT_EPISODES)
        self._judged_step = 0
        self.best_metric = "mean_reward" if config.best_by == "evaluation" else RECENT_REWARD

    @property
    def eval_every(self) -> int | None:
        """As the callback was told."""
        return None if self._eval_env is None else self.config.eval_every

    @property
    def max_replay_bytes(self) -> float:
        """Of a replay buffer in a checkpoint."""
        return self.config.replay_limit_mb * 1e6

    @property
    def callbacks(self) -> Sequence[BaseCallback]:
        """Adds up the rewards of episodes where no monitor does."""
        return () if self._unmonitored is None else (self._unmonitored,)

    def release(self) -> None:
        """Leave the environments as they were."""
        self._keeper.release()

    def end_episode(self, slot: int, info: Mapping[str, Any], row: dict[str, Any]) -> EpisodeRow | None:
        """The row of an episode."""
        if self._unmonitored is not None:
            info = {**info, "episode": self._unmonitored.take(slot)}
        return super().end_episode(slot, info, row)

    def judge_episode(self, row: EpisodeRow) -> Candidate | None:
        """The model as it is now, judged by the last training episodes, as seldom as it would be evaluated."""
        self._recent.append(row.reward)
        due = row.step >= self._judged_step + self.config.eval_every and len(self._recent) >= FEWEST_EPISODES
        if self.config.best_by != "training" or not due:
            return None
        self._judged_step = row.step
        session, mean = self._session, statistics.fmean(self._recent)
        metadata = self._metadata(
            RECENT_REWARD, value=mean, episodes=len(self._recent), step=row.step, episode=session.episode,
            active_seconds=session.clock.active_seconds, ci95=None,
        )  # fmt: skip
        return Candidate(metadata, self.model_bytes)

    def evaluate(self, policy: bytes, continue_training: Callable[[], bool]) -> Played | None:
        """Greedy episodes on fixed seeds. An environment that fails is said once, and nothing is evaluated any more."""
        if self._eval_env is None or self._policy is None:
            return None
        try:
            with generators_kept():
                load_policy(self._policy, policy)
                load_statistics(self._eval_env, policy)
                return play_episodes(self._policy, self._eval_env, self.evaluation_seeds, continue_training, self._count)
        except Exception as error:  # noqa: BLE001 - somebody else's code: training is never its victim
            self._session.event("warning", f"The evaluation failed ({reason(error)}); there is no other one in this training.")
            self._eval_env = None
            return None

    def end_evaluation(self, job: EvaluationJob, result: Played) -> tuple[Any, Candidate]:
        """The row, and the policy as a candidate; the next evaluation is where it was asked for."""
        row, candidate = super().end_evaluation(job, result)
        self.evaluation_steps = 0
        return row, candidate


class SumRewards(BaseCallback):
    """Adds up rewards and steps of the episodes of environments without a monitor.

    Args:
        number: of environments.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._rewards, self._lengths = np.zeros(number), np.zeros(number, np.int64)

    def _on_step(self) -> bool:
        normalized = self.model._vec_normalize_env  # noqa: SLF001 - it has no public name
        self._rewards += self.locals["rewards"] if normalized is None else normalized.old_reward
        self._lengths += 1
        return True

    def take(self, slot: int) -> dict[str, float]:
        """Of the episode that has ended, as a monitor says it."""
        said = {"r": float(self._rewards[slot]), "l": int(self._lengths[slot])}
        self._rewards[slot] = self._lengths[slot] = 0
        return said


def _without_monitor(envs: VecEnv) -> bool:
    try:
        return not (is_vecenv_wrapped(envs, VecMonitor) or all(envs.env_is_wrapped(Monitor)))
    except Exception:  # noqa: BLE001 - somebody else's code
        return True
