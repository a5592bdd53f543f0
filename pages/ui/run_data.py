"""What the app has read of a run so far: one set of readers a run, shared by every tab, reading only what is new."""

import functools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, Generic, Literal, Protocol, TypeVar

from pages.ui.cache import Cache
from trainer.resources import usable_cores
from trainer.run_files.columns import Floats
from trainer.run_files.episodes import episodes_table
from trainer.run_files.evaluations import column_table, evaluations_table
from trainer.run_files.events import EventRow, events_reader
from trainer.run_files.metrics import metrics_table
from trainer.run_files.run_directory import MAX_CACHED, RunDirectory
from trainer.run_files.table import Columns, Table
from trainer.run_files.tails import NewestRows
from trainer.tasks.metric import Metric

SHOWN_EVENTS = 200
MAX_DERIVED = 64  # values that are worked out of the rows of one run: a few a chart
SOON_READ = 20  # logs: threads are worth their while for more of them

Log = Literal["metrics", "episodes", "evaluations", "headline"]
WHOLE_LOGS: tuple[Log, ...] = ("metrics", "episodes", "evaluations")
TABLES: dict[Log, Callable[[RunDirectory], Table]] = {
    "metrics": metrics_table, "episodes": episodes_table, "evaluations": evaluations_table,
}  # fmt: skip
"""The logs of a run that are read whole; `headline` is the one column of its evaluations that people compare."""
T = TypeVar("T")


class Picture(Protocol):
    """What the pictures of every task have."""

    @property
    def step(self) -> int:
        """When it was taken, in environment steps."""


P = TypeVar("P", bound=Picture)


@dataclass(frozen=True, slots=True)
class RunRows:
    """The rows of a run at one moment; arrays of one log have the same length, and each is read when it is asked for.

    Attributes:
        events: the newest ones, oldest first.
        bad_lines: lines that could not be read, of all logs.
        problem: one sentence about logs that are not read, or not to their end; None if there are none.
    """

    metrics: Columns
    episodes: Columns
    evaluations: Columns
    events: tuple[EventRow, ...]
    bad_lines: int
    problem: str | None = None


class RunData:
    """The readers of one run and what was worked out from their rows. Safe for several threads."""

    def __init__(self, run: RunDirectory) -> None:
        self._lock = threading.Lock()
        self._run = run
        self._tables: dict[Log, Table] = {}
        self._headline = ""  # the column that is read of it
        self._events = events_reader(run)
        self._pictures: dict[Any, NewestRows[Any]] = {}
        self._derived = Cache(MAX_DERIVED)

    def refresh(self) -> RunRows:
        """Read what is new; returns all rows."""
        logs = {log: self.log(log) for log in WHOLE_LOGS}
        with self._lock:
            events = self._events.refresh()[-SHOWN_EVENTS:]
            bad_lines = sum(self._tables[log].bad_lines for log in WHOLE_LOGS) + self._events.bad_lines
            found = (*(self._tables[log].problem for log in WHOLE_LOGS), self._events.problem)
            problems = [problem for problem in found if problem]
            return RunRows(**logs, events=tuple(events), bad_lines=bad_lines, problem=" ".join(problems) or None)

    def log(self, log: Log) -> Columns:
        """One log, without reading the others: for pages that show many runs."""
        table = self._table(log)
        table.refresh()
        return table.columns()

    def headline(self, metric: Metric) -> Floats:
        """The values of the metric that people compare first, without reading what else its log has: for a list of many runs."""
        if metric.log != "evaluations" or not metric.column.isidentifier() or iskeyword(metric.column):
            return metric.values(self.log(metric.log))
        with self._lock:
            if self._headline != metric.column:
                self._tables["headline"], self._headline = column_table(self._run, metric.column), metric.column
        return metric.values(self.log("headline"))

    def _table(self, log: Log) -> Table:
        """A log's table, made when it is asked for: of a thousand runs a page reads one log."""
        with self._lock:
            if log not in self._tables:
                self._tables[log] = TABLES[log](self._run)
            return self._tables[log]

    def generation(self, log: Log) -> int:
        """How often a log was replaced so far."""
        return self._table(log).generation

    def has_read(self, log: Log) -> bool:
        """Whether a log was looked at before."""
        with self._lock:
            return log in self._tables

    def problem(self, log: Log) -> str | None:
        """Why a part of a log that was read is not, in one sentence; None if there is none."""
        return self._table(log).problem if self.has_read(log) else None

    def bad_lines(self, log: Log) -> int:
        """Lines of a log that could not be read so far."""
        return self._table(log).bad_lines if self.has_read(log) else 0

    def events(self) -> tuple[EventRow, ...]:
        """The newest events, without reading the other logs."""
        with self._lock:
            return tuple(self._events.refresh()[-SHOWN_EVENTS:])

    def pictures(self, make_reader: Callable[[RunDirectory], NewestRows[P]]) -> tuple[P, ...]:
        """The newest pictures, oldest first.

        Args:
            make_reader: that of the run's task.
        """
        with self._lock:
            if make_reader not in self._pictures:  # a damaged config.json tells another task, or none
                self._pictures[make_reader] = make_reader(self._run)
            return tuple(self._pictures[make_reader].refresh())

    def derived(self, name: str, version: object, compute: Callable[[], T]) -> T:
        """What `compute` returns, until `version` (the rows it was made from) changes."""
        return self._derived.get(name, version, compute)


def rows_version(columns: Columns) -> tuple[int, int]:
    """Tells rows apart for `RunData.derived`, without reading them: how often the log was replaced, and how many rows it has."""
    return columns.version


_readers = Cache(MAX_CACHED)


def run_data(run: RunDirectory) -> RunData:
    """The shared readers of a run."""
    return _readers.get(run.path, None, functools.partial(RunData, run))


def read_ahead(runs: Iterable[RunDirectory], log: Log) -> None:
    """Look for the first time at a log of many runs, several at once: what parses the long ones lets other threads run."""
    fresh = [data for data in map(run_data, runs) if not data.has_read(log)]
    if len(fresh) > SOON_READ:
        with ThreadPoolExecutor(usable_cores()) as pool:
            list(pool.map(lambda data: data.log(log), fresh))


@dataclass(frozen=True, slots=True)
class NewFrames(Generic[P]):
    """Pictures that one tab has not shown yet.

    Attributes:
        frames: the newest of them, in the order they were written.
        skipped: how many older ones are passed over, because they could not be played in time.
        last: the newest picture of all, or None if there never was one.
    """

    frames: tuple[P, ...]
    skipped: int
    last: P | None


def new_frames(pictures: tuple[P, ...], cursor: int | None, limit: int) -> NewFrames[P]:
    """The pictures that a tab has not shown yet.

    Args:
        pictures: the newest ones there are, oldest first.
        cursor: the step of the last one the tab has shown; None at its first look, which shows the newest one.
        limit: how many can be played.
    """
    if not pictures:
        return NewFrames((), 0, None)
    if cursor is None or pictures[-1].step < cursor:
        return NewFrames(pictures[-1:], 0, pictures[-1])
    unseen = tuple(picture for picture in pictures if picture.step > cursor)
    shown = unseen[-limit:]
    return NewFrames(shown, len(unseen) - len(shown), pictures[-1])
