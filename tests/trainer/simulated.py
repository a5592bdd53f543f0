"""Trainers that live in the process of the test: they hold the run's lock and write statuses, so that a queue can be tested at once."""

from pathlib import Path

from trainer.creating import create_run
from trainer.run_files.control import read_control
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import RunLock, hold_run_lock
from trainer.run_files.status import State, Status, write_status
from trainer.tasks.tetris.about import TetrisSettings


def new_runs(runs_dir: Path, count: int) -> list[RunDirectory]:
    """Runs that were made and not started, in the order of their names."""
    return [create_run(TetrisSettings(seed=seed), name=f"run {seed}", runs_dir=runs_dir) for seed in range(1, count + 1)]


class SimulatedEngine:
    """An engine whose trainers are at work until the test ends them.

    Args:
        cores: trainers at once.
    """

    def __init__(self, cores: int = 2) -> None:
        self.cores = cores
        self.started: list[str] = []
        self.closed = False
        self._locks: dict[RunDirectory, RunLock] = {}

    def room(self) -> int:
        """How many more may be started."""
        return self.cores - len(self._locks)

    def start(self, run: RunDirectory) -> None:
        """Take the run's lock and say a word."""
        self._locks[run] = hold_run_lock(run)
        self.started.append(run.run_id)
        self._say(run, "running")

    def end(self, run: RunDirectory, state: State = "finished") -> None:
        """A trainer ends."""
        self._say(run, state)
        self._locks.pop(run).release()

    def end_all(self) -> None:
        """All do."""
        for run in list(self._locks):
            self.end(run)

    def busy(self) -> bool:
        """Nobody is needed for them."""
        return False

    def close(self) -> None:
        """The queue's process ends."""
        self.closed = True

    def _say(self, run: RunDirectory, state: State) -> None:
        write_status(run, Status(state, ProcessIdentity.own(), 1_000, applied_seq=read_control(run).seq))
