"""`runs/queue.json`: the runs that wait to be trained, in the order in which they will be started.

| field | meaning |
|---|---|
| `entries` | one object a waiting run; a run that has been started is not among them |
| `run` | its run id: an ordinary run directory, new or ended |
| `on` | where it is to be trained: empty for this machine, else an engine and its address, `ray:HOST:PORT` |
| `queued_at`, `by` | UTC time, and who asked: `app`, `cli`, `sweep` |
| `after_seq` | `seq` of its `control.json` when it was queued; a trainer that has applied a later one was started since |
| `now` | whether it is to be started at once, however many others are at work |

Anybody may change it, under `queue.lock`, and it is replaced whole. A change is an act on a run: put it at the end, move it, remove
it, start it. Nobody writes a list that was read before, so that two pages at once undo nothing of each other. Readers never lock. A
damaged file is never replaced: which runs waited is then not known, and their directories are whole.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import Timeout

from ..errors import FormatError, RunDirectoryError, RunNotQueuedError, reason
from .fields import from_fields
from .files import now_text, read_document, replace_document
from .locks import locked
from .opening import Stamp, require_folder, stamp
from .run_directory import RunDirectory

QUEUE_FILE, QUEUE_LOCK = "queue.json", "queue.lock"
LOCK_TIMEOUT_S = 3.0
MAX_WAITING = 2_000  # in one folder: what a document may hold is enough for twice as many

Place = Literal["up", "down", "first", "last"]
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A run that waits."""

    run: str
    on: str = ""
    queued_at: str = field(default_factory=now_text)
    by: str = ""
    after_seq: int = 0
    now: bool = False


def read_queue(runs_dir: Path) -> tuple[QueueEntry, ...]:
    """The runs that wait, the next one first. A file that has not changed is not read again.

    Raises:
        FormatError: it is damaged, of an unknown version, or cannot be read.
    """
    path = runs_dir / QUEUE_FILE
    seen = stamp(path)
    try:
        return _read_once(path, seen) if seen is not None else ()
    except FileNotFoundError:  # deleted in this moment
        return ()


@functools.lru_cache(16)
def _read_once(path: Path, _seen: Stamp) -> tuple[QueueEntry, ...]:
    return _read(path)


def _read(path: Path) -> tuple[QueueEntry, ...]:
    try:
        return _entries(read_document(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        problem = f"{QUEUE_FILE} cannot be read ({reason(error)})"
    except FormatError as error:
        problem = f"{'' if str(error).startswith(QUEUE_FILE) else f'In {QUEUE_FILE}, '}{str(error).rstrip('.')}"
    raise FormatError(f"{problem}; which runs wait is not known, but they are whole: delete the file and queue them again.")


def _entries(document: dict[str, Any]) -> tuple[QueueEntry, ...]:
    entries = document.get("entries")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise FormatError("entries must be a list of objects")
    return tuple(from_fields(QueueEntry, one) for one in entries)


def find_entry(runs_dir: Path, run_id: str) -> QueueEntry | None:
    """The entry of a run; None if it does not wait.

    Raises:
        FormatError: as `read_queue`.
    """
    return _by_run(read_queue(runs_dir)).get(run_id)


def waits(run: RunDirectory) -> bool:
    """Whether a run is in the queue of its folder; no if nobody can tell."""
    with contextlib.suppress(FormatError):
        return find_entry(run.path.parent, run.run_id) is not None
    return False


@functools.lru_cache(16)
def _by_run(entries: tuple[QueueEntry, ...]) -> dict[str, QueueEntry]:
    """Cached: each look at a run asks."""
    return {entry.run: entry for entry in entries}


def add_to_queue(runs_dir: Path, entries: Sequence[QueueEntry]) -> None:
    """Put runs at the end; one that waits already keeps its place.

    Raises:
        FormatError: the file is damaged; nothing was changed. So it is with each of the following.
        RunDirectoryError: too many would wait, the folder cannot be written, or the lock was not free within 3 seconds.
    """
    with _editing(runs_dir) as queue:
        waiting = {entry.run for entry in queue}
        queue += [entry for entry in entries if entry.run not in waiting]
        if len(queue) > MAX_WAITING:
            raise RunDirectoryError(f"At most {MAX_WAITING:,} runs may wait in the queue; these would make it {len(queue):,}.")


def move_in_queue(runs_dir: Path, run_id: str, place: Place) -> None:
    """Let a run be started earlier or later.

    Raises:
        RunNotQueuedError: it does not wait any more.
        FormatError, RunDirectoryError: see `add_to_queue`.
    """
    with _editing(runs_dir) as queue:
        at = _index(queue, run_id)
        to = {"up": max(0, at - 1), "down": at + 1, "first": 0, "last": len(queue)}[place]
        queue.insert(to, queue.pop(at))


def mark_to_start_now(runs_dir: Path, run_id: str) -> None:
    """Ask for a run to be started at once; see `move_in_queue` for what is raised."""
    with _editing(runs_dir) as queue:
        at = _index(queue, run_id)
        queue[at] = replace(queue[at], now=True)


@contextlib.contextmanager
def taking_from_queue(runs_dir: Path, run_id: str) -> Iterator[QueueEntry]:
    """Remove a run, after what the caller does with it under the lock has gone well: start it, or put it away.

    Nobody else can do either meanwhile. If the process is killed in between, the entry is still there.

    Raises:
        RunNotQueuedError, FormatError, RunDirectoryError: see `move_in_queue`.
    """
    with _editing(runs_dir) as queue:
        at = _index(queue, run_id)
        yield queue[at]
        del queue[at]


def unless_any_wait(runs_dir: Path, on: str, act: Callable[[], None]) -> bool:
    """Do something if no run waits to be trained there, while nobody can queue one. Returns whether it was done.

    Raises:
        FormatError, RunDirectoryError: see `add_to_queue`.
    """
    with _editing(runs_dir) as queue:
        if any(entry.on == on for entry in queue):
            return False
        act()
        return True


@contextlib.contextmanager
def _editing(runs_dir: Path) -> Iterator[list[QueueEntry]]:
    """The entries, to be changed under the lock; they are written if they were, and if nothing was raised."""
    path = runs_dir / QUEUE_FILE
    try:
        require_folder(runs_dir)
        with locked(runs_dir / QUEUE_LOCK, timeout_s=LOCK_TIMEOUT_S):
            try:
                before = _read(path)  # not what is kept: two writes in one tick of the clock may have the same stamp
            except FileNotFoundError:
                before = ()
            entries = list(before)
            yield entries
            if tuple(entries) != before:
                replace_document(path, {"entries": [asdict(entry) for entry in entries]})
    except Timeout:
        raise RunDirectoryError(f"{QUEUE_FILE} is locked by another program for over {LOCK_TIMEOUT_S:g} s; try again.") from None
    except OSError as error:
        raise RunDirectoryError(f"{QUEUE_FILE} in {runs_dir} cannot be written ({reason(error)}); mend that and try again.") from None


def _index(queue: Sequence[QueueEntry], run_id: str) -> int:
    for at, entry in enumerate(queue):
        if entry.run == run_id:
            return at
    raise RunNotQueuedError(f"{run_id} does not wait in the queue any more: it was started, cancelled or deleted.")
