"""All callbacks of a training, called one after the other at every move."""

from typing import Any

from stable_baselines3.common.callbacks import CallbackList


class Together(CallbackList):
    """A `CallbackList` whose callbacks share one dictionary of the loop's variables: nothing is copied for each at every move."""

    def update_child_locals(self, locals_: dict[str, Any]) -> None:
        """Nothing is left to do: since the start of training their dictionary is the one that has just been brought up to date."""
