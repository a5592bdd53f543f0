"""Example runs, so that the analytics page has something to compare: two settings, three seeds each, in about two minutes.

They are ordinary short runs that wait in the queue like any other: the page may be closed, and no more are trained at once than there
are cores.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .config import RunSettings
from .errors import FormatError, RunNotQueuedError
from .probing import probe
from .queueing import cancel_queued, queue_new
from .run_files.config_file import ConfigFile, read_config
from .run_files.control import update_control
from .run_files.run_directory import RunDirectory, list_runs
from .tasks import DEFAULT_TASK, find_about

LOOKED_AT = 40  # runs, the newest: examples that are under way are among them

SEEDS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Example:
    """A run to be made and trained."""

    name: str
    config: RunSettings

    @property
    def identity(self) -> tuple[str, str]:
        """What tells its runs from others."""
        return self.name, repr(self.config.to_json())


def all_examples() -> list[Example]:
    """The examples of the default task: each of its settings with every seed, those of one seed side by side."""
    about = find_about(DEFAULT_TASK)
    return [
        Example(f"Example, {words}, seed {seed}", about.settings(**settings, seed=seed))
        for seed in SEEDS
        for words, settings in about.examples.items()
    ]


def example_runs(runs_dir: Path) -> list[RunDirectory]:
    """The runs of examples among the newest, the first that was made first."""
    known = {one.identity for one in all_examples()}
    return [run for run in reversed(list_runs(runs_dir)[:LOOKED_AT]) if _identity(run) in known]


def _identity(run: RunDirectory) -> tuple[str, str] | None:
    with suppress(FormatError, OSError):
        config: ConfigFile = read_config(run)
        return config.name, repr(config.settings)
    return None


def examples_left(runs_dir: Path) -> list[Example]:
    """Those that no run has done yet: none of the same name and settings waits, is being trained or has finished."""
    probes = [probe(run) for run in list_runs(runs_dir)]
    there = {_identity(one.run) for one in probes if one.active or one.state in ("queued", "finished")}
    return [one for one in all_examples() if one.identity not in there]


def queue_examples(runs_dir: Path, examples: Sequence[Example], *, by: str) -> list[RunDirectory]:
    """Make runs of examples and let them wait, or make none; see `trainer.queueing.queue_new` for what is raised.

    Args:
        runs_dir: where.
        examples: in the order in which they are to be started.
        by: who asks: `app` or `cli`.
    """
    return queue_new([(one.config, one.name) for one in examples], by=by, runs_dir=runs_dir)


def stop_examples(runs_dir: Path, *, by: str = "app") -> None:
    """Cancel the examples that wait and stop those that are being trained; those that are done stay.

    Args:
        runs_dir: where.
        by: who asks.

    Raises:
        FormatError, RunDirectoryError: see `trainer.queueing.cancel_queued`.
    """
    for run in example_runs(runs_dir):
        with suppress(RunNotQueuedError):  # it was started meanwhile, or has ended
            cancel_queued(run, by=by)
        if probe(run).active:
            update_control(run, by=by, run="stopped")
