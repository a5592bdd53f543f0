"""The command line's progress bar."""

import sys

from tqdm import tqdm

from ...numbers import digits
from ..best_model import BestModel
from .together import Actions, Infos, MoveListener


class ShowProgress(MoveListener):
    """Steps done, time left, steps/s and the best value, on standard error."""

    def __init__(self, best: BestModel, done: int, total_timesteps: int) -> None:
        self._best, self._total_timesteps = best, total_timesteps
        self._bar = tqdm(
            initial=done, total=total_timesteps, unit=" steps", unit_scale=True, mininterval=0.5, file=sys.stderr, dynamic_ncols=True
        )

    def moved(self, step: int, actions: Actions, infos: Infos) -> None:  # noqa: ARG002 - see MoveListener
        """Move the bar."""
        self._bar.update(min(step, self._total_timesteps) - self._bar.n)
        if self._best.saved is not None:
            self._bar.set_postfix_str(f"best {digits(self._best.saved)}", refresh=False)

    def ended(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
