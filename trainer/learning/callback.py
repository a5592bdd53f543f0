"""`ControlRoomCallback`: everything that Control Room does while a learner learns, as one callback of stable-baselines3."""

from collections.abc import Callable, Sequence

from stable_baselines3.common.callbacks import BaseCallback, CallbackList

from .best_model import BestModel
from .callbacks.evaluate import Evaluate
from .callbacks.obey_control import ObeyControl
from .callbacks.save_checkpoints import SaveCheckpoints
from .control_watcher import LOOK_INTERVAL_S, ControlEvents
from .session import RunSession


class ControlRoomCallback(CallbackList):
    """Steers and records a training.

    What can end training, or save it, happens at the start of a rollout, in this order: control,
    evaluation, checkpoint. At most rollouts nothing is due, and none of the three is called. Training
    cannot be ended there: the next step does, before its transition is stored, so that the step of the
    last checkpoint is that of the rollout's start.

    Args:
        session: the run's session.
        events: what the control watcher sets.
        obey: obeys them.
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
        self._best, self._target = best, target
        self._start_rollouts, self._started = start_rollouts, False
        self._look_at = self._due_step = 0.0  # by the monotonic clock, and in environment steps
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
        return self._saved is None and super()._on_step()

    def _on_training_end(self) -> None:
        super()._on_training_end()
        session, stop = self._session, self._events.stop
        if self._saved is None:
            session.stepped(self.model.num_timesteps)
            if not stop.is_set():
                self._evaluate.finish()
            self._saved = self._save()
        if stop.is_set():
            earlier = "it can go on from the checkpoint before, which makes the steps since then again"
            how = "it can go on from here" if self._saved else earlier
            session.event("stopped", f"Stopped at step {session.step:,}; {how}")
        else:
            why = "the target is reached" if self._target_reached else "all steps are done"
            session.event("finished", f"Finished: {why}")
        session.update(state="stopped" if stop.is_set() else "finished")

    def _save(self) -> bool:
        self._best.write()
        self._session.update(state="stopping")
        return self._checkpoints.save()
