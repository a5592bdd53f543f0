"""What is trained: one folder a task, each exchangeable. `trainer.learning` knows none of them."""

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ..learning.task import TaskKind


def find_task(name: str) -> "TaskKind":
    """The task of a name, as `config.json` says it."""
    return cast("TaskKind", importlib.import_module(f".{name}.task", __name__))
