"""What every format is read into: the rows of a run's logs, what is known of its settings, and what was lost."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import FormatError, reason
from ..run_files.fields import MAX_COUNT
from ..run_files.limits import MAX_IMPORTED_BYTES
from ..run_files.opening import read_whole

HEAD_BYTES = 64 * 1024
"""Of the start of a file: enough to recognise it."""
MAX_ROWS = 5_000_000
"""Of one log; what comes after is counted as lost."""


class Row(NamedTuple):
    """One row of metrics to be.

    Attributes:
        step: environment steps, or whatever the source counts by.
        wall_seconds: since the beginning; None: the source does not say.
        named: the numbers, by name.
    """

    step: int
    wall_seconds: float | None
    named: dict[str, Any]


class Episode(NamedTuple):
    """One training episode to be; `step` and `wall_seconds` at its end."""

    step: int
    wall_seconds: float
    reward: float
    length: int
    named: dict[str, Any]


class Evaluation(NamedTuple):
    """One evaluation to be, episode by episode."""

    step: int
    rewards: list[float]
    lengths: list[int]
    named: dict[str, Any]


@dataclass(slots=True)
class Logs:
    """What a source says.

    Attributes:
        metrics, episodes, evaluations: in the order of the logs that they become.
        began_ms: when it began, in milliseconds since 1970; None: nothing in it says.
        ended_ms: when its files were last written, for a source that only says how long it took.
        settings: those that are known, under our names.
        lost: rows that could not be read, by the name of their file.
        notes: what else a person should know, as sentences.
    """

    metrics: list[Row] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    began_ms: int | None = None
    ended_ms: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is not a single row in it."""
        return not (self.metrics or self.episodes or self.evaluations)


@dataclass(frozen=True, slots=True)
class Source:
    """One run of another program, found and not yet read.

    Attributes:
        program: which one has written it.
        path: the folder or file that holds it.
        files: what is read; when one of them changes, it is worth reading again.
        name: what the run is to be called.
        read: reads it all; `whole` says that nobody writes it any more, so that its last row is complete.
        part: which run it is, where a file holds several.
    """

    program: str
    path: Path
    files: tuple[Path, ...]
    name: str
    read: Callable[[bool], Logs]
    part: str = ""


def whole_file(path: Path) -> bytes:
    """The content of a file.

    Raises:
        FormatError: it cannot be read, or is too large.
    """
    try:
        return read_whole(path, MAX_IMPORTED_BYTES)
    except OSError as error:
        raise FormatError(f"{path.name} cannot be read ({reason(error)}).") from None


def whole_lines(path: Path, lost: Counter[str]) -> list[str]:
    """The lines of a text, without their ends. A last line that has no end was torn: it is left out and counted."""
    text = whole_file(path).decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, rest = text.split("\n")
    if rest.strip():
        lost[path.name] += 1
    if len(lines) > MAX_ROWS:
        lost[path.name] += len(lines) - MAX_ROWS
    return [line.rstrip("\r") for line in lines[:MAX_ROWS]]


def cells_of(line: str) -> list[str]:
    """The cells of one line of CSV; none if it is damaged. A quote that is never closed costs its own line only."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def csv_rows(lines: Iterable[str], columns: int, file: str, lost: Counter[str]) -> Iterator[list[str]]:
    """The cells of each line that has so many; the others are counted as lost rows of the file."""
    for line in lines:
        cells = cells_of(line)
        if len(cells) == columns:
            yield cells
        else:
            lost[file] += 1


def number_in(text: str) -> float | bool | None:
    """The number that a cell holds, as Python, NumPy and pandas write them; None if it holds none."""
    try:
        value = float(text)
    except ValueError:
        return {"True": True, "true": True, "False": False, "false": False}.get(text)
    return int(value) if value.is_integer() and abs(value) < MAX_COUNT and "." not in text and "e" not in text.lower() else value


def step_in(value: Any) -> int | None:
    """A count of steps; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_COUNT:
        return None
    return int(value)


def going_on(seconds: Iterable[float | None]) -> list[float | None]:
    """Times without their jumps back: a program that was started again began to count anew, and went on."""
    offset, last, made = 0.0, 0.0, list[float | None]()
    for one in seconds:
        if one is None:
            made.append(None)
            continue
        if one + offset < last:
            offset = last
        last = one + offset
        made.append(last)
    return made


def merged(parts: Sequence[Logs], began_ms: int | None) -> list[Row]:
    """Rows of several logs of one run as one: by step, each number from the first log that has it.

    Args:
        parts: the one that is believed first.
        began_ms: when the run began: from then on times are counted. A log that knows the time of day is believed before one that
            only knows how long something took.
    """
    known = [part for part in parts if part.metrics]
    if len(known) == 1 and known[0].began_ms in (None, began_ms):
        return known[0].metrics
    times, rows = dict[int, float](), dict[int, dict[str, Any]]()
    for part in sorted(known, key=lambda part: part.began_ms is None):
        shift = 0.0 if part.began_ms is None or began_ms is None else (part.began_ms - began_ms) / 1_000
        for step, seconds, _ in part.metrics:
            if seconds is not None:
                times.setdefault(step, max(0.0, seconds + shift))
    for part in known:
        for step, _, named in part.metrics:
            rows[step] = named | rows.get(step, {})
    return [Row(step, times.get(step), rows[step]) for step in sorted(rows)]


def plain_named(values: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers among named values."""
    return {name: value for name, value in values.items() if isinstance(value, int | float)}
