"""Environments of Gymnasium as the trainer finds them: see `trainer.learning.task`. Nothing heavy is imported before it is asked for."""

from typing import TYPE_CHECKING

from ...run_files.replays import cut_replays
from ...run_files.run_directory import RunDirectory
from .about import GymSettings

if TYPE_CHECKING:
    from ...learning.session import RunSession
    from ...learning.task import Task

settings = GymSettings


def make_task(session: "RunSession", config: GymSettings) -> "Task":
    """A training of an algorithm in an environment, before its first step.

    Raises:
        SettingError: there is no such environment, or the algorithm does not fit it.
    """
    from .learner import GymTask  # noqa: PLC0415 - seconds of import

    return GymTask(session, config)


def cut_files(run: RunDirectory, step: int) -> None:
    """Delete the recorded episodes of later steps.

    Raises:
        OSError: the folder is read-only.
    """
    cut_replays(run, step)


def memory_advice(config: GymSettings) -> str:
    """One sentence: which setting takes most of the memory, and what helps."""
    return f"{config.algo} keeps buffer_size or n_steps × n_envs observations: a smaller number takes less."
