"""Trackio's database, one a project: every run in it.

| table | columns that are read |
|---|---|
| `metrics` | `run_id` (not in old versions), `run_name`, `timestamp` (ISO 8601), `step`, `metrics` (JSON, as text or bytes) |
| `configs` | `run_id` or `run_name`, `config` (JSON) |

The file is read into memory and opened there, or copied where changes wait beside it in a journal:
the database itself is never opened, so that nothing is locked or written beside it. Trackio writes NaN
and infinities as words.
"""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ..errors import FormatError, reason
from ..run_files.limits import MAX_ROW_BYTES
from ..run_files.opening import Stamp, real, replace_bytes, stamp
from .logs import MAX_ROWS, Logs, Row, Source, number_in, plain_named, step_in, whole_file
from .settings import settings_of

PROGRAM = "Trackio"
MAGIC = b"SQLite format 3\0"
MAX_RUNS = 10_000
KIND_OF_JOURNAL = slice(18, 20)
"""Which bytes say how changes are journalled; a database in memory cannot have a journal beside it."""
LOOKS = 5  # at most: a checkpoint of the database moves its journal into it
NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")


def is_database(head: bytes) -> bool:
    """Whether a file begins like a database."""
    return head.startswith(MAGIC)


def find_runs(path: Path, step: str) -> list[Source]:
    """The runs of a project; none if it is a database of another program.

    Args:
        path: the database.
        step: the metric that counts steps; empty: Trackio's own count.

    Raises:
        FormatError: it cannot be read.
    """
    with _opened(path) as database:
        by, _ = _columns(database)
        if not by:
            return []
        rows = database.execute(f"SELECT {by}, MAX(run_name) FROM metrics GROUP BY {by} ORDER BY MIN(id) LIMIT {MAX_RUNS}")  # noqa: S608 - ours
        runs = [(str(run), str(name)) for run, name in rows]
    return [Source(PROGRAM, path, (path, journal_of(path)), name, lambda _, run=run: read_run(path, run, step), run) for run, name in runs]  # type: ignore[misc]


def read_run(path: Path, run: str, step: str) -> Logs:
    """What was logged of one run; see `find_runs`."""
    logs = Logs()
    with _opened(path) as database:
        by, configured_by = _columns(database)
        if not by:
            return logs
        query = f"SELECT timestamp, step, metrics FROM metrics WHERE {by} = ? ORDER BY step, id LIMIT {MAX_ROWS}"  # noqa: S608 - ours
        rows = [_row(at, count, metrics, step) for at, count, metrics in database.execute(query, (run,))]
        if configured_by:
            query = f"SELECT config FROM configs WHERE {configured_by} = ? LIMIT 1"  # noqa: S608 - ours
            config = next((_json(one) for (one,) in database.execute(query, (run,))), None)
            logs.settings = settings_of(config or {})
    known = [row for row in rows if row is not None]
    logs.lost[path.name] += len(rows) - len(known)
    began = min((at for _, at, _ in known if at is not None), default=None)
    logs.began_ms = int(began * 1_000) if began is not None else None
    logs.metrics = [Row(at_step, None if at is None or began is None else at - began, named) for at_step, at, named in known]
    return logs


def _row(timestamp: object, step: object, metrics: object, chosen: str) -> tuple[int, float | None, dict[str, Any]] | None:
    values = _json(metrics)
    if values is None:
        return None
    words = {name: number_in(value) for name, value in values.items() if value in NOT_NUMBERS}
    named = plain_named(values) | words
    at_step = step_in(named.get(chosen) if chosen else step)
    return None if at_step is None else (at_step, _seconds(timestamp), named)


def _json(content: object) -> dict[str, Any] | None:
    try:
        value = orjson.loads(content) if isinstance(content, str | bytes) and len(content) <= MAX_ROW_BYTES else None
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _seconds(timestamp: object) -> float | None:
    try:
        when = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    content, journal = _contents(path)
    with contextlib.ExitStack() as stack:
        try:
            if journal:
                folder = real(Path(stack.enter_context(tempfile.TemporaryDirectory())))
                replace_bytes(folder / "copy.db", content)
                replace_bytes(folder / "copy.db-wal", journal)
                database = stack.enter_context(contextlib.closing(sqlite3.connect(folder / "copy.db")))
            else:
                database = stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
                plain = bytearray(content)
                plain[KIND_OF_JOURNAL] = b"\x01\x01"
                database.deserialize(bytes(plain))
            database.execute("PRAGMA query_only = ON")
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            yield database
        except (sqlite3.Error, OSError, MemoryError, OverflowError, UnicodeDecodeError) as error:
            raise FormatError(f"{path.name} must be a database of Trackio; it cannot be read ({reason(error)}).") from None


def journal_of(path: Path) -> Path:
    """Where changes of a database wait."""
    return path.with_name(path.name + "-wal")


@lru_cache(1)
def _read_once(path: Path, beside: Path, seen: tuple[Stamp | None, Stamp | None]) -> tuple[bytes, bytes]:
    """Of a project with many runs once, not for each of them."""
    return whole_file(path), whole_file(beside) if seen[1] is not None else b""


def _contents(path: Path) -> tuple[bytes, bytes]:
    """The database and its journal, which belong together."""
    beside = journal_of(path)
    for _ in range(LOOKS):
        before = stamp(path), stamp(beside)
        contents = _read_once(path, beside, before)
        if before == (stamp(path), stamp(beside)):
            return contents
    raise FormatError(f"{path.name} changes all the time; try again.")


def _columns(database: sqlite3.Connection) -> tuple[str, str]:
    """The columns that tell runs apart, in `metrics` and in `configs`; empty where there is no such table, as Trackio makes it."""
    plain = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")}
    metrics, configs = ({row[1] for row in database.execute(f"PRAGMA table_info({table})")} for table in ("metrics", "configs"))
    if "metrics" not in plain or not {"run_name", "timestamp", "step", "metrics"} <= metrics:
        return "", ""
    by = "run_id" if "run_id" in metrics else "run_name"
    return by, by if "configs" in plain and {by, "config"} <= configs else ""
