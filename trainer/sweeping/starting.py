"""The app's and the command line's side of a sweep: start it, tell how it is, stop it, go on with it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..children import child_about, start_child
from ..errors import LONGEST_REASON, FormatError, RunDirectoryError, SweepFinishedError, SweepIsActiveError, reason
from ..processes import Worker
from ..run_files.files import seconds_since
from ..run_files.locks import is_locked
from ..run_files.opening import real
from ..run_files.studies import ENDED, Progress, Study, make_study, read_progress, read_study, read_wanted, write_wanted
from ..run_files.study_directory import StudyDirectory, is_study
from ..run_files.tails import log_tail

COMMANDS = frozenset({"sweep"})
OWN_LINE = re.compile(r"\d{4}-\d\d-\d\dT")  # what it does is said with the time
START_PATIENCE_S = 20.0  # from the making of a study until its process must have said a word

SweepState = Literal["starting", "running", "stopping", "stopped", "finished", "failed", "interrupted", "gone"]
ACTIVE: frozenset[str] = frozenset({"starting", "running", "stopping"})


@dataclass(frozen=True, slots=True)
class SweepProbe:
    """How a sweep is at this moment.

    Attributes:
        state: the process's own word, or what it cannot say: `interrupted`: it has died; `gone`:
            the study was deleted.
        study: None if `study.json` cannot be read.
        progress: the last word of its process; None before its first.
        problem: one sentence about a file that cannot be read, or about what keeps it from going
            on; empty if there is none.
    """

    directory: StudyDirectory
    state: SweepState
    study: Study | None
    progress: Progress | None
    problem: str = ""

    @property
    def active(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in ACTIVE

    @property
    def pid(self) -> int | None:
        """Of the process that is at work on it."""
        return self.progress.process.pid if self.active and self.progress is not None else None


def start_sweep(runs_dir: Path, study: Study) -> StudyDirectory:
    """Make a study and start its process, which outlives this one.

    Raises:
        RunDirectoryError: the runs folder is not writable; nothing was made.
        TrainerStartError: the process could not be started; the study is there and can be resumed.
    """
    directory = make_study(real(runs_dir), study)
    _start_process(directory)
    return directory


def probe_sweep(directory: StudyDirectory) -> SweepProbe:
    """How a sweep is. Never raises for a damaged or deleted one."""
    if not is_study(directory):
        return SweepProbe(directory, "gone", None, None, f"The sweep {directory.study_id} was deleted.")
    problems = list[str]()
    study, progress = None, None
    try:
        study = read_study(directory)
        progress = read_progress(directory)
    except FormatError as error:
        problems.append(str(error))
    if progress is not None and progress.problem:
        problems.append(progress.problem)
    state = _state(directory, progress)
    if state == "interrupted":
        problems.append(_last_word(directory))
    return SweepProbe(directory, state, study, progress, " ".join(filter(None, problems)))


def stop_sweep(directory: StudyDirectory, *, by: str) -> None:
    """Stop a sweep: its process has the runs saved and stopped, and ends.

    One that was interrupted has its runs stopped, too.

    Raises:
        SweepFinishedError: it has ended already.
        RunDirectoryError: its folder is not writable.
        TrainerStartError: the process that stops its runs could not be started.
    """
    probed = probe_sweep(directory)
    if probed.state in ("stopped", "finished", "failed", "gone"):
        raise SweepFinishedError(f"{directory.study_id} is {probed.state}: there is nothing to stop.")
    _want(directory, "stopped", by)
    if not probed.active:
        _start_process(directory)


def resume_sweep(directory: StudyDirectory, *, by: str) -> None:
    """Go on with a sweep that was stopped or interrupted, exactly where it was.

    Raises:
        SweepIsActiveError: a process is at work on it.
        SweepFinishedError: it has made all its trials, or was deleted.
        RunDirectoryError: its folder is not writable.
        TrainerStartError: its process could not be started.
    """
    probed = probe_sweep(directory)
    if probed.state == "stopping" and read_wanted(directory) == "stopped":
        raise SweepIsActiveError(f"{directory.study_id} is still being stopped; resume it when that is done.")
    if probed.active:
        raise SweepIsActiveError(f"One process a sweep: one is at work on {directory.study_id} already ({probed.state}).")
    if probed.state in ("finished", "gone"):
        why = "it has made all its trials" if probed.state == "finished" else "it was deleted"
        raise SweepFinishedError(f"{directory.study_id} cannot be resumed: {why}.")
    _want(directory, "running", by)
    _start_process(directory)


def _want(directory: StudyDirectory, run: Literal["running", "stopped"], by: str) -> None:
    try:
        write_wanted(directory, run, by=by)
    except OSError as error:
        raise RunDirectoryError(f"{directory.control} cannot be written ({reason(error)}).") from None


def _start_process(directory: StudyDirectory) -> None:
    start_child(["sweep", "run", str(directory.path)], directory.log, about=directory.path)


def _state(directory: StudyDirectory, progress: Progress | None) -> SweepState:
    child = child_about(directory.path)
    if child is not None and (progress is None or progress.process.pid != child.pid):  # what there is is of an earlier process
        return "starting" if child.ending() is None else "interrupted"
    if progress is None:
        return "starting" if is_locked(directory.lock) or _is_young(directory) else "interrupted"
    if progress.state in ENDED:
        return progress.state
    alive = Worker(progress.process, directory.path, COMMANDS, lock=directory.lock).find() is not None
    return progress.state if alive else "interrupted"


def _last_word(directory: StudyDirectory) -> str:
    """Why a process has died, as the end of its log tells it; empty if that is only what it was doing."""
    last = next((line for line in reversed(log_tail(directory.log).splitlines()) if line.strip()), "")
    return "" if OWN_LINE.match(last) else last[:LONGEST_REASON]


def _is_young(directory: StudyDirectory) -> bool:
    """Whether its process may not have said a word yet."""
    try:
        return abs(seconds_since(read_study(directory).created_at)) < START_PATIENCE_S
    except FormatError:
        return False
