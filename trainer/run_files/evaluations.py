"""`evaluations.jsonl`: one row an evaluation of the policy. Appended by the trainer alone.

A row is the core fields below, then what the task adds under names of its own (see
`trainer.run_files.rows`): numbers, and lists of one number an episode. In Tetris the figure that
people compare is among these: `mean_lines`, with `lines_ci95_low` and `lines_ci95_high`.

Of an imported run the import writes the log, and a core field that its source does not tell is null.

A mean over few episodes says little without its interval: the two are always shown together.
"""

from dataclasses import dataclass, field, make_dataclass
from typing import Any

from .fields import MAX_NUMBER
from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table
from .tails import last_row


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """One evaluation of the policy as it was at `step`."""

    step: int
    wall_seconds: float
    """Of the run, when the policy was taken."""
    active_seconds: float
    episodes: int
    mean_reward: float
    """Of an episode."""
    ci95: tuple[float, float] | None
    """95 % interval of the mean; null of a single episode, which tells no spread."""
    rewards: list[float]
    """Of each episode."""
    lengths: list[int]
    """Steps of each episode."""
    at: int
    """When the row was written, as in `metrics.jsonl`: a little later than the policy was taken."""
    named: dict[str, Any] = field(default_factory=dict)


def evaluations_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.evaluations)


def evaluations_table(run: RunDirectory) -> Table:
    """The log as growing columns; the interval as `ci95_low` and `ci95_high`."""
    return Table(run.evaluations, EvaluationRow)


def column_table(run: RunDirectory, column: str) -> Table:
    """The log as one column alone, for a list of many runs; it has no cache of its own."""
    return Table(run.evaluations, make_dataclass("Column", [(column, float)]), whole=False)


def last_of_each(run: RunDirectory, name: str) -> list[float]:
    """A value of each episode of the last evaluation; none before the first one that can be read."""
    values = (last_row(run.evaluations) or {}).get(name)
    if not isinstance(values, list):
        return []
    return values if all(type(value) in (int, float) and abs(value) <= MAX_NUMBER for value in values) else []
