"""What the scheduler needs of runs: make, queue and stop one, tell how it is, read its numbers.

`TrialRuns` is the protocol; `FolderRuns` are the runs of a folder, which wait in its queue.
"""

from typing import Literal, Protocol

from ..analysis.scores import Course, course_of
from ..config import RunSettings
from ..creating import create_run
from ..errors import FormatError, RunFinishedError, RunIsActiveError, RunNotQueuedError
from ..probing import START_PATIENCE_S, Probe, probe
from ..queueing import enqueue, see_to_queue
from ..run_files.config_file import StudyTrial
from ..run_files.control import update_control
from ..run_files.evaluations import evaluations_table
from ..run_files.files import seconds_since
from ..run_files.metrics import metrics_table
from ..run_files.opening import exists, remove_folder
from ..run_files.queue import taking_from_queue
from ..run_files.run_directory import RunDirectory
from ..run_files.study_directory import StudyDirectory
from ..starting import is_new
from ..tasks.metric import Metric

SWEEP = "sweep"  # who asks, in the files of a run

RunState = Literal["gone", "made", "waiting", "training", "finished", "held", "stopped", "failed", "died"]
"""`gone`: there is none; `made`: it was never trained and does not wait; `held`: the sweep itself
has stopped it; `stopped`: a person has; `failed`: by its own word; `died`: its trainer was killed,
or ended by a signal."""
AT_WORK: frozenset[str] = frozenset({"waiting", "training"})
TO_BE_QUEUED: frozenset[str] = frozenset({"made", "held", "died"})


class TrialRuns(Protocol):
    """The runs of a study's trials, by run id."""

    def make(self, run_id: str, settings: RunSettings, name: str, trial: int) -> None:
        """Make a run that is not there."""

    def enqueue(self, run_id: str) -> None:
        """Let a run wait until there is room for it; one that waits or trains stays as it is."""

    def look(self, run_id: str) -> tuple[RunState, str]:
        """How a run is, and why it failed."""

    def course(self, run_id: str, metric: Metric) -> Course:
        """The numbers of a run so far."""

    def stop(self, run_id: str) -> None:
        """Have a run stopped that waits or trains; one that was never trained is deleted."""

    def keep_going(self) -> None:
        """See to it that what waits is started."""


class FolderRuns:
    """The runs of a folder.

    Args:
        study: the study; its runs are made in the folder that it is in.
        on: the engine that trains them.
    """

    def __init__(self, study: StudyDirectory, on: str) -> None:
        self._study, self._on = study, on

    def make(self, run_id: str, settings: RunSettings, name: str, trial: int) -> None:
        """It is there as a whole or not at all: its `config.json` comes last."""
        origin = StudyTrial(self._study.study_id, trial)
        create_run(settings, name=name, runs_dir=self._study.runs_dir, by=SWEEP, run_id=run_id, study=origin)

    def enqueue(self, run_id: str) -> None:
        """One that has begun or ended meanwhile is looked at again anyway."""
        try:
            enqueue([self._run(run_id)], on=self._on, by=SWEEP)
        except (RunIsActiveError, RunFinishedError):
            return

    def look(self, run_id: str) -> tuple[RunState, str]:
        """From its files and its queue."""
        run = self._run(run_id)
        if not exists(run.config):
            return "gone", ""
        probed = probe(run)
        return _state(probed), probed.error or ""

    def course(self, run_id: str, metric: Metric) -> Course:
        """From the log that the metric is in."""
        run = self._run(run_id)
        table = evaluations_table(run) if metric.log == "evaluations" else metrics_table(run)
        table.refresh()
        return course_of(table.columns(), metric)

    def stop(self, run_id: str) -> None:
        """A trainer saves and stops; what was never trained holds nothing, and can be made again under the same id."""
        run = self._run(run_id)
        try:
            with taking_from_queue(run.path.parent, run_id):
                if is_new(run):
                    remove_folder(run.path)
        except (RunNotQueuedError, FormatError):
            if probe(run).active:
                update_control(run, by=SWEEP, run="stopped")

    def keep_going(self) -> None:
        """The process that starts what waits may have been killed."""
        see_to_queue(self._study.runs_dir)

    def _run(self, run_id: str) -> RunDirectory:
        return RunDirectory(self._study.runs_dir / run_id)


def _state(probed: Probe) -> RunState:
    control = probed.control
    asked_by = control.updated_by if control is not None and control.run == "stopped" else None
    if probed.state in ("queued", "finished"):
        return "waiting" if probed.state == "queued" else "finished"
    if asked_by not in (None, SWEEP) and not probed.active and probed.state != "failed":
        return "stopped"
    if is_new(probed.run) and not (control is not None and control.seq > 1):
        return "made"  # the process that empties the queue writes before it starts one
    if probed.active or _is_about_to_begin(probed):
        return "training"
    last_word = probed.status.state if probed.status is not None else ""
    if probed.state == "stopped" and asked_by == SWEEP:
        return "held"
    return "failed" if last_word == "failed" else "died"


def _is_about_to_begin(probed: Probe) -> bool:
    """Whether a trainer was started on it a moment ago: what there is may be the last word of the one before."""
    control, applied_seq = probed.control, probed.status.applied_seq if probed.status is not None else 0
    if control is None or control.run != "running" or control.seq <= applied_seq:
        return False
    try:
        return abs(seconds_since(control.updated_at)) < START_PATIENCE_S
    except (ValueError, TypeError, OverflowError):  # a control file may say anything there
        return False
