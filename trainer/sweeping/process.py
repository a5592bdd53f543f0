"""The detached process of a sweep: `python -m trainer sweep run STUDY`.

It looks, acts, and says in `progress.json` how far it is. It can be killed at any moment; whoever
resumes the sweep starts another one, which goes on. No signal means anything to it: what the user
wants stands in `control.json`.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from filelock import Timeout

from ..errors import (
    ControlRoomError,
    FormatError,
    RunDirectoryError,
    StudyNotFoundError,
    SweepIsActiveError,
    TaskNotFoundError,
    described,
    reason,
)
from ..resources import usable_cores
from ..run_files.files import now_text
from ..run_files.locks import locked
from ..run_files.process_identity import ProcessIdentity
from ..run_files.studies import Progress, SweepWord, read_progress, read_study, read_wanted, write_progress
from ..run_files.study_directory import StudyDirectory, is_study
from .journal import Journal, importance_of
from .scheduler import Scheduler
from .trial_runs import FolderRuns, TrialRuns

LOOK_INTERVAL_S = 0.25
AHEAD = 1  # runs that wait so that a core that becomes free has something to do at once


class SweepProcess:
    """A sweep at work.

    Args:
        directory: of the study.
        runs: its runs.
        ahead: see `Scheduler`.
        say: gets one sentence about each thing that happens.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        directory: StudyDirectory,
        runs: TrialRuns,
        *,
        ahead: int = 0,
        say: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._directory, self._say, self._sleep = directory, say, sleep
        self._scheduler = Scheduler(directory, runs, ahead=ahead, say=say)
        self._journal = Journal(directory)
        self._written: Progress | None = None
        self._settled = -1  # trials, when the importance was last worked out
        self._importance: dict[str, float] = {}
        self._problem = ""

    def until_done(self) -> Progress | None:
        """Look until nothing is left to do, or somebody wants it stopped. Returns its last word; None: the study was deleted."""
        while True:
            if not is_study(self._directory):
                self._say("The study was deleted: its runs are stopped, and stay.")
                self._scheduler.stop()
                return None
            state = self._look()
            if self._tell(state) and state in ("stopped", "finished", "failed"):
                return self._written
            self._sleep(LOOK_INTERVAL_S)

    def _look(self) -> SweepWord:
        wanted = read_wanted(self._directory)
        try:
            if wanted == "stopped":
                return "stopping" if self._scheduler.stop() else "stopped"
            left = self._scheduler.look()
            self._journal.keep(self._scheduler.trials)
        except (OSError, ControlRoomError) as error:
            self._set_problem(described(error) if isinstance(error, ControlRoomError) else f"It cannot go on now ({reason(error)}).")
            return "stopping" if wanted == "stopped" else "running"
        self._set_problem("")
        if left:
            return "running"
        return "finished" if self._scheduler.best() is not None else "failed"

    def _set_problem(self, problem: str) -> None:
        if problem and problem != self._problem:
            self._say(problem)
        self._problem = problem

    def _tell(self, state: SweepWord) -> bool:
        """Write `progress.json` if there is something new. Returns whether it says all."""
        progress = Progress(
            process=ProcessIdentity.own(),
            state=state,
            error=self._why_failed() if state == "failed" else "",
            problem=self._problem,
            importance=self._importance_now(),
            best=self._scheduler.best(),
            confirmed=self._scheduler.confirmed(),
            written_at="",
        )
        if progress == self._written:
            return True
        try:
            write_progress(self._directory, replace(progress, written_at=now_text()))
        except OSError as error:
            self._set_problem(f"progress.json cannot be written ({reason(error)}).")
            return False
        self._written = progress
        return True

    def _importance_now(self) -> dict[str, float]:
        settled = sum(one.settled for one in self._scheduler.trials)
        if settled != self._settled:
            self._importance = importance_of(self._scheduler.study, self._scheduler.trials)
            self._settled = settled
        return self._importance

    def _why_failed(self) -> str:
        first = next((one for one in self._scheduler.trials if one.error), None)
        return f"No trial was completed. The first problem: {first.error}" if first else "No trial was completed."


def run_sweep(directory: StudyDirectory, *, say: Callable[[str], None]) -> bool:
    """Be the process of a sweep until it has ended. Returns whether it went well.

    Raises:
        SweepIsActiveError: another process is at work on it.
        StudyNotFoundError: there is none.
        RunDirectoryError: its folder is not writable, or has no locks.
    """
    try:
        with locked(directory.lock, timeout_s=0):
            return _run_alone(directory, say)
    except Timeout:
        raise SweepIsActiveError(f"One process a sweep: another one is at work on {directory.study_id}.") from None
    except OSError as error:
        raise RunDirectoryError(f"{directory.path} must be writable; it is not ({reason(error)}).") from None


def _run_alone(directory: StudyDirectory, say: Callable[[str], None]) -> bool:
    if not is_study(directory):
        raise StudyNotFoundError(f"The sweep {directory.study_id} was deleted.")
    write_progress(directory, Progress(ProcessIdentity.own()) if (before := _before(directory)) is None else before)
    try:
        study = read_study(directory)
        ahead = AHEAD if not study.on and study.workers >= usable_cores() else 0
        ended = SweepProcess(directory, FolderRuns(directory, study.on), ahead=ahead, say=say).until_done()
    except (FormatError, TaskNotFoundError) as error:
        write_progress(directory, Progress(ProcessIdentity.own(), "failed", error=str(error)))
        raise
    return ended is not None and ended.state != "failed"


def _before(directory: StudyDirectory) -> Progress | None:
    """What an earlier process had found, as this one's word."""
    try:
        before = read_progress(directory)
    except FormatError:
        return None
    return replace(before, process=ProcessIdentity.own(), state="running", error="", problem="") if before else None
