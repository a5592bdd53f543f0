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
from pages.ui.text import plain
from trainer.errors import FormatError
from trainer.numbers import MISSING, digits
from trainer.probing import Probe, probe
from trainer.run_files.labels import Labels, read_labels
from trainer.run_files.opening import stamp
from trainer.run_files.run_directory import MAX_KEPT, RunDirectory
from trainer.tasks import known_settings
from trainer.tasks.tetris.metrics import HEADLINE

SPARKLINE_POINTS = 40
SETTING_LABELS = {name: one.label for name, one in known_settings().items()}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in the table.

    Attributes:
        name: what it is called, as it is.
        best, last, mean: of the mean lines of its evaluations; None before the first.
        course: mean lines of a few evaluations, oldest first.
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


_cache = Cache(MAX_KEPT)


def rows_of(runs: Iterable[RunDirectory]) -> list[RunRow]:
    """The rows of the runs that are still there. A run at work is looked at each time, any other when one of its files changes."""
    made = (_cache.get(run.path, _seen(run), functools.partial(_look, run), _holds) for run in runs)
    return [row for row in made if row.probed.state != "gone"]


def unread(runs: Iterable[RunDirectory]) -> int:
    """How many of the runs were never looked at: reading those takes its time."""
    return sum(run.path not in _cache for run in runs)


def _seen(run: RunDirectory) -> object:
    """Changes with the files that a row is made of."""
    return stamp(run.config), stamp(run.labels), stamp(run.status), stamp(run.control), stamp(run.evaluations)


def _holds(row: RunRow) -> bool:
    """Whether a row may be shown again while the files of its run are what they were.

    What a trainer is at shows in its process too; and a run can go in the middle of a look and come back as it was.
    """
    return not row.probed.active and row.probed.state != "gone"


def _look(run: RunDirectory) -> RunRow:
    return looked_at(functools.partial(_row, run), functools.partial(_unreadable_row, run))


def _row(run: RunDirectory) -> RunRow:
    means = run_data(run).log("headline")[HEADLINE.column]
    known = means[np.isfinite(means)]
    best, mean = (float(known.max()), float(known.mean())) if len(known) else (None, None)
    probed = probe(run)
    problem = probed.problem or _labels_problem(run) or run_data(run).problem("headline")
    return RunRow(probed, name_of(run), labels_on(run), best, last(means), mean, _course(means), problem)


def _unreadable_row(run: RunDirectory) -> RunRow:
    probed = unreadable(run)
    return RunRow(probed, run.run_id, Labels(), None, None, None, (), probed.problem)


def _labels_problem(run: RunDirectory) -> str | None:
    try:
        read_labels(run)
    except FormatError as error:
        return str(error)
    return None


def _course(means: Floats) -> tuple[float, ...]:
    return tuple(sparkline(means, SPARKLINE_POINTS))


def differing(rows: Sequence[RunRow]) -> list[str]:
    """The settings in which runs differ, in the order a person reads them."""
    read = [row.settings for row in rows if row.settings]
    columns = {name: [settings.get(name) for settings in read] for name in SETTING_LABELS}
    return [name for name, values in columns.items() if values and values.count(values[0]) < len(values)]


def setting_text(value: object) -> str:
    """A setting's value as a person would write it, to its last digit: `0.99`, `64, 64`, `–`."""
    if value is None:
        return MISSING
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value)
    return digits(value)


def matching(rows: Sequence[RunRow], search: str) -> list[RunRow]:
    """The rows that hold every word of a search, in their name, id, state, tags, note or settings."""
    words = search.lower().split()
    if not words:
        return list(rows)
    names = differing(rows)
    return [row for row in rows if all(word in _searched(row, names) for word in words)]


def _searched(row: RunRow, names: Sequence[str]) -> str:
    settings = (f"{SETTING_LABELS[name]} {name}={setting_text(row.settings.get(name))}" for name in names)
    return " ".join((row.name, row.run.run_id, LOOKS[row.probed.state].word, *row.labels.tags, row.labels.note, *settings)).lower()
