"""`ControlRoomCallback`: the one line of a user's script."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from ...errors import described
from ...program import PROGRAM
from .options import checked_options

if TYPE_CHECKING:
    import gymnasium
    from stable_baselines3.common.vec_env import VecEnv

    from ...learning.steering import Steering
    from .ars import UpdateSteering
    from .recording import Recording


class ControlRoomCallback(BaseCallback):
    """Records a training and lets a person watch and steer it from a browser; what is learned stays the same, bit by bit.

    ::

        from control_room import ControlRoomCallback

        model.learn(100_000, callback=ControlRoomCallback("my run"))

    From then on the run is on the page of `control-room app`: charts, pictures, pause, stop, models, statistics over
    seeds. It works with every algorithm of stable-baselines3 and sb3-contrib and with classes made of them, in lists
    with other callbacks, in notebooks, over several `learn` calls: one that goes on counting steps
    (`reset_num_timesteps=False`) goes on in the same run, another one is a new run. Stop ends `learn`, and the script
    goes on. Nothing that happens to the recording (a full disk, a deleted run) ever ends the training.

    Args:
        name: what to call the run; the name of the script's file if not given.
        tags: words to find it by.
        note: free text.
        runs_dir: where runs are kept: `$CONTROL_ROOM_RUNS_DIR`, else `./runs`.
        resume: `"auto"` goes on with the last run of this script and name that did not come to its end, a run's id or
            folder with that one; None begins a new run. `$CONTROL_ROOM_RESUME` comes first.
        checkpoint_every_s: seconds between two checkpoints, from which a run that was ended goes on.
        log_every: environment steps between two rows of metrics.
        eval_env: an environment of its own, in which the policy plays greedy episodes on fixed seeds; None: none.
        eval_freq: environment steps between two evaluations (over all parallel environments).
        n_eval_episodes: of each evaluation.
        best: what says which model is the best: `"evaluation"`, `"training"` (the mean reward of the last 100
            episodes), `"none"`, or `"auto"`: evaluations if there are some.
        steer: whether the page can pause, slow and stop it.
        pictures: whether the page can show the environment.
        replay_limit_mb: a replay buffer up to this size is a part of each checkpoint; of a larger one the newest part.
        verbose: 1 prints what happens.

    Raises:
        ControlRoomError: an argument is wrong; one sentence says which, what it may be and what it is.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        tags: Sequence[str] = (),
        note: str = "",
        runs_dir: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
        checkpoint_every_s: float = 120,
        log_every: int = 2_000,
        eval_env: "gymnasium.Env[Any, Any] | VecEnv | None" = None,
        eval_freq: int = 20_000,
        n_eval_episodes: int = 20,
        best: str = "auto",
        steer: bool = True,
        pictures: bool = True,
        replay_limit_mb: int = 1_000,
        verbose: int = 0,
    ) -> None:
        super().__init__(verbose)
        self._options = checked_options(
            name=name, tags=tags, note=note, runs_dir=runs_dir, resume=resume, best=best, eval_env=eval_env, steer=steer,
            pictures=pictures, verbose=verbose,
            checkpoint_every_s=checkpoint_every_s, log_every=log_every, eval_every=eval_freq, eval_episodes=n_eval_episodes,
            replay_limit_mb=replay_limit_mb,
        )  # fmt: skip
        self._recording: Recording | None = None
        self._steering: Steering | UpdateSteering | None = None  # None: nothing is recorded

    @property
    def run_dir(self) -> Path | None:
        """The directory of the run; None before training, and if nothing can be recorded."""
        return self._recording.run.path if self._recording is not None else None

    def init_callback(self, model: BaseAlgorithm) -> None:
        """Get to know the model."""
        if self._recording is not None:
            self._recording.leave()  # a `learn` before that an exception has ended
        super().init_callback(model)

    def on_training_start(self, locals_: dict[str, Any], globals_: dict[str, Any]) -> None:
        """Begin to record."""
        from .recording import Recording  # noqa: PLC0415 - only a training needs what it imports

        self._steering = None
        model = self.model
        if model._total_timesteps <= model.num_timesteps:  # noqa: SLF001 - it has no public name
            self._say("learn() was asked for no steps: there is nothing to record.")
            return
        try:
            earlier, self._recording = self._recording, None
            self._recording = recording = Recording(model, self._options, say=self._say, take_failure=self._give_up, earlier=earlier)
            self._steering = recording.steering
            if earlier is None or earlier.run != recording.run:
                print(f"Control Room records this training in {recording.run.path} (to open it: {PROGRAM} app)")  # noqa: T201
            recording.steering.on_training_start(locals_, globals_)
        except Exception as error:  # noqa: BLE001 - training is never the victim
            self._give_up(error)

    def on_rollout_start(self) -> None:
        """See to what is due between two updates."""
        if self._steering is not None:
            self._guarded(self._steering.on_rollout_start)

    def on_step(self) -> bool:
        """Record a step; returns whether training goes on."""
        if self._steering is None:
            return True
        try:
            if self._steering.on_step():
                return True
        except Exception as error:  # noqa: BLE001 - training is never the victim
            self._give_up(error)
            return True
        return self._end()

    def update_locals(self, locals_: dict[str, Any]) -> None:
        """Take the variables of the loop."""
        if self._steering is not None:
            self._steering.update_locals(locals_)

    def on_rollout_end(self) -> None:
        """Pass it on."""
        if self._steering is not None:
            self._guarded(self._steering.on_rollout_end)

    def on_training_end(self) -> None:
        """Save what was learned."""
        if self._steering is None or self._recording is None:
            return
        self._guarded(self._recording.finish)
        self._steering = None

    def _on_step(self) -> bool:
        return True

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - training is never the victim
            self._give_up(error)

    def _end(self) -> bool:
        """Training ends here; after Ctrl-C as it does in every script."""
        if self._recording is not None and self._recording.interrupt.came:
            self.on_training_end()
            raise KeyboardInterrupt
        return False

    def _give_up(self, error: Exception) -> None:
        """Something of ours has failed: say it once; training goes on, and nothing is recorded any more."""
        recording, self._steering = self._recording, None
        self._say(f"{described(error).rstrip('.')}. Training goes on and is not recorded.")
        if recording is not None:
            recording.fail(error)

    def _say(self, sentence: str) -> None:
        print(f"Control Room: {sentence}", file=sys.stderr)  # noqa: T201 - a script has no other place for it
