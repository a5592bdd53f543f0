"""What a task can do with saved models of its own and with recorded episodes.

The commands are `python -m trainer evaluate | bundle | import | watch`, and `film`.

A task that has such a command names it in `About.commands`, and its module `task` has the functions of `ModelCommands` for it. The command
line itself (`trainer.model_commands`) does what is the same for all: it finds the model, says how far the work is, keeps the report.
"""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..errors import CommandNotFoundError
from . import describe, find_about, find_task, task_names

if TYPE_CHECKING:
    from ..run_files.bundle import Bundle
    from ..run_files.jobs import Work
    from ..run_files.reports import Report
    from ..run_files.run_directory import RunDirectory
    from ..run_files.slots import StoredModel

PARTICIPLES = {"evaluate": "evaluated", "bundle": "bundled", "import": "imported", "watch": "watched", "film": "filmed"}


class ModelCommands(Protocol):
    """The functions of a module `task`; it needs those of the commands that it has.

    `options` are those of the command line: `episodes` and `seed` of an evaluation, `trust`, `runs_dir`, and what `add_options` has added.
    """

    def add_options(self, command: str, parser: Any) -> None:
        """Add the options to the parser of a command that only this task has; its own help names them."""

    def evaluate_folder(self, folder: Path, options: Namespace, work: "Work") -> dict[str, Any]:
        """Evaluate the model in a folder: the fields of a report but for `model`, and `player`, which is None.

        Raises:
            SettingError, ModelNotFoundError, FormatError, JobCancelledError: see `report_on`; or there is no model.
        """

    def evaluate_player(self, name: str, options: Namespace) -> dict[str, Any]:
        """Evaluate a published player, `player`, on the same episodes.

        Raises:
            SettingError: there is none of this name, or an option is out of range.
        """

    def report_on(self, model: "StoredModel", content: bytes, options: Namespace, work: "Work") -> "Report":
        """Evaluate a model of a run and keep the report beside it; `content` is that of its `model.zip`.

        Raises:
            SettingError: an option is out of range.
            FormatError: it cannot be read as a model.
            RunDirectoryError: the report cannot be written.
            JobCancelledError: it was cancelled.
        """

    def make_bundle(self, model: "StoredModel", options: Namespace, work: "Work") -> bytes:
        """The bundle of a model of a run; it is evaluated first if it has not been.

        Raises:
            SettingError, ModelNotFoundError, FormatError, RunDirectoryError, JobCancelledError: see `report_on`.
        """

    def import_bundle(self, bundle: "Bundle", options: Namespace, work: "Work") -> "RunDirectory":
        """Make a run of a bundle, called `options.name` if that is not empty.

        Raises:
            FormatError: it does not fit the task.
            RunDirectoryError: the run cannot be written.
            JobCancelledError: it was cancelled.
        """

    def watch(self, options: Namespace) -> bool:
        """Let `options.player`, and those of `options.against`, play while somebody looks; returns whether it went well."""

    def film(self, run: "RunDirectory", recording: str, episode: int, work: "Work") -> Path:
        """Simulate a recorded episode again and make a film of it: see `trainer.run_files.films`.

        Args:
            run: of the recording.
            recording: its name; see `trainer.run_files.replays.link_name`.
            episode: its number in the recording, from 1.
            work: the job.

        Raises:
            SettingError: the environment cannot be made here.
            FormatError: there is no such episode, or it does not fit the environment.
            RunDirectoryError: the film cannot be written.
            JobCancelledError: it was cancelled.
        """


def can(task: str, command: str) -> bool:
    """Whether a task has a command; one that is not installed here has none."""
    return command in describe(task).commands


def find_commands(task: str, command: str) -> ModelCommands:
    """What a task does for a command.

    Raises:
        TaskNotFoundError: the task is not installed here.
        CommandNotFoundError: it has no such command.
    """
    if command not in find_about(task).commands:
        raise CommandNotFoundError(f"Runs of {task} cannot be {PARTICIPLES[command]}.")
    return cast("ModelCommands", find_task(task))


def tasks_with(command: str) -> list[str]:
    """The tasks that have a command, ours first."""
    return [name for name in task_names() if can(name, command)]
