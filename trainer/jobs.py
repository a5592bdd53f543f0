"""The app's side of background work: start a process that evaluates, bundles or imports, tell how it is, cancel it.

The format of a job's files is in `trainer.run_files.jobs`.
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import psutil
from filelock import Timeout

from .children import EXIT_PATIENCE_S, Child, child_about, forget_child, start_child
from .errors import FormatError, JobIsActiveError, RunDirectoryError, reason
from .processes import Worker
from .run_files.files import seconds_since
from .run_files.jobs import BUNDLE_FILE, LOG_FILE, UPLOADS_DIR, JobKind, JobRequest, Progress, read_progress, read_request, write_request
from .run_files.locks import locked
from .run_files.opening import make_folder, make_named_folder, real, remove_folder, replace_bytes
from .run_files.process_identity import ProcessIdentity
from .run_files.tails import log_tail

JOBS_DIR = ".jobs"
LONG_AGO = "2000-01-01T00:00:00.000Z"
LOCK_TIMEOUT_S = 3.0
START_PATIENCE_S = 60.0  # from the asking until the process must have said a word, on a busy machine
NICE = 0x4000 if os.name == "nt" else 10  # BELOW_NORMAL_PRIORITY_CLASS: training comes before background work

JOB_COMMANDS: frozenset[str] = frozenset(get_args(JobKind))  # of `python -m trainer`, one a kind

JobState = Literal["starting", "working", "done", "failed", "cancelled", "lost"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job at one moment.

    Attributes:
        state: the process's own word; `starting` before it, `lost` when it has ended without one.
        progress: None before its first word.
    """

    folder: Path
    request: JobRequest
    progress: Progress | None
    state: JobState

    @property
    def active(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ("starting", "working")

    @property
    def bundle(self) -> Path:
        """Where the bundle is that was made, or is to be imported."""
        return self.folder / BUNDLE_FILE


def start_job(runs_dir: Path, request: JobRequest, arguments: Sequence[str], *, files: Mapping[str, bytes] = MappingProxyType({})) -> None:
    """Start the process of a job; the one before it of its kind is put away.

    Args:
        runs_dir: where runs are kept.
        request: what was asked for.
        arguments: of `python -m trainer`; the folders are added, and the path of what is to be imported: of the file, or of the folder
            with all of them.
        files: name → content of what is to be imported.

    Raises:
        JobIsActiveError: there is one of its kind that has not ended.
        RunDirectoryError: its folder cannot be written.
        TrainerStartError: the process could not be started.
    """
    runs_dir = real(runs_dir)
    folder = runs_dir / JOBS_DIR / request.kind
    lock = folder.parent / f"{request.kind}.lock"
    try:
        make_named_folder(runs_dir)
        make_folder(folder.parent)
        with locked(lock, timeout_s=LOCK_TIMEOUT_S):
            before = look(runs_dir, request.kind)
            if before is not None and before.active:
                raise JobIsActiveError(f"One at a time: {before.request.title} is still being worked on. Wait for it, or cancel it.")
            if before is not None:
                put_away(before)
            remove_folder(folder)  # one that was never finished
            make_folder(folder, new=True)
            words = [*arguments, "--runs-dir", str(runs_dir), "--job", str(folder)]
            if files:
                words.append(str(_put_down(folder, files)))
            write_request(folder, request)
            child = start_child(words, folder / LOG_FILE, about=(folder, request.asked_at))
    except Timeout:
        raise RunDirectoryError(f"{folder.parent} is locked by another program for over {LOCK_TIMEOUT_S:g} s; try again.") from None
    except OSError as error:
        raise RunDirectoryError(f"Background work needs a writable {folder.parent}; it is not ({reason(error)}).") from None
    with contextlib.suppress(psutil.Error):
        psutil.Process(child.pid).nice(NICE)


def _put_down(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write what is to be imported into the folder of a job: a bundle under the name that it has there, logs into a folder of their own."""
    inner = folder if BUNDLE_FILE in files else folder / UPLOADS_DIR
    if inner != folder:
        make_folder(inner)
    for name, content in files.items():
        replace_bytes(inner / name, content)
    return inner / BUNDLE_FILE if inner == folder else inner


def look(runs_dir: Path, kind: JobKind) -> Job | None:
    """How the job of a kind is; None if there is none. Damaged files never raise: a job that nobody can read is lost."""
    folder = real(runs_dir) / JOBS_DIR / kind
    try:
        request = read_request(folder)
    except FormatError:
        request = JobRequest(kind, "a job whose file is damaged", [], asked_at=LONG_AGO)
    if request is None:
        return None
    child = _child(folder, request)
    exited = child is not None and child.ending() is not None
    progress = _progress(folder)
    if progress is not None and progress.state == "working" and _worker(folder, progress.process).find() is None:
        if child is not None and child.pid == progress.process.pid:
            child.ending(EXIT_PATIENCE_S)  # it says in the log what killed it
        progress = _progress(folder)  # it may have ended between the two looks
        exited = True
    return Job(folder, request, progress, _state(request, progress, exited=exited, ours=child is not None))


def _state(request: JobRequest, progress: Progress | None, *, exited: bool, ours: bool) -> JobState:
    if progress is not None and progress.state != "working":
        return progress.state
    if exited:
        return "lost"
    if progress is not None:
        return "working"
    return "starting" if ours or 0 <= seconds_since(request.asked_at) < START_PATIENCE_S else "lost"


def _progress(folder: Path) -> Progress | None:
    try:
        return read_progress(folder)
    except FormatError:
        return None


def all_jobs(runs_dir: Path) -> list[Job]:
    """Every job there is, one of a kind at most."""
    return [job for kind in get_args(JobKind) if (job := look(runs_dir, kind)) is not None]


def cancel_job(job: Job) -> None:
    """Ask the process of a job to give up; only ever one that provably is at work on it."""
    child = _child(job.folder, job.request)
    with contextlib.suppress(psutil.Error):
        if job.progress is not None:
            _worker(job.folder, job.progress.process).end("terminate")
        elif child is not None:
            _worker(job.folder, ProcessIdentity.of(psutil.Process(child.pid))).end("terminate")


def _child(folder: Path, request: JobRequest) -> Child | None:
    """The process of a job, if this one has started it: another app may have begun another job in the same folder."""
    return child_about((folder, request.asked_at))


def _worker(folder: Path, identity: ProcessIdentity) -> Worker:
    """What is claimed to be at work on a job: its command line names the folder."""
    return Worker(identity, folder, JOB_COMMANDS)


def put_away(job: Job) -> None:
    """Delete the folder of a job that has ended."""
    remove_folder(job.folder)
    forget_child((job.folder, job.request.asked_at))


def last_words(job: Job) -> str:
    """The last line that the process of a job has written; empty if there is none."""
    lines = log_tail(job.folder / LOG_FILE).splitlines()
    return next((line for line in reversed(lines) if line.strip()), "")[:500]
