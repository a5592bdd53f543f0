"""Start a detached trainer on a run: on one that was just made, or on one that has ended and goes on."""

from contextlib import suppress

from .children import start_child
from .errors import RunElsewhereError, RunFinishedError, RunIsActiveError
from .probing import IMPORTED_STATES, Probe, probe, trainer_process
from .run_files.control import read_control, update_control
from .run_files.opening import exists
from .run_files.placements import remove_placement
from .run_files.run_directory import RunDirectory
from .run_files.status import FINAL_STATES
from .tasks import describe


def is_new(run: RunDirectory) -> bool:
    """Whether it was made and no trainer has been at work on it yet."""
    return exists(run.config) and not (exists(run.run_lock) or exists(run.status))


def require_startable(run: RunDirectory) -> Probe:
    """Refuse a run that no trainer of ours can begin with or go on with now. Returns how it is.

    Raises:
        RunIsActiveError: a trainer is at work on it.
        RunFinishedError: all its steps are done.
        RunElsewhereError: a script of the user's own trains it.
    """
    probed = probe(run)
    at_work = probed.status is not None and probed.status.state not in FINAL_STATES and trainer_process(run, probed.status) is not None
    if probed.active or at_work:  # at work without its lock: somebody has deleted the file, and it is about to make a new one
        raise RunIsActiveError(f"One trainer a run: {run.run_id} is being trained already ({probed.state}).")
    if probed.state == "finished":
        raise RunFinishedError(f"{run.run_id} is finished: there is nothing to go on with. Start a new run with more steps.")
    if probed.config is not None and (why := describe(probed.config.task).elsewhere):
        raise RunElsewhereError(f"{run.run_id} cannot be resumed from here. {why}")
    if probed.state in IMPORTED_STATES and exists(run.source):
        raise RunFinishedError(f"{run.run_id} was imported: another program has trained it, and it cannot go on here. Start a new run.")
    if probed.state in IMPORTED_STATES:
        raise RunFinishedError(f"{run.run_id} was imported: it has a model and no past to go on with. Fork it to train the model on.")
    return probed


def prepare_resume(run: RunDirectory, *, by: str) -> int:
    """Get a run ready to be trained, from its last checkpoint on if it has one. Returns the `seq` of its control file.

    Args:
        run: a run that waits in the queue, or that was stopped, has failed or has crashed.
        by: who asks: `app` or `cli`.

    Raises:
        RunIsActiveError, RunFinishedError, RunElsewhereError: see `require_startable`.
        RunDirectoryError: it is gone or not writable.
    """
    status = require_startable(run).status
    with suppress(OSError):
        remove_placement(run.path.parent, run.run_id)  # whoever goes on with it takes it from where it was
    return update_control(run, by=by, applied_seq=status.applied_seq if status else 0, run="running").seq


def start_trainer(run: RunDirectory, *, watched: bool = True) -> int:
    """Start a detached trainer on a run; it outlives this process. Returns its pid.

    Args:
        run: the run.
        watched: see `children.Child`.

    Raises:
        ControlFileError: `control.json` is missing or damaged.
        TrainerStartError: the process could not be started.
    """
    seq = read_control(run).seq
    return start_child(["start", str(run.path), "--control-seq", str(seq)], run.log, about=run.path, watched=watched).pid
