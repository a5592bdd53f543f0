"""Tell how a run is: from its lock, its status, its control file and the end of its trainer's process."""

import contextlib
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import psutil

from .children import EXIT_PATIENCE_S, child_about, forget_child
from .endings import Ending, recorded_ending
from .errors import ControlFileError, FormatError
from .processes import Worker
from .run_files.config_file import ConfigFile, read_config
from .run_files.control import Control, read_control, require_near
from .run_files.files import seconds_since
from .run_files.opening import exists, is_real_folder, looking_once
from .run_files.placements import read_placement
from .run_files.process_identity import ProcessIdentity
from .run_files.queue import find_entry
from .run_files.run_directory import RunDirectory
from .run_files.run_lock import is_lock_readable, is_run_locked, names_of_lock
from .run_files.status import FINAL_STATES, STALLED_AFTER_S, Status, read_status
from .run_files.tails import log_tail
from .run_files.trash import trash_of
from .tasks import describe

START_PATIENCE_S = 20.0  # from the making of a run until its trainer must have taken the lock
UNREADABLE_LOCK = "run.lock belongs to another user and cannot be read: whether a trainer is at work is told by status.json alone."
OR_THE_SYSTEMS_LOG = "" if os.name == "nt" else ", or dmesg if the memory ran out"
ALREADY_ACTIVE = 3  # exit code of a trainer that found another one at work on its run

