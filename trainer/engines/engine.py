"""`Engine`: a place where trainers run, as the queue sees it."""

from typing import Protocol

from ..run_files.run_directory import RunDirectory


class Engine(Protocol):
    """Starts trainers of the runs in one folder."""

    def room(self) -> int:
        """How many more trainers may be started now; less than 1: none."""

    def start(self, run: RunDirectory) -> None:
        """Start a trainer on a run whose `control.json` says so; it must outlive this process.

        The queue's lock is held meanwhile, so it returns within a second. From then on `probe` must not take the run for one
        that waits or has ended: the run is starting.

        Raises:
            ControlRoomError: it could not be started; it is tried again later.
        """

    def busy(self) -> bool:
        """Whether this process must stay for the sake of trainers that it has started: to tell how they end, or to carry files."""

    def close(self) -> None:
        """Let go of everything; trainers go on."""
