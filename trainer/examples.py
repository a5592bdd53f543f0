"""Example runs, so that the analytics page has something to compare: two settings, three seeds each, in about two minutes.

They are ordinary short runs. A process of its own trains them, no more at once than there are cores, so that the page may be closed;
`python -m trainer examples` is that process.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import Timeout

from .children import start_child
from .config import RunSettings
from .creating import create_run
from .errors import RunDirectoryError, RunIsActiveError, reason
from .probing import probe
from .processes import Worker
from .run_files.control import update_control
from .run_files.examples import ExampleRuns, write_examples
from .run_files.locks import locked
from .run_files.opening import real
from .run_files.process_identity import ProcessIdentity
from .run_files.run_directory import RunDirectory, list_runs
from .starting import start_trainer
from .tasks import DEFAULT_TASK, find_about

LOOK_INTERVAL_S = 0.5
LOOKED_AT = 40  # runs, the newest: those that may be active
LOCK_FILE, LOG_FILE = "examples.lock", "examples.log"

SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Example:
    """A run to be made and trained."""

    name: str
    config: RunSettings


def all_examples() -> list[Example]:
    """The examples of the default task: each of its settings with every seed, those of one seed side by side."""
    about = find_about(DEFAULT_TASK)
    return [
        Example(f"Example, {words}, seed {seed}", about.settings(**settings, seed=seed))
        for seed in SEEDS
        for words, settings in about.examples.items()
    ]


def examples_left(runs_dir: Path, examples: Sequence[Example]) -> list[Example]:
    """Those that no run has done yet: none of the same name and settings is being trained or has finished."""
    done = set()
    for run in list_runs(runs_dir):
        probed = probe(run)
        if probed.config is not None and (probed.active or probed.state == "finished"):
            done.add((probed.config.name, repr(probed.config.settings)))
    return [one for one in examples if (one.name, repr(one.config.to_json())) not in done]


def start_examples(runs_dir: Path) -> None:
    """Start a detached process that trains the examples; it says in `examples.json` how far it is.

    Raises:
        RunDirectoryError: the runs folder is not writable.
        TrainerStartError: the process could not be started.
    """
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunDirectoryError(f"The examples cannot be started from {runs_dir} ({reason(error)}).") from None
    start_child(["examples", "--runs-dir", str(real(runs_dir))], real(runs_dir) / LOG_FILE)


def stop_examples(runs_dir: Path, made: ExampleRuns) -> None:
    """Ask the process that makes examples to end: it stops the runs that it has under way and makes no more."""
    _worker(runs_dir, made).end("terminate")


def is_under_way(runs_dir: Path, made: ExampleRuns) -> bool:
    """Whether the process that makes them is still at work."""
    return made.state == "training" and _worker(runs_dir, made).find() is not None


def _worker(runs_dir: Path, made: ExampleRuns) -> Worker:
    return Worker(made.process, runs_dir, frozenset({"examples"}), lock=runs_dir / LOCK_FILE)


def train_all(examples: Sequence[Example], runs_dir: Path, *, at_once: int, stop: threading.Event) -> ExampleRuns:
    """Make the runs and train them, in their order, never more at once than given, whoever started the others.

    Args:
        examples: what to train.
        runs_dir: where.
        at_once: active runs in the folder at which no other one is started.
        stop: when it is set, the runs under way are stopped and no more are made.

    Raises:
        RunIsActiveError: another process trains examples here.
        RunDirectoryError: the runs folder is not writable.
    """
    runs_dir = real(runs_dir)
    runs_dir.mkdir(parents=True, exist_ok=True)
    try:
        with locked(runs_dir / LOCK_FILE, timeout_s=0):
            return _Training(list(examples), runs_dir, at_once).until_done(stop)
    except Timeout:
        raise RunIsActiveError(f"One process at a time: another one trains the examples in {runs_dir}.") from None


class _Training:
    """The examples under way."""

    def __init__(self, waiting: list[Example], runs_dir: Path, at_once: int) -> None:
        self._waiting, self._runs_dir, self._at_once = waiting, runs_dir, at_once
        self._runs: list[RunDirectory] = []
        self._process = ProcessIdentity.own()

    def until_done(self, stop: threading.Event) -> ExampleRuns:
        self._say("training")
        while not stop.is_set() and (self._waiting or self._active()):
            if self._waiting and sum(probe(run).active for run in list_runs(self._runs_dir)[:LOOKED_AT]) < self._at_once:
                self._start(self._waiting.pop(0))
            else:
                stop.wait(LOOK_INTERVAL_S)
        for run in self._active():
            update_control(run, by="cli", run="stopped")
        return self._say("stopped" if stop.is_set() else "finished")

    def _start(self, one: Example) -> None:
        run = create_run(one.config, name=one.name, runs_dir=self._runs_dir)
        self._runs.append(run)
        start_trainer(run)
        self._say("training")

    def _active(self) -> list[RunDirectory]:
        return [run for run in self._runs if probe(run).active]

    def _say(self, state: Literal["training", "finished", "stopped"]) -> ExampleRuns:
        waiting, runs = tuple(one.name for one in self._waiting), tuple(run.run_id for run in self._runs)
        made = ExampleRuns(self._process, state, waiting, runs)
        try:
            write_examples(self._runs_dir, made)
        except OSError as error:
            raise RunDirectoryError(f"The runs folder must be writable; {self._runs_dir} is not ({reason(error)}).") from None
        return made
