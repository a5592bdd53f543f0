"""`episodes.jsonl`: one row a finished training game, in the order they finished. Appended by the trainer alone."""

from dataclasses import dataclass

from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One finished game. A game is a pure function of its seed and its actions."""

    step: int
    episode: int
    """Counts the finished games of the run from 1."""
    lines: int
    pieces: int
    reward: float
    seed: int
    cut: bool
    """Whether it was cut at `max_pieces` instead of lost."""
    at: int | None = None
    """When the row was written, as in `metrics.jsonl`; no part of what the game was."""


def episodes_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.episodes)


def episodes_table(run: RunDirectory) -> Table:
    """The log as growing columns."""
    return Table(run.episodes, EpisodeRow)
