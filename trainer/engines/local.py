"""Trainers as processes of this machine: as many at once as there are cores that this process may use."""

import time
from pathlib import Path

from ..children import child_about
from ..probing import probe
from ..resources import usable_cores
from ..run_files.placements import is_placed
from ..run_files.queue import read_queue
from ..run_files.run_directory import RunDirectory, list_runs
from ..starting import start_trainer
from .warm import start_warm, warm_up

LOOK_INTERVAL_S = 20.0  # between two looks at every run: to look at 50,000 takes seconds
WORTH_IT = 2  # runs for which the learner is imported once: those that wait and those that were started
NEWEST = 40  # runs, looked at in between: whatever was started since is most likely one of them


class LocalEngine:
    """Starts trainers here.

    Args:
        runs_dir: where the runs are; whoever has started them, all that are active in it count.
        cores: trainers at once; as many as this process may use if not given.
    """

    def __init__(self, runs_dir: Path, cores: int | None = None) -> None:
        self._runs_dir, self._cores = runs_dir, cores or usable_cores()
        self._active: set[RunDirectory] = set()
        self._own: set[RunDirectory] = set()
        self._looked_at: float | None = None  # by the monotonic clock: when every run was looked at
        self._started = 0
        self._warm: bool | None = None  # whether trainers can be copies of this process; None: not tried

    def room(self) -> int:
        """Cores less active runs. While all are taken, only those that take them are looked at."""
        self._active = _active(self._active)
        if len(self._active) < self._cores:
            self._active |= _active(self._candidates() - self._active)
        room = self._cores - len(self._active)
        if room > 0 and self._warm is None and self._expected() >= WORTH_IT:
            self._warm = warm_up()
        return room

    def _expected(self) -> int:
        return self._started + sum(not entry.on for entry in read_queue(self._runs_dir))

    def start(self, run: RunDirectory) -> None:
        """Start a detached trainer.

        Raises:
            ControlFileError, TrainerStartError: see `start_trainer`.
        """
        if self._warm:
            start_warm(run)
        else:
            start_trainer(run, watched=False)  # a process that has threads cannot be copied
        self._started += 1
        self._active.add(run)
        self._own.add(run)

    def busy(self) -> bool:
        """Whether a trainer of ours is at work: only who has started it learns what has killed it, and writes it down."""
        self._own = {run for run in self._own if (child := child_about(run.path)) is not None and child.ending() is None}
        return bool(self._own)

    def close(self) -> None:
        """Nothing is held."""

    def _candidates(self) -> set[RunDirectory]:
        runs, now = list_runs(self._runs_dir), time.monotonic()
        if self._looked_at is not None and now - self._looked_at < LOOK_INTERVAL_S:
            return {*runs[:NEWEST], *self._own}
        self._looked_at = now
        return set(runs)


def _active(runs: set[RunDirectory]) -> set[RunDirectory]:
    """Those that are trained here; a run that is trained elsewhere takes no core of this machine."""
    return {run for run in runs if probe(run).active and not is_placed(run.path.parent, run.run_id)}
