"""Example runs, so that the analytics page has something to compare: two settings, three seeds each, in about two minutes.

They are ordinary short runs. A process of its own trains them, no more at once than there are cores, so that the page may be closed;
`python -m trainer examples` is that process.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import Timeout

from .children import start_child
from .config import RunSettings
from .creating import create_run
from .errors import RunDirectoryError, RunIsActiveError, reason
from .probing import probe
from .processes import Worker
from .run_files.batch import Batch, write_batch
from .run_files.control import update_control
from .run_files.locks import locked
from .run_files.opening import real
from .run_files.process_identity import ProcessIdentity
from .run_files.run_directory import RunDirectory, list_runs
from .starting import start_trainer
from .tasks.tetris.about import TetrisSettings

LOOK_INTERVAL_S = 0.5
LOOKED_AT = 40  # runs, the newest: those that may be active
LOCK_FILE, LOG_FILE = "batch.lock", "batch.log"

SHORT: dict[str, Any] = {
    "board_height": 10, "total_timesteps": 40_000, "eval_every": 2_500, "log_every": 500, "learning_starts": 500,
}  # fmt: skip
"""A low board: its games are short, so that so few steps already tell something and evaluations take no time."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be made and trained."""

    name: str
    config: RunSettings


EXAMPLES: tuple[Job, ...] = tuple(
    Job(f"Example, rate {rate:g}, seed {seed}", TetrisSettings(seed=seed, learning_rate=rate, **SHORT))
    for seed in (1, 2, 3)
    for rate in (0.001, 0.0002)
)


def jobs_left(runs_dir: Path, jobs: Sequence[Job] = EXAMPLES) -> list[Job]:
    """The jobs that no run has done yet: none of the same name and settings is being trained or has finished."""
    done = set()
    for run in list_runs(runs_dir):
        probed = probe(run)
        if probed.config is not None and (probed.active or probed.state == "finished"):
            done.add((probed.config.name, repr(probed.config.settings)))
    return [job for job in jobs if (job.name, repr(job.config.to_json())) not in done]


def start_examples(runs_dir: Path) -> None:
    """Start a detached process that trains the examples; it says in `batch.json` how far it is.

    Raises:
        RunDirectoryError: the runs folder is not writable.
        TrainerStartError: the process could not be started.
    """
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunDirectoryError(f"The examples cannot be started from {runs_dir} ({reason(error)}).") from None
    start_child(["examples", "--runs-dir", str(real(runs_dir))], real(runs_dir) / LOG_FILE)


def stop_examples(runs_dir: Path, batch: Batch) -> None:
    """Ask the process of a batch to end: it stops the runs that it has under way and makes no more."""
    _worker(runs_dir, batch).end("terminate")


def is_under_way(runs_dir: Path, batch: Batch) -> bool:
    """Whether the process of a batch is still at work on it."""
    return batch.state == "training" and _worker(runs_dir, batch).find() is not None


def _worker(runs_dir: Path, batch: Batch) -> Worker:
    return Worker(batch.process, runs_dir, frozenset({"examples"}), lock=runs_dir / LOCK_FILE)


def train_all(jobs: Sequence[Job], runs_dir: Path, *, at_once: int, stop: threading.Event) -> Batch:
    """Make the runs and train them, in their order, never more at once than given, whoever started the others.

    Args:
        jobs: what to train.
        runs_dir: where.
        at_once: active runs in the folder at which no other one is started.
        stop: when it is set, the runs under way are stopped and no more are made.

    Raises:
        RunIsActiveError: another process trains a batch here.
        RunDirectoryError: the runs folder is not writable.
    """
    runs_dir = real(runs_dir)
    runs_dir.mkdir(parents=True, exist_ok=True)
    try:
        with locked(runs_dir / LOCK_FILE, timeout_s=0):
            return _Training(list(jobs), runs_dir, at_once).until_done(stop)
    except Timeout:
        raise RunIsActiveError(f"One batch at a time: another process trains the examples in {runs_dir}.") from None


class _Training:
    """A batch under way."""

    def __init__(self, jobs: list[Job], runs_dir: Path, at_once: int) -> None:
        self._jobs, self._runs_dir, self._at_once = jobs, runs_dir, at_once
        self._runs: list[RunDirectory] = []
        self._process = ProcessIdentity.own()

    def until_done(self, stop: threading.Event) -> Batch:
        self._say("training")
        while not stop.is_set() and (self._jobs or self._active()):
            if self._jobs and sum(probe(run).active for run in list_runs(self._runs_dir)[:LOOKED_AT]) < self._at_once:
                self._start(self._jobs.pop(0))
            else:
                stop.wait(LOOK_INTERVAL_S)
        for run in self._active():
            update_control(run, by="cli", run="stopped")
        return self._say("stopped" if stop.is_set() else "finished")

    def _start(self, job: Job) -> None:
        run = create_run(job.config, name=job.name, runs_dir=self._runs_dir)
        self._runs.append(run)
        start_trainer(run)
        self._say("training")

    def _active(self) -> list[RunDirectory]:
        return [run for run in self._runs if probe(run).active]

    def _say(self, state: Literal["training", "finished", "stopped"]) -> Batch:
        batch = Batch(self._process, state, tuple(job.name for job in self._jobs), tuple(run.run_id for run in self._runs))
        try:
            write_batch(self._runs_dir, batch)
        except OSError as error:
            raise RunDirectoryError(f"The runs folder must be writable; {self._runs_dir} is not ({reason(error)}).") from None
        return batch
