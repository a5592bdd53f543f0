"""One `learn` of a script, recorded and steered from its start to its end."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from sb3_contrib import ARS
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from ...errors import ControlRoomError, RunDirectoryError, SettingError, reason
from ...learning.any_learner.learner_state import load_all, model_bytes
from ...learning.control_watcher import ControlEvents, ControlWatcher
from ...learning.session import RunSession
from ...learning.steering import Steering
from ...learning.train import Training
from ...notifying.starting import see_to_notifications
from ...run_files.checkpoints import Checkpoint, cut_logs, latest_checkpoint
from ...run_files.config_file import ConfigFile, write_config
from ...run_files.control import update_control
from ...run_files.labels import update_labels
from ...run_files.opening import remove_folder
from ...run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory, make_run_directory
from ...run_files.run_lock import hold_run_lock
from .about import ScriptSettings
from .ars import UpdateSteering, steer_updates
from .describing import hyperparameters_of, settings_of
from .evaluation import ready_eval_env
from .learner import ScriptTask
from .leaving import Interrupt, LearnFrame, last_exception, why_left
from .options import Options
from .resuming import differences, run_to_resume

WHO = "script"
GO_ON = "it can go on from the last checkpoint"


class Recording:
    """All that is open while a model learns: a lock, threads, log files. `close` lets go of it.

    Args:
        model: in the middle of its `learn`, before the first step.
        options: what the callback was asked for.
        say: tells the person at the terminal.
        take_failure: takes what fails of ours where no callback is called.
        earlier: the recording before, of the same callback.

    Raises:
        ControlRoomError, OSError: nothing can be recorded; nothing is left open, and no half a run is left behind.
    """

    def __init__(
        self,
        model: BaseAlgorithm,
        options: Options,
        *,
        say: Callable[[str], None],
        take_failure: Callable[[Exception], None],
        earlier: "Recording | None",
    ) -> None:
        self.model, self._options, self._say, self._take_failure = model, options, say, take_failure
        self._total: int = model._total_timesteps  # noqa: SLF001 - it has no public name
        self._pid, self._closing, self._known = os.getpid(), threading.Lock(), last_exception()
        self._lost = ""
        said = {"total_timesteps": self._total, "best_by": options.best_by, **options.numbers, **settings_of(model)}
        self._config = ScriptSettings(**said)
        self._settings = {**self._config.to_json(), **hyperparameters_of(model)}
        self._name = (options.name or Path(said["script"]).stem)[:MAX_NAME_CHARACTERS]
        self._goes_on = earlier is not None and earlier.is_followed_by(model)
        resumed = None if earlier is not None else self._run_to_resume()
        self.run: RunDirectory = earlier.run if self._goes_on and earlier is not None else resumed or self._make_run()
        self._stack = ExitStack()
        try:
            self.steering = self._open(resumed=resumed is not None)
        except BaseException:
            self._stack.close()
            if resumed is None and not self._goes_on:
                remove_folder(self.run.path)
            raise

    def is_followed_by(self, model: BaseAlgorithm) -> bool:
        """Whether a `learn` of this model goes on where this one has ended."""
        return self.model is model and 0 < model.num_timesteps == self.session.step

    def finish(self) -> None:
        """`learn` has come to its end, or was told to stop: save what was learned and let go."""
        self.steering.on_training_end()
        self.close()

    def fail(self, error: Exception) -> None:
        """Something of ours has failed: let go."""
        with suppress(Exception):
            self.session.fail(error, "Control Room itself has failed; the script trained on without being recorded.")
        self.close()

    def leave(self) -> None:
        """`learn` was left by an exception: say so and let go; nothing if it has come to its end."""
        if self._stack is _CLOSED or os.getpid() != self._pid:
            return
        error = last_exception()
        error = None if error is self._known else error
        with suppress(Exception):
            if error is None or isinstance(error, KeyboardInterrupt):
                self.session.event("stopped", f"learn() was left {why_left(error)} at step {self.session.step:,}; {GO_ON}")
                self.session.update(state="stopped")
            else:
                self.session.fail(error)
        self.close()

    def close(self) -> None:
        """Let go of everything; safe to call twice, and from any thread."""
        if os.getpid() != self._pid:  # a copy, made by `fork`: the lock and the files are its parent's
            return
        with self._closing:
            stack, self._stack = self._stack, _CLOSED
        with suppress(Exception):
            stack.close()

    def _run_to_resume(self) -> RunDirectory | None:
        try:
            return run_to_resume(self._options, self._name, self._settings)
        except ControlRoomError as error:
            self._say(f"{error} This training is a new run.")
            return None

    def _make_run(self) -> RunDirectory:
        run = make_run_directory(self._options.runs_dir, self._name)
        try:
            write_config(run, ConfigFile(self._name, self._config.seed, self._config.task, self._settings))
            if self._options.tags or self._options.note:
                update_labels(run, tags=self._options.tags, note=self._options.note)
        except (OSError, ControlRoomError) as error:
            remove_folder(run.path)
            raise RunDirectoryError(f"{run.config} cannot be written ({reason(error)}).") from None
        return run

    def _open(self, *, resumed: bool) -> Steering | UpdateSteering:
        stack, run = self._stack, self.run
        lock = hold_run_lock(run)
        stack.callback(lock.release)
        see_to_notifications(run.path.parent)
        lock.keep(lambda: self._lose(f"Another process has taken the run {run.run_id}"))
        seq = update_control(run, by=WHO, run="running").seq
        checkpoint, complaints = latest_checkpoint(run) if resumed or self._goes_on else (None, [])
        if resumed:
            cut_logs(run, checkpoint)
        log = sys.stdout if self._options.verbose else None
        self.session = session = stack.enter_context(RunSession(run, total_timesteps=self._total, log=log, hosted=True))
        for sentence in complaints:
            session.event("warning", f"{sentence} It is passed over for an older one.")
        self.events = events = ControlEvents()
        look = self._watch(seq)
        task = ScriptTask(session, self._config, self.model, self._eval_env())
        stack.callback(task.release)
        training = Training(session, self._config, events, task, look=look, pictures=self._options.pictures)
        stack.callback(training.close)
        if checkpoint is not None:
            self._go_on(training, checkpoint, resumed=resumed)
        steering = training.steering()
        steering.init_callback(self.model)
        steering.take_failure = self._take_failure
        stack.callback(steering.release)
        training.begin()
        self._notice_the_end()
        if not isinstance(self.model, ARS):
            return steering
        held, undo = steer_updates(self.model, steering)
        stack.callback(undo)
        return held

    def _watch(self, seq: int) -> Callable[[], None]:
        """Begin to look at `control.json`, if the script is to be steered; returns how the training thread looks."""
        session, events = self.session, self.events
        report, gone = partial(session.event, "warning"), partial(self._lose, f"The run directory {self.run.path} was deleted")
        watcher = ControlWatcher(self.run, events, ignored_seq=seq, report_problem=report, gone=gone)
        if self._options.steer:
            watcher.start()
            self._stack.callback(watcher.close)

        def look() -> None:
            if self._lost:
                raise RunDirectoryError(self._lost)
            if self._options.steer:
                watcher.look_if_due()

        return look

    def _eval_env(self) -> VecEnv | None:
        if self._options.eval_env is None:
            return None
        try:
            return ready_eval_env(self.model, self._options.eval_env)
        except SettingError as error:
            self._say(f"{error} Nothing is evaluated.")
            self.session.event("warning", f"{error} Nothing is evaluated.")
            return None

    def _go_on(self, training: Training, checkpoint: Checkpoint, *, resumed: bool) -> None:
        if not resumed:  # the same model learns on
            if checkpoint.step == self.model.num_timesteps:
                training.restore_records(checkpoint)
            return
        for difference in differences(self.run, self._settings):
            self.session.event("warning", f"Not as it was: {difference}.")
        before = model_bytes(self.model)
        try:
            training.restore(checkpoint)
        except ControlRoomError:
            load_all(self.model, before)
            self.model.num_timesteps = 0
            raise

    def _notice_the_end(self) -> None:
        learn = LearnFrame(self.model)
        self.interrupt = interrupt = Interrupt(self.events.request_stop, learn.is_running)
        interrupt.listen()
        self._stack.callback(interrupt.close)
        atexit.register(self.leave)
        self._stack.callback(atexit.unregister, self.leave)
        self.session.on_beat = lambda: None if learn.is_running() else self.leave()

    def _lose(self, why: str) -> None:
        """Nothing can be recorded any more; the training thread hears of it at its next look, out of a pause too."""
        self._lost = f"{why}."
        self.events.resume.set()
        self.events.changed.set()


_CLOSED = ExitStack()
