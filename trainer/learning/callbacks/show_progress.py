"""The command line's progress bar."""

import sys

from stable_baselines3.common.callbacks import BaseCallback
from tqdm import tqdm

from trainer.learning.best_model import BestModel


class ShowProgress(BaseCallback):
    """Steps done, time left, steps/s and the best value, on standard error."""

    def __init__(self, best: BestModel, total_timesteps: int) -> None:
        super().__init__()
        self._best, self._total_timesteps = best, total_timesteps
        self._bar: tqdm | None = None  # type: ignore[type-arg]

    def _on_training_start(self) -> None:
        self._bar = tqdm(
            initial=self.num_timesteps, total=self._total_timesteps, unit=" steps", unit_scale=True, mininterval=0.5,
            file=sys.stderr, dynamic_ncols=True,
        )  # fmt: skip

    def _on_step(self) -> bool:
        assert self._bar is not None  # noqa: S101 - for the type checker; made at the start of training
        self._bar.update(min(self.training_env.num_envs, self._total_timesteps - self._bar.n))
        if self._best.saved is not None:
            self._bar.set_postfix_str(f"best {self._best.saved:,.6g}", refresh=False)
        return True

    def _on_training_end(self) -> None:
        if self._bar is not None:
            self._bar.close()