ProbedState = Literal[
    "queued",
    "starting",
    "running",
    "paused",
    "stopping",
    "finished",
    "stopped",
    "failed",
    "imported",
    "following",
    "crashed",
    "orphaned",
    "stalled",
    "gone",
]
ENDED_FOR_GOOD: frozenset[str] = frozenset({"finished", "imported"})  # no trainer ever goes on with it, so that its lock says nothing
IMPORTED_STATES: frozenset[str] = frozenset({"imported", "following"})
ACTIVE_STATES: frozenset[str] = frozenset({"starting", "running", "paused", "stopping", "stalled"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ended:
    """A trainer that ended, and whose status was by then.

    `spoke`: whether the status is its own. If not, it is of an earlier process, or there is none.
    """

    how: Ending
    spoke: bool
    status_of: ProcessIdentity | None


_ended: dict[Path, _Ended] = {}


@dataclass(frozen=True, slots=True)
class Probe:
    """How a run is at this moment.

    Attributes:
        state: the trainer's own word, or what a dead process cannot say: `crashed` (no trainer and no final state), `orphaned`
            (the same, and the machine was restarted since), `stalled` (alive but frozen), `gone` (the run directory was deleted).
            `queued`: it waits in `queue.json`. `following`: it is imported, and a process keeps it up to date.
        control: what the user wants; None if `control.json` is missing or damaged.
        status: what the trainer last wrote; None before its first word.
        pending: whether a command waits to be applied by a living trainer.
        problem: one sentence about a file that could not be read, or None.
        error: one sentence about why the run has failed or stands still, or None.
    """

    run: RunDirectory
    state: ProbedState
    config: ConfigFile | None
    control: Control | None
    status: Status | None
    pending: bool
    problem: str | None
    error: str | None = None

    @property
    def active(self) -> bool:
        """Whether a trainer is at work on the run."""
        return self.state in ACTIVE_STATES

    @property
    def growing(self) -> bool:
        """Whether something is written to the run: a trainer is at work on it, or it is imported and being followed."""
        return self.active or self.state == "following"


def _note_ending(run: RunDirectory) -> None:
    """Remember how a trainer of ours has ended and whose the status was by then; its parent forgets it."""
    child = child_about(run.path)
    how = child.ending() if child is not None else None
    if child is None or how is None:
        return
    status = _read(lambda: read_status(run), [])
    spoke = status is not None and status.process.pid == child.pid
    if spoke or how.exit_code not in (0, ALREADY_ACTIVE):
        _ended[run.path] = _Ended(how, spoke, status.process if status else None)
    else:
        _ended.pop(run.path, None)  # what is there is of the trainer before
    forget_child(run.path)


def _wait_for_exit(run: RunDirectory, status: Status) -> None:
    """Collect a trainer of ours that gave up its lock a moment ago, as a process does when it dies."""
    child = child_about(run.path)
    if child is not None and child.pid == status.process.pid:
        child.ending(EXIT_PATIENCE_S)
        _note_ending(run)


def probe(run: RunDirectory) -> Probe:
    """How a run is: from its lock, its status and its control file. Never raises for a damaged or deleted run."""
    _note_ending(run)
    with looking_once(run.path):
        return _probe(run)


def _probe(run: RunDirectory) -> Probe:
    problems: list[str] = []
    config = _read(lambda: read_config(run), problems)
    if config is None and not is_real_folder(run.path):
        return Probe(run, "gone", None, None, None, pending=False, problem=_gone(run))
    uncontrolled: list[str] = []
    status = _read(lambda: read_status(run), problems)
    control = _read(lambda: _near(read_control(run), status), uncontrolled)
    if status is None or status.state not in IMPORTED_STATES:  # nobody ever controls an imported run
        problems += uncontrolled
    alive = (status is None or status.state not in ENDED_FOR_GOOD) and is_run_locked(run)
    if alive and not is_lock_readable(run):
        problems.append(UNREADABLE_LOCK)
        alive = _seems_alive(status)
    if not alive and status is not None and status.state not in FINAL_STATES:
        _wait_for_exit(run, status)
        status = _read(lambda: read_status(run), problems)  # it may have ended between the two looks
    queued = not alive and _is_queued(run, status, problems)
    state = "queued" if queued else _state(run, config, status, control, alive=alive)
    waits = control is not None and control.seq > (status.applied_seq if status else 0)
    return Probe(
        run, state, config, control, status,
        pending=waits and state in ACTIVE_STATES, problem=" ".join(problems) or None, error=_error(run, state, config, status, control),
    )  # fmt: skip


def _gone(run: RunDirectory) -> str:
    if is_real_folder(trash_of(run.path.parent) / run.run_id):
        return f"The run {run.run_id} is in the trash; the Analytics page can bring it back."
    return f"The run {run.run_id} was deleted from disk."


def _near(control: Control, status: Status | None) -> Control:
    require_near(control, status.applied_seq if status is not None else 0)
    return control


def _read(reader: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return reader()
    except (FormatError, ControlFileError) as error:
        problems.append(str(error))
    except OSError:
        pass
    return None


def _is_queued(run: RunDirectory, status: Status | None, problems: list[str]) -> bool:
    """Whether it waits in the queue; if nobody can tell, one that was trained before is as it was left."""
    if status is not None and status.state in ENDED_FOR_GOOD:
        return False
    return _read(lambda: find_entry(run.path.parent, run.run_id), problems if status is None else []) is not None


def _state(run: RunDirectory, config: ConfigFile | None, status: Status | None, control: Control | None, *, alive: bool) -> ProbedState:
    if status is not None and status.state == "following":  # only the lock tells whether somebody still does
        return "following" if alive else "imported"
    if not alive:
        return _state_without_trainer(run, config, status, control)
    if status is None or (status.state in FINAL_STATES and trainer_process(run, status) is None):
        return "starting"  # what there is was written by an earlier process
    frozen = status.hangs is not None or (status.state == "running" and status.seconds_since_step > STALLED_AFTER_S)
    return "stalled" if frozen or heartbeat_age_s(status) > STALLED_AFTER_S else status.state


def _state_without_trainer(run: RunDirectory, config: ConfigFile | None, status: Status | None, control: Control | None) -> ProbedState:
    child = child_about(run.path)
    if child is not None and (status is None or status.process.pid != child.pid):
        return "starting"  # what there is was written by an earlier process
    if (ended := _ended_trainer(run, status)) is not None and not ended.spoke:
        return "failed"
    if status is None:
        return _state_before_any_word(run, config, control)
    if status.state in FINAL_STATES:
        return status.state
    return "orphaned" if status.process.is_of_an_earlier_boot() else "crashed"


def _state_before_any_word(run: RunDirectory, config: ConfigFile | None, control: Control | None) -> ProbedState:
    """Of a run without a status: it was just made, or taken from the queue in which it had waited, or was never started."""
    if exists(run.run_lock) or config is None:
        return "crashed"
    if control is not None and control.run == "stopped":
        return "stopped"
    asked_at = control.updated_at if control is not None else ""
    return "starting" if any(map(_is_recent, (config.created_at, asked_at))) else "crashed"


def _is_recent(text: str) -> bool:
    """Whether a trainer that was asked for then may still be about to take the lock."""
    with contextlib.suppress(ValueError, TypeError, OverflowError):  # a control file may say anything there
        return abs(seconds_since(text)) < START_PATIENCE_S
    return False


def _seems_alive(status: Status | None) -> bool:
    """Whether a trainer is at work by what the status says, where the lock tells nothing."""
    if status is None or status.state in FINAL_STATES:
        return status is None
    return status.process.host != platform.node() or status.process.find() is not None


def heartbeat_age_s(status: Status) -> float:
    """Seconds since a living trainer's last heartbeat, by the clock that both processes share and nobody sets; 0 if there is none."""
    if status.heartbeat_monotonic_s is None or status.process.host != platform.node():
        return 0.0
    return max(0.0, time.monotonic() - status.heartbeat_monotonic_s)


def _ended_trainer(run: RunDirectory, status: Status | None) -> _Ended | None:
    """How the last trainer here has ended, and none has been at work since: as its parent knows it, or as the log tells it."""
    process = status.process if status else None
    ended = _ended.get(run.path)
    if ended is not None and ended.status_of == process:
        return ended
    if status is not None and status.state in FINAL_STATES:
        return None
    recorded = recorded_ending(log_tail(run.log, 1))
    return _Ended(recorded[1], status is not None and status.process.pid == recorded[0], process) if recorded else None


def _error(run: RunDirectory, state: ProbedState, config: ConfigFile | None, status: Status | None, control: Control | None) -> str | None:
    if state == "stalled":
        return _suspended(run, status) or (status.hangs if status is not None else None)
    if state == "crashed" and (of_original := _is_trained_elsewhere(run, status)):
        return of_original
    ended = _ended_trainer(run, status)
    if state == "crashed" and status is not None:
        return _crash(ended, config, asked=control is not None and control.run == "stopped")
    if state != "failed":
        return None
    if ended is None or ended.spoke:
        return status.error if status else None
    what = "could not be started" if status is None else "could not be resumed"
    return f"The run {what}: its trainer ended at once ({ended.how.words()}). The end of trainer.log says why."


def _crash(ended: _Ended | None, config: ConfigFile | None, *, asked: bool) -> str:
    if config is not None and (elsewhere := describe(config.task).elsewhere):
        return f"Its program ended without a word. {elsewhere}"
    what = "was asked to stop and did not end in good order" if asked else "died unexpectedly"
    how = f": {ended.how.words(asked=asked)}" if ended else ""
    more = "" if ended else f" The end of trainer.log may say why{OR_THE_SYSTEMS_LOG}."
    return f"The trainer {what}{how}. Resume continues from the last checkpoint.{more}"


def _suspended(run: RunDirectory, status: Status | None) -> str | None:
    process = trainer_process(run, status)
    with contextlib.suppress(psutil.Error):
        if process is not None and process.status() == psutil.STATUS_STOPPED:
            return f"The trainer's process is suspended (by SIGSTOP or a debugger). It goes on after: kill -CONT {process.pid}"
    if process is None and names_of_lock(run) > 1:
        return (
            "This is a copy, made of hard links, of a run that is being trained in another folder: they share one run.lock. "
            "To go on with the copy, delete its run.lock."
        )
    return None


def _is_trained_elsewhere(run: RunDirectory, status: Status | None) -> str | None:
    """What there is to say of a run whose trainer is on another machine, and of a copy of one that is trained where it was copied from."""
    if (placement := read_placement(run.path.parent, run.run_id)) is not None:
        where = placement.node or placement.on
        return f"It is trained on {where}; the process that brings its files has ended and starts again with the next look at the queue."
    process = status.process.find() if status is not None and status.state not in FINAL_STATES else None
    if process is None or trainer_process(run, status) is not None:
        return None
    return (
        f"No trainer is at work on this folder; process {process.pid}, which its status names, is not its own. It looks like a copy of a "
        "run that is being trained elsewhere. Resume goes on with the copy from its last checkpoint."
    )


def trainer_worker(run: RunDirectory, status: Status | None) -> Worker | None:
    """What the status claims to be the run's trainer; it has yet to be found."""
    return Worker(status.process, run.path, lock=run.run_lock) if status is not None else None


def trainer_process(run: RunDirectory, status: Status | None) -> psutil.Process | None:
    """The process a status speaks of, only if it provably is a trainer of this run: never a stranger that a file names."""
    worker = trainer_worker(run, status)
    return worker.find() if worker is not None else None
