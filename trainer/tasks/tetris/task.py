"""Tetris as the trainer finds it: see `trainer.learning.task`. Nothing heavy is imported before it is asked for."""

from typing import TYPE_CHECKING

from ...run_files.run_directory import RunDirectory
from .about import TetrisSettings

if TYPE_CHECKING:
    from ...learning.session import RunSession
    from ...learning.task import Task

settings = TetrisSettings


def make_task(session: "RunSession", config: TetrisSettings) -> "Task":
    """A training of Tetris, before its first step."""
    from .learner.training import TetrisTraining  # noqa: PLC0415 - seconds of import

    return TetrisTraining(session, config)


def cut_files(run: RunDirectory, step: int) -> None:
    """Delete the recorded games of later steps.

    Raises:
        OSError: the folder is read-only.
    """
    from .files.replays import cut_replays  # noqa: PLC0415 - it needs arrays

    cut_replays(run, step)


def memory_advice(config: TetrisSettings) -> str:
    """One sentence: which setting takes most of the memory, and what helps."""
    from .learner.memory import memory_advice as advice  # noqa: PLC0415 - for the one run that needs it

    return advice(config)
