"""What is done between two updates, at the only point from which a run can go on exactly."""

from abc import ABC, abstractmethod

from stable_baselines3.common.callbacks import BaseCallback


class RolloutStartCallback(BaseCallback, ABC):
    """A callback whose concern is the start of a rollout: the last transition is stored and learned from, the next is not begun.

    stable-baselines3 calls `on_rollout_start` there for every algorithm. It cannot end training there: so `continue_training` says
    whether it is to go on, and the next `on_step` of `Steering` ends it.

    Attributes:
        continue_training: whether training goes on.
    """

    continue_training: bool = True

    @property
    @abstractmethod
    def due_step(self) -> float:
        """From this environment step on, `on_rollout_start` has something to do."""

    def _on_step(self) -> bool:
        return True
