"""Visual mode: pictures of the watched episode, and the sleep that slows training down. Headless: nothing."""

import contextlib
from collections.abc import Callable
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from ...run_files.pictures import RollingLog
from ..control_watcher import ControlEvents
from ..queued_log import RowQueue
from ..session import RunSession
from ..task import Task


class TakePictures(BaseCallback):
    """Writes a picture every `board_every` environment steps, then sleeps as the speed asks.

    All environments step together, so a picture is due when the count of steps passes a multiple of
    `board_every`; with `board_every` below their number, every step of the watched one is written.
    """

    def __init__(self, events: ControlEvents, session: RunSession, task: Task) -> None:
        super().__init__()
        self._events, self._session, self._task = events, session, task
        self._writer: RollingLog | None = None
        self._pictures = RowQueue(self._write, urgent=True)
        session.background.add(self._pictures)

    def _on_step(self) -> bool:
        if self._events.visual.is_set():
            step, every = self.num_timesteps, self._events.control.board_every
            if step // every > (step - self.training_env.num_envs) // every:
                self._take(step)
        return True

    def _on_training_end(self) -> None:
        self._pictures.write()
        if self._writer is not None:
            self._writer.close()

    def _take(self, step: int) -> None:
        delay_s = self._events.control.snapshot_delay_s
        picture = self._task.take_picture(step, slowed=delay_s > 0)
        if picture is not None:
            self._pictures.append(picture)
        if delay_s > 0:
            self._session.clock.idle()
            self._events.stop.wait(delay_s)  # a sleep that a stop ends
            self._session.clock.active()

    def _write(self, pictures: list[Callable[[], Any]]) -> None:
        with contextlib.suppress(OSError):  # a picture is never worth a crash
            if self._writer is None:  # made at the first picture: a headless run has no such file
                self._writer = RollingLog(self._session.run.pictures)
            self._writer.append_all([make_row() for make_row in pictures])
