"""All callbacks of a training, called one after the other at every move."""

from collections.abc import Sequence

from stable_baselines3.common.callbacks import BaseCallback


class Together(BaseCallback):
    """Calls callbacks at the start, after every move and at the end.

    Unlike `CallbackList` they share one dictionary of the loop's variables, so that nothing is copied for each of them at every
    move, and nothing is called that none of them listens to.
    """

    def __init__(self, callbacks: Sequence[BaseCallback]) -> None:
        super().__init__()
        self._callbacks = callbacks

    def _init_callback(self) -> None:
        for callback in self._callbacks:
            callback.init_callback(self.model)

    def _on_training_start(self) -> None:
        for callback in self._callbacks:
            callback.on_training_start(self.locals, self.globals)

    def _on_step(self) -> bool:
        for callback in self._callbacks:
            callback.on_step()
        return True

    def _on_training_end(self) -> None:
        for callback in self._callbacks:
            callback.on_training_end()
