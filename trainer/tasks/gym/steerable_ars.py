"""ARS of sb3-contrib, so that it can be steered as every other learner can.

The original says what happens at a step to nobody, goes on when it is asked to end, counts the steps of parallel environments several
times, and begins its schedules anew in a second `learn`. The point from which it can go on exactly is the start of an update.
"""

from contextlib import suppress
from typing import Any

import numpy as np
from sb3_contrib import ARS
from stable_baselines3.common.callbacks import BaseCallback


class _EndedError(Exception):
    """A callback ends training."""


class _Candidates(BaseCallback):
    """Passes steps on; the rollout has started before the candidates were drawn."""

    def __init__(self, callback: BaseCallback) -> None:
        super().__init__()
        self.callback = callback

    def on_rollout_start(self) -> None:
        """It has been told."""

    def on_rollout_end(self) -> None:
        """All candidates are evaluated."""
        self.callback.on_rollout_end()

    def _on_step(self) -> bool:
        return self.callback.on_step()


class SteerableARS(ARS):
    """Augmented random search; a model that it saves is one of ARS."""

    def learn(  # type: ignore[override]
        self, total_timesteps: int, callback: Any = None, *, log_interval: int | None = 1, reset_num_timesteps: bool = True
    ) -> "SteerableARS":
        """Train; see `ARS.learn`."""
        until, callback = self._setup_learn(total_timesteps, callback, reset_num_timesteps)
        callback.on_training_start(locals(), globals())
        candidates = _Candidates(callback)
        with suppress(_EndedError):
            while self.num_timesteps < until:
                self._update_current_progress_remaining(self.num_timesteps, until)
                callback.on_rollout_start()
                self._do_one_update(candidates, None)
                if log_interval is not None and self._n_updates % log_interval == 0:
                    self.dump_logs()
        callback.on_training_end()
        return self

    def _trigger_callback(self, _locals: dict[str, Any], _globals: dict[str, Any], callback: Any, n_envs: int) -> None:
        """Called for each environment whose episodes count; they are stepped together, so the last one of them makes the step."""
        unfinished = _locals["episode_counts"] < _locals["episode_count_targets"]
        if np.flatnonzero(unfinished)[-1] != _locals["i"]:
            return
        self.num_timesteps += n_envs
        callback.callback.update_locals(
            {name: _locals[name] for name in ("actions", "rewards", "dones", "infos")} | {"new_obs": _locals["new_observations"]}
        )
        if not callback.callback.on_step():
            raise _EndedError
