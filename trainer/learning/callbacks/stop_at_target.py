"""The optional goal of a run."""

from stable_baselines3.common.callbacks import BaseCallback

from trainer.learning.best_model import BestModel


class StopAtTarget(BaseCallback):
    """Ends training when the best value has reached the target."""

    def __init__(self, best: BestModel, target: float) -> None:
        super().__init__()
        self._best, self._target = best, target

    @property
    def reached(self) -> bool:
        """Whether the best value is at least the target."""
        return self._best.value is not None and self._best.value >= self._target

    def _on_step(self) -> bool:
        return not self.reached
