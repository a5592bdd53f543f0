"""`evaluations.jsonl`: one row an evaluation: greedy games on fixed seeds. Appended by the trainer alone.

Lines a game are roughly exponentially distributed, so a mean over N games has a standard error of about mean/√N: the interval
is always shown with it.
"""

from dataclasses import dataclass

from ..errors import FormatError
from .fields import from_fields
from .jsonl import JsonlWriter
from .run_directory import RunDirectory
from .table import Table
from .tails import last_row


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation of the network as it was at `step`."""

    step: int
    wall_seconds: float
    """Of the run, when the network was taken."""
    active_seconds: float
    games: int
    mean_lines: float
    ci95: tuple[float, float] | None
    """95 % interval of the mean; null of a single game, which tells no spread."""
    median_lines: float
    max_lines: int
    mean_pieces: float
    max_pieces: int
    """Games were cut after this many pieces."""
    capped_games: int
    lines: list[int]
    """Of each game, in the order of the seeds."""
    evaluation_seconds: float
    mean_holes: float | None = None
    """Of the board after every move. These five are missing in the rows of older versions."""
    mean_height: float | None = None
    """Rows: the mean height of the columns after every move."""
    clears: tuple[int, int, int, int] | None = None
    """Moves of all games that removed one, two, three and four rows."""
    columns: tuple[int, int, int, int, int, int, int, int, int, int] | None = None
    """Pieces of all games by the column of their leftmost cell."""
    pieces: tuple[int, int, int, int, int, int, int] | None = None
    """Pieces of all games by their number: I, O, T, S, Z, J, L."""
    at: int | None = None
    """When the row was written, as in `metrics.jsonl`: a little later than the network was taken."""


@dataclass(frozen=True, slots=True)
class EvaluationMean:
    """What a list of many runs shows of a row."""

    mean_lines: float


def evaluations_writer(run: RunDirectory) -> JsonlWriter:
    """Opens the log for appending."""
    return JsonlWriter(run.evaluations)


def evaluations_table(run: RunDirectory) -> Table:
    """The log as growing columns; the interval as `ci95_low` and `ci95_high`, clears as `clears_1` to `clears_4`."""
    return Table(run.evaluations, EvaluationRow)


def means_table(run: RunDirectory) -> Table:
    """The log as the one column `mean_lines`, for which nothing else is worked out; it has no cache of its own."""
    return Table(run.evaluations, EvaluationMean, whole=False)


def last_games(run: RunDirectory) -> list[int]:
    """Lines of each game of the last evaluation, in the order of the seeds; none before the first one that can be read."""
    try:
        return from_fields(EvaluationRow, last_row(run.evaluations) or {}).lines
    except FormatError:
        return []
