"""The rows of the runs table: what each run was, is and has reached. A run whose files have not changed is not read again."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pages.ui.cache import Cache
from pages.ui.curves import Floats, last, sparkline
from pages.ui.guard import looked_at
from pages.ui.run_data import run_data
from pages.ui.selection import labels_on, name_of, unreadable
from pages.ui.states import LOOKS
from pages.ui.text import plain, setting_text
from trainer.errors import FormatError
from trainer.probing import Probe, probe
from trainer.run_files.labels import Labels, read_labels
from trainer.run_files.opening import stamp
from trainer.run_files.queue import waits
from trainer.run_files.run_directory import MAX_CACHED, RunDirectory
from trainer.tasks import DEFAULT_TASK, describe, known_settings
from trainer.tasks.about import About

SPARKLINE_POINTS = 40
SETTING_LABELS = {name: one.label for name, one in known_settings().items()}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in the table.

    Attributes:
        name: what it is called, as it is.
        best, last, mean: of the metric that people compare first in its task; None before its first value.
        course: a few values of it, oldest first.
        problem: one sentence about a file of the run that cannot be read, or None.
        cells: what the table shows of it, by column, as far as it was asked for.
    """

    probed: Probe
    name: str
    labels: Labels
    best: float | None
    last: float | None
    mean: float | None
    course: tuple[float, ...]
    problem: str | None = None
    cells: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def run(self) -> RunDirectory:
        """The run."""
        return self.probed.run

    @property
    def settings(self) -> dict[str, object]:
        """Its settings; none if its `config.json` cannot be read."""
        return self.probed.config.settings if self.probed.config else {}

    @property
    def task(self) -> str:
        """What it trains, as its `config.json` names it; nothing if that cannot be read."""
        return self.probed.config.task if self.probed.config else ""


def about_of_rows(rows: Iterable[RunRow]) -> About:
    """The task of runs that are compared, which is one: that of the first that tells it; the default task where none does."""
    return describe(next((row.task for row in rows if row.task), DEFAULT_TASK))


def abouts_of(rows: Iterable[RunRow]) -> list[About]:
    """Every task of the runs, in the order in which it occurs."""
    return [describe(task) for task in dict.fromkeys(row.task for row in rows if row.task)]


_cache = Cache(MAX_CACHED)


def rows_of(runs: Iterable[RunDirectory]) -> list[RunRow]:
    """The rows of the runs that are still there. A run at work is looked at each time, any other when one of its files changes."""
    made = (_cache.get(run.path, _seen(run), functools.partial(_look, run), _holds) for run in runs)
    return [row for row in made if row.probed.state != "gone"]


def unread(runs: Iterable[RunDirectory]) -> int:
    """How many of the runs were never looked at: reading those takes its time."""
    return sum(run.path not in _cache for run in runs)


def _seen(run: RunDirectory) -> object:
    """Changes with the files that a row is made of."""
    return stamp(run.config), stamp(run.labels), stamp(run.status), stamp(run.control), stamp(run.evaluations), waits(run)


def _holds(row: RunRow) -> bool:
    """Whether a row may be shown again while the files of its run are what they were.

    What a trainer is at shows in its process too; and a run can go in the middle of a look and come back as it was.
    """
    return not row.probed.growing and row.probed.state != "gone"


def _look(run: RunDirectory) -> RunRow:
    return looked_at(functools.partial(_row, run), functools.partial(_unreadable_row, run))


def _row(run: RunDirectory) -> RunRow:
    probed = probe(run)
    headline = describe(probed.config.task if probed.config else "").headline
    values = run_data(run).headline(headline)
    known = values[np.isfinite(values)]
    best, mean = (float(known.min() if headline.better == "lower" else known.max()), float(known.mean())) if len(known) else (None, None)
    problem = probed.problem or _labels_problem(run) or run_data(run).problem("headline")
    return RunRow(probed, name_of(run), labels_on(run), best, last(values), mean, _course(values), problem)


def _unreadable_row(run: RunDirectory) -> RunRow:
    probed = unreadable(run)
    return RunRow(probed, run.run_id, Labels(), None, None, None, (), probed.problem)


def _labels_problem(run: RunDirectory) -> str | None:
    try:
        read_labels(run)
    except FormatError as error:
        return str(error)
    return None


def _course(values: Floats) -> tuple[float, ...]:
    return tuple(sparkline(values, SPARKLINE_POINTS))


def setting_names(rows: Iterable[RunRow]) -> list[str]:
    """The known settings in the order a person reads them, then those that only these runs know: of a task that is not installed."""
    return list(dict.fromkeys([*SETTING_LABELS, *(name for row in rows for name in row.settings)]))


def setting_label(name: str) -> str:
    """What a person calls a setting."""
    return SETTING_LABELS.get(name) or plain(name, 40)


def differing(rows: Sequence[RunRow]) -> list[str]:
    """The settings in which runs differ, in the order a person reads them; a task that does not have a setting does not differ in it."""
    tasks: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        if row.settings:
            tasks.setdefault(row.task, []).append(row.settings)
    return [name for name in setting_names(rows) if _varies(name, tasks.values())]


def _varies(name: str, tasks: Iterable[Sequence[dict[str, object]]]) -> bool:
    values = [settings.get(name) for task in tasks if any(name in settings for settings in task) for settings in task]
    return values.count(values[0]) < len(values) if values else False


def matching(rows: Sequence[RunRow], search: str) -> list[RunRow]:
    """The rows that hold every word of a search, in their name, id, state, tags, note or settings."""
    words = search.lower().split()
    if not words:
        return list(rows)
    names = differing(rows)
    return [row for row in rows if all(word in _searched(row, names) for word in words)]


def _searched(row: RunRow, names: Sequence[str]) -> str:
    settings = (f"{setting_label(name)} {name}={setting_text(row.settings.get(name))}" for name in names)
    said = (row.name, row.run.run_id, row.task, LOOKS[row.probed.state].word, *row.labels.tags, row.labels.note)
    return " ".join((*said, *settings)).lower()
