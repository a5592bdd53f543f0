"""Visual mode: pictures of the watched episode. Headless: nothing."""

import contextlib
from collections.abc import Callable
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from ...run_files.pictures import RollingLog
from ..control_watcher import ControlEvents
from ..queued_log import RowQueue
from ..session import RunSession
from ..task import Task

FOLLOWED_PER_SECOND = 30  # steps of all environments: more cannot be followed by eye


class TakePictures(BaseCallback):
    """Writes a picture every `board_every` environment steps; as many as can be followed where the speed is limited.

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
            control, step, n_envs = self._events.control, self.num_timesteps, self.training_env.num_envs
            every, slowed = control.board_every, False
            if control.speed is not None:
                every = min(every, max(1, int(control.speed / FOLLOWED_PER_SECOND)))
                slowed = control.speed <= FOLLOWED_PER_SECOND * n_envs
            if step // every > (step - n_envs) // every:
                self._take(step, slowed=slowed)
        return True

    def _on_training_end(self) -> None:
        self._pictures.write()
        if self._writer is not None:
            self._writer.close()

    def _take(self, step: int, *, slowed: bool) -> None:
        picture = self._task.take_picture(step, slowed=slowed)
        if picture is not None:
            self._pictures.append(picture)

    def _write(self, pictures: list[Callable[[], Any]]) -> None:
        with contextlib.suppress(OSError):  # a picture is never worth a crash
            if self._writer is None:  # made at the first picture: a headless run has no such file
                self._writer = RollingLog(self._session.run.pictures)
            self._writer.append_all([make_row() for make_row in pictures])
