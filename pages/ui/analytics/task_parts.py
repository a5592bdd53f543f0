"""What only the runs of one task have on this page: its sections, and what its curves are compared with.

This is the one place of the page that names a task: a task of ours with a module of its own for it. Any other has what every task has.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from pages.ui.analytics.run_rows import RunRow
from pages.ui.chart.trace import Level
from trainer.tasks.about import About
from trainer.tasks.metric import Metric

OWN = {"tetris": "..tetris.analytics"}


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page.

    Attributes:
        label: what its button says.
        draw: draws it for the selected runs.
    """

    label: str
    draw: Callable[[Sequence[RunRow]], None]


class TaskParts(Protocol):
    """A module of `OWN`."""

    SECTIONS: Mapping[str, Section]
    """By their name in the address."""

    def levels_of(self, metric: Metric, settings: Sequence[Mapping[str, Any]], highest: float, *, log_y: bool) -> list[Level]:
        """What a chart of runs with these settings is compared with, whose own highest value is given."""


def part_of(about: About) -> TaskParts | None:
    """What only this task has; None if that is nothing."""
    # imported when it is asked for: it is made of the sections that every task has
    return cast("TaskParts", importlib.import_module(OWN[about.name], __package__)) if about.name in OWN else None


def sections_of(about: About) -> Mapping[str, Section]:
    """The sections that only runs of this task have, by their name in the address."""
    part = part_of(about)
    return part.SECTIONS if part is not None else {}
