"""The command line's progress bar."""

import sys

from stable_baselines3.common.callbacks import BaseCallback
from tqdm import tqdm

from ...numbers import digits
from ..best_model import BestModel


class ShowProgress(BaseCallback):
    """Steps done, time left, steps/s and the best value, on standard error."""

    def __init__(self, best: BestModel, done: int, total_timesteps: int) -> None:
        super().__init__()
        self._best, self._total_timesteps = best, total_timesteps
        self._bar = tqdm(
            initial=done, total=total_timesteps, unit=" steps", unit_scale=True,
            mininterval=0.5, file=sys.stderr, dynamic_ncols=True,
        )  # fmt: skip

    def _on_step(self) -> bool:
        self._bar.update(min(self.num_timesteps, self._total_timesteps) - self._bar.n)
        if self._best.saved is not None:
            self._bar.set_postfix_str(f"best {digits(self._best.saved)}", refresh=False)
        return True

    def _on_training_end(self) -> None:
        self._bar.close()
