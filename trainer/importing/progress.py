"""`progress.csv` and `progress.json`: what stable-baselines3's logger has recorded, a row a dump.

The CSV names its columns in the first line; a cell is empty where nothing was recorded. The JSON holds
one object a line. A row's step is `time/total_timesteps`, its time `time/time_elapsed`, which begins
anew with every `learn`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..run_files.limits import MAX_ROW_BYTES
from ..run_files.opening import stamp
from .logs import Logs, Row, cells_of, csv_rows, going_on, number_in, plain_named, step_in, whole_lines

PROGRAM = "stable-baselines3"
STEP, ELAPSED = "time/total_timesteps", "time/time_elapsed"


def is_progress_csv(head: bytes) -> bool:
    """Whether a file begins like one."""
    return STEP in cells_of(head.partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r"))


def is_progress_json(head: bytes) -> bool:
    """Whether a file begins like one."""
    return head.startswith(b"{") and f'"{STEP}"'.encode() in head.partition(b"\n")[0]


def read_progress(path: Path, *, as_json: bool) -> Logs:
    """The rows of one file.

    Raises:
        FormatError: it cannot be read.
    """
    logs = Logs()
    lines = whole_lines(path, logs.lost)
    rows = list(_json_rows(lines, path.name, logs.lost) if as_json else _csv_rows(lines, path.name, logs.lost))
    logs.metrics = list(_in_time(rows, path.name, logs.lost))
    seen = stamp(path)
    logs.ended_ms = seen[0] // 1_000_000 if seen else None
    return logs


def _csv_rows(lines: list[str], file: str, lost: Counter[str]) -> Iterator[Mapping[str, Any]]:
    names = cells_of(lines[0]) if lines else []
    for cells in csv_rows(lines[1:], len(names), file, lost):
        yield {name: value for name, cell in zip(names, cells, strict=True) if cell and (value := number_in(cell)) is not None}


def _json_rows(lines: Iterable[str], file: str, lost: Counter[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line) if len(line) <= MAX_ROW_BYTES else None  # stable-baselines3 writes NaN, which is no JSON
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield plain_named(row)
        else:
            lost[file] += 1


def _in_time(rows: list[Mapping[str, Any]], file: str, lost: Counter[str]) -> Iterator[Row]:
    known = [(step, row) for row in rows if (step := step_in(row.get(STEP))) is not None]
    lost[file] += len(rows) - len(known)
    times = going_on(_seconds(row.get(ELAPSED)) for _, row in known)
    for (step, row), seconds in zip(known, times, strict=True):
        yield Row(step, seconds, dict(row))


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e10 else None
