"""`metrics.jsonl`: one row every `log_every` environment steps. Appended by the trainer alone.

Only `at` and the fields that end in `_seconds` or `_per_second` come from a clock; all others depend on the settings and the seed
alone. `at` is a number, not a text, so that a million rows are read as columns.
A value that does not exist yet (no game finished, no gradient step) is null.
"""

from dataclasses import dataclass

from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table


@dataclass(frozen=True, slots=True)
class MetricsRow:
    """One row. `lines_mean`, `reward_mean` and `pieces_mean` are over the last 100 finished training games."""

    step: int
    wall_seconds: float
    """Of training, with pauses; the time between two trainers is not in it. When that was, `at` says."""
    active_seconds: float
    episodes: int
    lines_mean: float | None
    reward_mean: float | None
    pieces_mean: float | None
    best_lines: int
    loss: float | None
    mean_q: float | None
    epsilon: float
    learning_rate: float
    steps_per_second: float
    updates: int
    holes_mean: float | None = None
    """Holes of the board after a training move, over the moves since the last row. These three are missing in rows of older versions."""
    height_mean: float | None = None
    """Rows: the mean height of the columns, over the same boards."""
    clears: tuple[int, int, int, int] | None = None
    """Training moves since the last row that removed one, two, three and four rows."""
    at: int | None = None
    """When the row was written: milliseconds since 1970, in UTC. Missing in rows of older versions, and then not known."""


def metrics_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.metrics)


def metrics_table(run: RunDirectory) -> Table:
    """The log as growing columns."""
    return Table(run.metrics, MetricsRow)
