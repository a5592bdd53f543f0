"""The bandit as the trainer finds it."""

from trainer.learning.session import RunSession
from trainer.learning.task import Task
from trainer.run_files.run_directory import RunDirectory

from .about import BanditSettings

settings = BanditSettings


def check_settings(config: BanditSettings) -> None:
    """All can be trained."""


def make_task(session: RunSession, config: BanditSettings) -> Task:
    """A training of it."""
    from .learner import BanditTask  # noqa: PLC0415 - it imports torch

    return BanditTask(session, config)


def cut_files(run: RunDirectory, step: int) -> None:
    """It writes none of its own."""


def memory_advice(config: BanditSettings) -> str:
    """One sentence."""
    return f"A bandit of {config.arms} arms takes none."
