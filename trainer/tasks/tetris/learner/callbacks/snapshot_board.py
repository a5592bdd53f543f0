"""Visual mode: board snapshots, and the sleep that slows training down. Headless: nothing."""

import contextlib
from collections.abc import Callable

from .....learning.callbacks.together import Actions, Infos, MoveListener
from .....learning.control_watcher import ControlEvents
from .....learning.queued_log import RowQueue
from .....learning.session import RunSession
from ...files.boards import BoardRow, BoardsWriter

TakeSnapshot = Callable[[int], Callable[[], BoardRow]]


class SnapshotBoard(MoveListener):
    """Writes a snapshot every `board_every` environment steps, then sleeps as the speed asks.

    All games step together, so a snapshot is due when the count of steps passes a multiple of `board_every`; with
    `board_every` below the number of games, every move of the watched game is written.

    Args:
        take_snapshot: the board as it is now, at the given step; what it returns makes the row, later and on another thread.
    """

    def __init__(self, events: ControlEvents, session: RunSession, take_snapshot: TakeSnapshot) -> None:
        self._events, self._session = events, session
        self._take_snapshot = take_snapshot
        self._boards: BoardsWriter | None = None
        self._snapshots = RowQueue(self._write, urgent=True)
        session.background.add(self._snapshots)

    def moved(self, step: int, actions: Actions, infos: Infos) -> None:  # noqa: ARG002 - see MoveListener
        """Take a snapshot, if one is due and somebody wants to see it."""
        if self._events.visual.is_set():
            every = self._events.control.board_every
            if step // every > (step - len(actions)) // every:
                self._snapshot(step)

    def ended(self) -> None:
        """Write what waits."""
        self._snapshots.write()
        if self._boards is not None:
            self._boards.log.close()

    def _snapshot(self, step: int) -> None:
        self._snapshots.append(self._take_snapshot(step))
        delay_s = self._events.control.snapshot_delay_s
        if delay_s > 0:
            self._session.clock.idle()
            self._events.stop.wait(delay_s)  # a sleep that a stop ends
            self._session.clock.active()

    def _write(self, snapshots: list[Callable[[], BoardRow]]) -> None:
        with contextlib.suppress(OSError):  # a full disk or a deleted run: a picture is never worth a crash
            if self._boards is None:  # made at the first snapshot: a headless run has no such file
                self._boards = BoardsWriter(self._session.run)
            self._boards.append_all(make_row() for make_row in snapshots)
