"""`MadeLearnerTask`: a task that makes its learner and its environments from the settings; see `trainer.learning.task`."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from ..session import RunSession
from .check_steps import CheckSteps
from .evaluating import EvaluatingProcess
from .learner_state import copy_of
from .learner_task import C, LearnerTask
from .play import Played
from .shadow import how_to_keep
from .soundness import require_sound


class MadeLearnerTask(LearnerTask[C]):
    """The learner, its environments and the one in which it is evaluated. A subclass makes both.

    Args:
        session: the run's session.
        config: its settings.
    """

    evaluates_beside: ClassVar[bool] = True

    def __init__(self, session: RunSession, config: C) -> None:
        self._session, self.config = session, config
        session.explain_stall = self._explain_stall
        session.waits()  # for imports: from here on, the environments
        make_one = partial(self.make_envs, config, 1, training=True)
        for remark in require_sound(make_one):
            session.event("warning", remark)
        model = self.make_learner()
        self._evaluating = EvaluatingProcess(copy_of(model.policy), partial(self.make_envs, config, 1, training=False))
        super().__init__(session, config, model, *how_to_keep(make_one))

    @classmethod
    @abstractmethod
    def make_envs(cls, config: C, number: int, *, training: bool) -> VecEnv:
        """Environments, each in a `Monitor`.

        Args:
            config: the settings.
            number: how many.
            training: whether they are trained in: else rewards are as they are, and averages of observations stay what they were.
        """

    @abstractmethod
    def make_learner(self) -> BaseAlgorithm:
        """The learner with its environments, before its first step."""

    @property
    def eval_every(self) -> int:
        """As the settings say."""
        return self.config.eval_every

    @property
    def callbacks(self) -> Sequence[BaseCallback]:
        """Looks at what the environments return."""
        return (CheckSteps(),)

    def evaluate(self, policy: bytes, continue_training: Callable[[], bool]) -> Played | None:
        """Greedy episodes on fixed seeds.

        Raises:
            EvaluationError: the environment failed.
        """
        return self._evaluating.evaluate(policy, self.evaluation_seeds, continue_training, self._count)
