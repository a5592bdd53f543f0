"""ARS of sb3-contrib in a script: its `learn` is at work already, so what it calls at each update is exchanged while it learns.

The original passes what happens at a step to nobody and goes on when it is asked to end; and it tells the start of a rollout after
the candidates were drawn, while the point from which it can go on exactly is the start of an update. See `tasks.gym.steerable_ars`.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from sb3_contrib import ARS
from stable_baselines3.common.callbacks import BaseCallback

from ...learning.steering import Steering

HELD = "_control_room"
BEYOND = 2**62
"""Steps that no training asks for: with so many behind it `learn` ends."""


class _EndedError(Exception):
    """Training ends within an update, of which nothing is kept."""


class UpdateSteering(BaseCallback):
    """Steering for a learner whose rollouts are told too late.

    Args:
        steering: what is to be called at the start of an update.
    """

    def __init__(self, steering: Steering) -> None:
        super().__init__()
        self.steering = steering
        self.ended, self.step = False, 0

    def begin_update(self, number: int) -> None:
        """An update begins; nothing has happened in any of so many environments."""
        self.steering.update_locals({
            "rewards": np.zeros(number), "dones": np.zeros(number, bool), "infos": [{}] * number, "new_obs": np.zeros((number, 0)),
        })  # fmt: skip
        self.steering.on_rollout_start()

    def on_training_start(self, locals_: dict[str, Any], globals_: dict[str, Any]) -> None:
        """Pass it on."""
        self.steering.on_training_start(locals_, globals_)

    def on_rollout_start(self) -> None:
        """It was told at the start of the update."""

    def on_step(self) -> bool:
        """Pass it on, and remember that training ends."""
        self.ended = self.ended or not self.steering.on_step()
        return not self.ended

    def on_rollout_end(self) -> None:
        """Pass it on."""
        self.steering.on_rollout_end()

    def update_locals(self, locals_: dict[str, Any]) -> None:
        """Nothing: the update says what happens at a step."""

    def on_training_end(self) -> None:
        """Pass it on, at the step that was reached."""
        if self.ended:
            self.steering.model.num_timesteps = self.step
        self.steering.on_training_end()

    def _on_step(self) -> bool:
        return True


class _Steered(ARS):
    """What is exchanged."""

    def _do_one_update(self, callback: BaseCallback, async_eval: Any) -> None:
        held: UpdateSteering = getattr(self, HELD)
        assert self.env is not None  # noqa: S101 - for the type checker; a learner that trains has some
        held.begin_update(self.env.num_envs)
        with suppress(_EndedError):
            super()._do_one_update(callback, async_eval)
        if held.ended:
            held.step, self.num_timesteps = self.num_timesteps, BEYOND

    def _trigger_callback(self, _locals: dict[str, Any], _globals: dict[str, Any], callback: BaseCallback, n_envs: int) -> None:
        """Called for each environment whose episodes count: each says what happened in it alone."""
        held: UpdateSteering = getattr(self, HELD)
        slot = _locals["i"]
        only = np.arange(n_envs) == slot
        held.steering.update_locals({
            "rewards": np.where(only, _locals["rewards"], 0.0),
            "dones": only & np.asarray(_locals["dones"], bool),
            "infos": [info if here else {} for info, here in zip(_locals["infos"], only, strict=True)],
            "new_obs": _locals["new_observations"],
        })  # fmt: skip
        super()._trigger_callback(_locals, _globals, callback, n_envs)
        if held.ended:
            raise _EndedError

    def dump_logs(self) -> None:
        """As ever, but for an update that was not made."""
        if not getattr(self, HELD).ended:
            super().dump_logs()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), HELD]


def steer_updates(model: ARS, steering: Steering) -> tuple[UpdateSteering, Callable[[], None]]:
    """Steer the updates of a model that is learning.

    Returns:
        What is to be called by its `learn`, and what makes the model what it was.
    """
    before, held = type(model), UpdateSteering(steering)
    model.__class__ = type(before.__name__, (_Steered, before), {"__module__": before.__module__})
    setattr(model, HELD, held)

    def undo() -> None:
        model.__class__ = before
        vars(model).pop(HELD, None)

    return held, undo
