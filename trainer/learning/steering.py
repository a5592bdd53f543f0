"""`Steering`: everything that Control Room does while a learner learns, as one callback of stable-baselines3."""

import math
import time
from collections.abc import Callable, Sequence

from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from torch.utils.hooks import RemovableHandle

from .best_model import BestModel
from .callbacks.evaluate import Evaluate
from .callbacks.obey_control import ObeyControl
from .callbacks.save_checkpoints import SaveCheckpoints
from .control_watcher import LOOK_INTERVAL_S, ControlEvents
from .pace import Pace
from .session import RunSession

LOOK_WITHIN_S = 2 * LOOK_INTERVAL_S  # between two looks within a rollout, where each takes the time of a step or two
ASK_CLOCK_S, MOST_PASSED_OVER = 0.002, 16  # steps that take less time together than that ask for the time once


class Steering(CallbackList):
    """Steers and records a training.

    What can end training, or save it, happens at the start of a rollout, in this order: control,
    evaluation, checkpoint. At most rollouts nothing is due, and none of the three is called. Training
    cannot be ended there: the next step does, before its transition is stored, so that the step of the
    last checkpoint is that of the rollout's start. A rollout may take long, and so may the update after
    it: a pause waits wherever it is asked for, and a stop in a long rollout saves what its start was.

    Args:
        session: the run's session.
        events: what the control watcher sets.
        obey: obeys them.
        pace: waits between two steps, in visual mode.
        evaluate: evaluates the policy.
        checkpoints: saves checkpoints.
        best: the best model.
        target: training ends when the best value reaches it; None: it does not.
        start_rollouts: called once, at the start of the first rollout.
        others: what happens at every step.
    """

    def __init__(
        self,
        session: RunSession,
        events: ControlEvents,
        *,
        obey: ObeyControl,
        pace: Pace,
        evaluate: Evaluate,
        checkpoints: SaveCheckpoints,
        best: BestModel,
        target: float | None,
        start_rollouts: Callable[[], None],
        others: Sequence[BaseCallback],
    ) -> None:
        super().__init__([*others])
        self._session, self._events = session, events
        self._obey, self._evaluate, self._checkpoints = obey, evaluate, checkpoints
        self._pace = pace
        self._best, self._target = best, target
        self._start_rollouts, self._started = start_rollouts, False
        self._look_at = self._due_step = 0.0  # by the monotonic clock, and in environment steps
        self._look_within_at = 0.0  # the same, within a rollout or an update
        self._asked_at, self._asked_n_calls, self._passed_over = 0.0, 0, 0  # when the time was asked for, and which steps do not
        self._rollout_began_at = math.inf
        self._steps_of_updates: RemovableHandle | None = None
        self.take_failure: Callable[[Exception], None] | None = None
        """Takes what fails of ours within an update, where it would be raised in the learner; None: it is."""
        self._saved: bool | None = None  # whether the last checkpoint is on disk; None: training goes on

    def update_child_locals(self, locals_: dict[str, object]) -> None:
        """Nothing: all callbacks share one dictionary, or each would copy it at every step."""

    def _init_callback(self) -> None:
        super()._init_callback()
        for callback in (self._obey, self._evaluate, self._checkpoints):
            callback.init_callback(self.model)

    def _on_rollout_start(self) -> None:
        if not self._started:
            self._started = True
            self._start_rollouts()
        step = self.model.num_timesteps
        now = self._session.stepped(step)
        self._begin_rollout(now, step)
        if self._saved is None:
            self._checkpoints.keep_snapshot(now - self._rollout_began_at)
        self._rollout_began_at = time.monotonic()

    def _begin_rollout(self, now: float, step: int) -> None:
        if now < self._look_at and step < self._due_step and not self._events.changed.is_set():
            return
        self._look_at = now + LOOK_INTERVAL_S
        if not self._see_to_what_is_due():
            self._saved = self._save()
        self._due_step = min(one.due_step for one in (self._evaluate, self._obey, self._checkpoints))

    def _see_to_what_is_due(self) -> bool:
        if self._events.control.pause_at_best_after is not None:
            self._best.write()  # so that the pause begins at the step of the new best
        self._obey.on_rollout_start()
        if not self._obey.continue_training or self._target_reached:
            return False
        self._evaluate.on_rollout_start()
        if not self._evaluate.continue_training:
            return False
        self._checkpoints.on_rollout_start()
        return True

    @property
    def _target_reached(self) -> bool:
        best = self._best.offered
        return self._evaluate.target_reached or (self._target is not None and best is not None and best >= self._target)

    def _on_step(self) -> bool:
        if self._saved is not None or not super()._on_step():
            return False
        passed_over = self.n_calls < self._passed_over and self.num_timesteps < self._due_step
        ends = not passed_over and self._is_stopped_within()
        if self._events.visual.is_set() and not ends:
            ends = self._is_stopped_in_wait()
        if not ends or self._checkpoints.snapshot_step is None:
            return True
        self._session.update(state="stopping")
        self._saved = self._checkpoints.save_snapshot()
        return False

    def _is_stopped_in_wait(self) -> bool:
        """Wait as the speed asks, and obey meanwhile; returns whether training is to end."""
        while self._pace.wait(self.n_calls, self.num_timesteps, self.training_env.num_envs):
            if self._is_stopped_within():
                return True
        return False

    def _is_stopped_within(self) -> bool:
        """Obey within a rollout or an update, where that is due; returns whether training is to end."""
        now, step = time.monotonic(), self.model.num_timesteps
        self._pass_over_some(now)
        if now < self._look_within_at and not self._events.changed.is_set() and not 0 < self._obey.due_step <= step:
            return False
        self._look_within_at = now + LOOK_WITHIN_S
        self._session.stepped(step)
        continue_training = self._obey.obey()
        self._due_step = min(self._due_step, self._obey.due_step)  # a pause at a step that was asked for just now
        return not continue_training

    def _pass_over_some(self, now: float) -> None:
        """Decide how many of the next steps need not ask what time it is: as few as were made in a moment."""
        a_call = (now - self._asked_at) / max(1, self.n_calls - self._asked_n_calls)
        self._asked_at, self._asked_n_calls = now, self.n_calls
        self._passed_over = self.n_calls + int(min(MOST_PASSED_OVER, ASK_CLOCK_S / max(a_call, 1e-9)))

    def _obey_within_update(self, *_: object) -> None:
        try:
            self._is_stopped_within()  # the next rollout ends training
        except Exception as error:
            if self.take_failure is None:
                raise
            self.take_failure(error)

    def release(self) -> None:
        """Leave the learner as it was before it was steered."""
        if self._steps_of_updates is not None:
            self._steps_of_updates.remove()

    def _on_training_start(self) -> None:
        super()._on_training_start()
        if isinstance(self.model, OnPolicyAlgorithm):  # its updates are long
            optimizer = self.model.policy.optimizer
            self._steps_of_updates = optimizer.register_step_post_hook(self._obey_within_update)

    def _on_training_end(self) -> None:
        super()._on_training_end()
        self.release()
        session, stop = self._session, self._events.stop
        if self._saved is None:
            session.stepped(self.model.num_timesteps)
            if not stop.is_set():
                self._evaluate.finish()
            self._saved = self._save()
        if stop.is_set():
            earlier = "it can go on from the checkpoint before, which makes the steps since then again"
            snapshot = self._checkpoints.snapshot_step
            here = "here" if snapshot is None else f"step {snapshot:,}, where its rollout began"
            how = f"it can go on from {here}" if self._saved else earlier
            session.event("stopped", f"Stopped at step {session.step:,}; {how}")
        else:
            why = "the target is reached" if self._target_reached else "all steps are done"
            session.event("finished", f"Finished: {why}")
        session.update(state="stopped" if stop.is_set() else "finished")

    def _save(self) -> bool:
        self._best.write()
        self._session.update(state="stopping")
        return self._checkpoints.save()
