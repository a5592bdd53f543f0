"""`metrics.jsonl`: one row every `log_every` environment steps. Appended by the trainer alone.

A row is the core fields below, then any number of named numbers under stable-baselines3's names (see
`trainer.run_files.rows`): what its logger records (`train/loss`, `rollout/ep_rew_mean`, `time/fps`)
and what the task adds (`rollout/mean_lines`). Rows need not have the same names. A name exists from
the row in which it first occurs; a value that does not exist (yet) is null.

Only `at`, the fields that end in `_seconds` or `_per_second` and those that begin with `time/` come
from a clock; all others depend on the settings and the seed alone. `at` is a number, not a text, so
that a million rows are read as columns.

Of an imported run the import writes the log, and a core field that its source does not tell is null.
"""

from dataclasses import dataclass, field

from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRow:
    """One row."""

    step: int
    """Environment steps done."""
    wall_seconds: float
    """Of training, with pauses; the time between two trainers is not in it. When that was, `at` says."""
    active_seconds: float
    """The same, without pauses and slow motion."""
    at: int
    """When the row was written: milliseconds since 1970, in UTC."""
    updates: int
    """Gradient steps done."""
    named: dict[str, float | None] = field(default_factory=dict)


def metrics_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.metrics)


def metrics_table(run: RunDirectory) -> Table:
    """The log as growing columns."""
    return Table(run.metrics, MetricsRow)
