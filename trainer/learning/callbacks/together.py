"""What happens after every move of a training: one callback for stable-baselines3, which tells each listener."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback

Actions = NDArray[np.int64]
"""(games,) what was done; nobody changes the array any more."""
Infos = Sequence[Mapping[str, Any]]
"""What the games say, one dictionary each; an empty one from a game that goes on."""


class MoveListener(ABC):
    """Hears of every move of the training games."""

    @abstractmethod
    def moved(self, step: int, actions: Actions, infos: Infos) -> None:
        """All games have made a move; that makes `step` environment steps so far."""

    def ended(self) -> None:  # noqa: B027 - most have nothing to end
        """Training is over."""


class Together(BaseCallback):
    """Tells listeners of every move, in their order.

    Unlike a `CallbackList` of callbacks: each of those keeps counters and a dictionary of the loop's variables of its own, for which
    every move of the training would wait.
    """

    def __init__(self, listeners: Sequence[MoveListener]) -> None:
        super().__init__()
        self._listeners = listeners

    def _on_step(self) -> bool:
        step, actions, infos = self.num_timesteps, self.locals["actions"], self.locals["infos"]
        for listener in self._listeners:
            listener.moved(step, actions, infos)
        return True

    def _on_training_end(self) -> None:
        for listener in self._listeners:
            listener.ended()
