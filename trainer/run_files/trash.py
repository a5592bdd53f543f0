"""`runs/.trash/`: runs that were deleted in the app, each whole under its own name, until somebody empties the folder.

Deleting and restoring is one rename: a run is in one place or in the other, never half in both.
"""

from pathlib import Path

from ..errors import RunDirectoryError, RunIsActiveError, RunNotFoundError, reason
from .opening import exists, is_real_folder, make_folder, move
from .run_directory import RunDirectory, list_runs
from .run_lock import is_run_locked

TRASH = ".trash"


def trash_of(runs_dir: Path) -> Path:
    """The folder that takes the deleted runs of a runs folder."""
    return runs_dir / TRASH


def list_trash(runs_dir: Path) -> list[RunDirectory]:
    """The deleted runs, newest first."""
    return list_runs(trash_of(runs_dir))


def move_to_trash(run: RunDirectory) -> RunDirectory:
    """Delete a run; returns where it is now.

    Raises:
        RunIsActiveError: a trainer is at work on it.
        RunDirectoryError: it cannot be moved.
    """
    if is_run_locked(run):
        raise RunIsActiveError(f"A run that is being trained cannot be deleted; stop {run.run_id} first.")
    return _moved(run, trash_of(run.path.parent))


def restore(run: RunDirectory) -> RunDirectory:
    """Bring a deleted run back; returns where it is now.

    Raises:
        RunDirectoryError: it cannot be moved, or there is a run of its name.
    """
    return _moved(run, run.path.parent.parent)


def _moved(run: RunDirectory, folder: Path) -> RunDirectory:
    if not is_real_folder(run.path):
        raise RunNotFoundError(f"The run {run.run_id} is not there any more; somebody else may have moved it.")
    target = folder / run.run_id
    try:
        make_folder(folder)
        if exists(target):  # a rename would replace an empty folder without a word
            raise RunDirectoryError(f"There is a {run.run_id} in {folder} already; rename one of the two folders.")
        move(run.path, target)
    except OSError as error:
        raise RunDirectoryError(f"{run.path} cannot be moved to {folder} ({reason(error)}).") from None
    return RunDirectory(target)
