"""The app's and the command line's side of the queue: let runs wait, move, cancel and start them, and see that somebody starts them.

What starts them is a detached process, `python -m trainer queue run`, one a folder of runs and engine; see `queue_process`. It ends when
nothing waits. Whoever changes the queue, or looks at it while something waits, makes sure that there is one: so the queue outlives
the app and the machine.
"""

import hashlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .children import child_about, start_child
from .config import RunSettings
from .creating import create_runs
from .errors import ControlFileError, FormatError, RunDirectoryError
from .run_files.control import read_control, update_control
from .run_files.locks import is_locked
from .run_files.opening import real, remove_folder
from .run_files.permission import is_permitted
from .run_files.placements import engines_with_placements
from .run_files.queue import (
    Place,
    QueueEntry,
    add_to_queue,
    mark_to_start_now,
    move_in_queue,
    read_queue,
    taking_from_queue,
)
from .run_files.run_directory import RunDirectory
from .run_files.tails import log_tail
from .run_files.trash import move_to_trash
from .starting import is_new, require_startable

RESTART_AFTER_S = 10.0  # a process that ends although something waits is not started again at once
LOCAL = ""
ERROR = "error: "  # begins the last line of a process that has failed

_started_at: dict[tuple[Path, str], float] = {}  # by the monotonic clock


def enqueue(runs: Sequence[RunDirectory], *, on: str = LOCAL, by: str) -> None:
    """Let runs of one folder wait until there is room for them: new ones, or ones that have ended and go on.

    Args:
        runs: in the order in which they are to be started. One that waits already keeps its place.
        on: where: empty for this machine.
        by: who asks: `app`, `cli`, the address of a person, ….

    Raises:
        RunIsActiveError, RunFinishedError, RunElsewhereError: see `require_startable`; nothing was queued.
        FormatError: the queue's file is damaged; nothing was queued.
        RunDirectoryError: the folder is not writable.
        TrainerStartError: they wait, and the process that starts them could not be started.
    """
    for run in runs:
        if not is_new(run):
            require_startable(run)
    for runs_dir in dict.fromkeys(run.path.parent for run in runs):
        entries = [QueueEntry(run.run_id, on, by=by, after_seq=_seq(run)) for run in runs if run.path.parent == runs_dir]
        add_to_queue(runs_dir, entries)
        see_to_queue(runs_dir)


def queue_new(wanted: Iterable[tuple[RunSettings, str]], *, on: str = LOCAL, by: str, **more: Any) -> list[RunDirectory]:
    """Make runs and let them wait, or make none.

    Args:
        wanted: the settings and the name of each, in the order in which they are to be started.
        on: see `enqueue`.
        by: see `enqueue`.
        more: what all have, as `create_run` takes it.

    Raises:
        ControlRoomError: see `create_run` and `enqueue`.
    """
    runs = create_runs(wanted, by=by, **more)
    try:
        enqueue(runs, on=on, by=by)
    except (FormatError, RunDirectoryError):
        for run in runs:
            remove_folder(run.path)
        raise
    return runs


def _seq(run: RunDirectory) -> int:
    try:
        return read_control(run).seq
    except ControlFileError:
        return 0


def move_queued(run: RunDirectory, place: Place) -> None:
    """Let a run be started earlier or later.

    Raises:
        RunNotQueuedError: it does not wait any more.
        FormatError, RunDirectoryError: see `enqueue`.
    """
    move_in_queue(run.path.parent, run.run_id, place)
    see_to_queue(run.path.parent)


def start_now(run: RunDirectory) -> None:
    """Have a run that waits started at once, however many others are at work; see `move_queued` for what is raised."""
    mark_to_start_now(run.path.parent, run.run_id)
    see_to_queue(run.path.parent)


def cancel_queued(run: RunDirectory, *, by: str = "app") -> bool:
    """Let a run wait no longer. One that was never trained goes to the trash, as nothing is in it; another stays as it was left.

    Args:
        run: one that waits.
        by: who asks.

    Returns:
        Whether it went to the trash.

    Raises:
        RunNotQueuedError: it does not wait any more: it may have been started.
        FormatError, RunDirectoryError: see `enqueue`.
    """
    with taking_from_queue(run.path.parent, run.run_id):
        if not is_new(run):
            return False
        update_control(run, by=by, run="stopped")  # so it is called, should somebody bring it back
        move_to_trash(run)
        return True


def waiting(runs_dir: Path) -> tuple[QueueEntry, ...]:
    """The runs that wait, the next one first; see to it that somebody starts them.

    Raises:
        FormatError: the queue's file is damaged.
    """
    see_to_queue(real(runs_dir))
    return read_queue(real(runs_dir))


def see_to_queue(runs_dir: Path) -> None:
    """Start the processes that are needed and are not there: for what waits, and for what is trained on other machines.

    Raises:
        FormatError: the queue's file is damaged.
        TrainerStartError: a process could not be started.
    """
    if not is_permitted():  # who only looks starts nothing
        return
    for on in _needed(runs_dir):
        about = (runs_dir, on)
        child = child_about(about)
        ending = child.ending() if child is not None else None
        is_starting = child is not None and ending is None
        lately = time.monotonic() - _started_at.get(about, -RESTART_AFTER_S) < RESTART_AFTER_S
        failed_lately = ending is not None and ending.exit_code != 0 and lately
        if is_starting or failed_lately or is_locked(process_lock(runs_dir, on)):
            continue
        _started_at[about] = time.monotonic()
        words = ["queue", "run", "--runs-dir", str(runs_dir), *(["--on", on] if on else [])]
        start_child(words, process_log(runs_dir, on), about=about)


def queue_problems(runs_dir: Path) -> list[str]:
    """Why nothing is started, in one sentence for each process that is needed and has ended with one: there is no such cluster, say.

    Raises:
        FormatError: the queue's file is damaged.
    """
    idle = [on for on in _needed(runs_dir) if not is_locked(process_lock(runs_dir, on))]
    last = [log_tail(process_log(runs_dir, on), 1).strip() for on in idle]
    return [line.removeprefix(ERROR) for line in last if line.startswith(ERROR)]


def _needed(runs_dir: Path) -> tuple[str, ...]:
    """The engines for which there must be a process."""
    return (*dict.fromkeys((*(entry.on for entry in read_queue(runs_dir)), *engines_with_placements(runs_dir))),)


def process_lock(runs_dir: Path, on: str) -> Path:
    """Held by the process that starts the runs of a folder there."""
    return runs_dir / f"queue-process{_mark(on)}.lock"


def process_log(runs_dir: Path, on: str) -> Path:
    """What that process has to say."""
    return runs_dir / f"queue-process{_mark(on)}.log"


def _mark(on: str) -> str:
    return f"-{hashlib.sha256(on.encode()).hexdigest()[:8]}" if on else ""
