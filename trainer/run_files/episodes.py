"""`episodes.jsonl`: one row a training episode, in the order they ended. Appended by the trainer alone.

A row is the core fields below, then what the task adds under names of its own (see
`trainer.run_files.rows`): in Tetris `lines` and `seed`. Of an imported run the import writes the log, and
a core field that its source does not tell, such as `truncated`, is null.
"""

from dataclasses import dataclass, field

from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """One episode that has ended."""

    step: int
    """Environment steps of the run by then."""
    episode: int
    """Counts the episodes of the run from 1."""
    reward: float
    """The sum of its rewards."""
    length: int
    """Its steps."""
    truncated: bool
    """Whether it was truncated, so that it might have gone on, instead of terminated."""
    at: int
    """When the row was written, as in `metrics.jsonl`; no part of what the episode was."""
    named: dict[str, float | None] = field(default_factory=dict)


def episodes_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.episodes)


def episodes_table(run: RunDirectory) -> Table:
    """The log as growing columns."""
    return Table(run.episodes, EpisodeRow)
