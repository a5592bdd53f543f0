"""What is trained: one folder a task, each exchangeable. `trainer.learning` knows none of them.

A package of somebody else's adds a task by an entry point of the group `control_room.tasks`: its name, and the package that holds
`about.py` and `task.py`.
"""

import functools
import importlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..errors import TaskNotFoundError, reason, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..learning.task import TaskKind
    from ..settings import Setting
    from .about import About

log = logging.getLogger("control_room")

DEFAULT_TASK = "tetris"
ENTRY_POINTS = "control_room.tasks"


def find_about(name: str) -> "About":
    """What the app knows of a task.

    Raises:
        TaskNotFoundError: there is none of this name.
    """
    return cast("About", importlib.import_module(f"{_package_of(name)}.about").ABOUT)


def describe(name: str) -> "About":
    """What the app says of a task: of one that is not installed here, what holds for every task."""
    from ..config import RunSettings  # noqa: PLC0415 - most tasks bring their own
    from .about import About  # noqa: PLC0415 - see above

    try:
        return find_about(name)
    except TaskNotFoundError:
        return About(name, name, RunSettings, presets={"default": {}})


def find_task(name: str) -> "TaskKind":
    """A task, to be trained.

    Raises:
        TaskNotFoundError: there is none of this name.
    """
    return cast("TaskKind", importlib.import_module(f"{_package_of(name)}.task"))


@functools.cache
def known_settings() -> "Mapping[str, Setting]":
    """Every setting of every task, by name; where two have one of the same name, ours comes first."""
    found: dict[str, Setting] = {}
    for name in task_names():
        for one in find_about(name).settings.described():
            found.setdefault(one.name, one)
    return found


def task_names() -> tuple[str, ...]:
    """Every task there is, ours first."""
    return (*own_task_names(), *(name for name in _other_packages() if name not in own_task_names()))


def startable_task_names() -> tuple[str, ...]:
    """Those whose runs can be started from here."""
    return tuple(name for name in task_names() if not find_about(name).elsewhere)


def _package_of(name: str) -> str:
    if name in own_task_names():
        return f"{__name__}.{name}"
    if name in _other_packages():
        return _other_packages()[name]
    known = ", ".join(startable_task_names())
    raise TaskNotFoundError(f"{shown(name)} is not a task here; there are {known}. Install the package that has it.")


@functools.cache
def own_task_names() -> tuple[str, ...]:
    """The tasks that come with the project, the default one first."""
    folders = {path.parent.name for path in Path(__file__).parent.glob("*/about.py")}
    return (DEFAULT_TASK, *sorted(folders - {DEFAULT_TASK}))


@functools.cache
def _other_packages() -> dict[str, str]:
    """The packages of others by the names of their tasks; one that cannot be imported is said once and left out."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 30 ms; our own tasks need none

    found = dict[str, str]()
    for point in entry_points(group=ENTRY_POINTS):
        try:
            importlib.import_module(f"{point.value}.about").ABOUT.settings.described()
        except Exception as error:  # noqa: BLE001 - somebody else's code: it takes nobody else's task away
            log.warning("The task %s of an installed package cannot be used: %s.", shown(point.name), reason(error))
        else:
            found[point.name] = point.value
    return found
