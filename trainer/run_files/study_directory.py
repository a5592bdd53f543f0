"""`runs/.sweeps/<study_id>/`: where every file of a sweep is, how a sweep is named, found and listed."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import RunDirectoryError, StudyNotFoundError, reason, shown
from .opening import exists, is_real_folder, make_folder, make_named_folder, names_in, real
from .run_directory import slug

SWEEPS_DIR = ".sweeps"
STUDY_ID_PATTERN = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,20}")
MAX_SLUG_CHARACTERS = 15  # of a study's name: a run's id holds the study's, the trial and the seed


@dataclass(frozen=True)
class StudyDirectory:
    """The files of one study. Only names paths."""

    path: Path

    @property
    def study_id(self) -> str:
        """The slug that names the study on disk and in links."""
        return self.path.name

    @property
    def runs_dir(self) -> Path:
        """The folder that its runs are in."""
        return self.path.parent.parent

    @property
    def study(self) -> Path:
        """What is searched."""
        return self.path / "study.json"

    @property
    def control(self) -> Path:
        """What the user wants now."""
        return self.path / "control.json"

    @property
    def progress(self) -> Path:
        """How far it is."""
        return self.path / "progress.json"

    @property
    def trials(self) -> Path:
        """A file a trial."""
        return self.path / "trials"

    @property
    def journal(self) -> Path:
        """Optuna's."""
        return self.path / "journal.log"

    @property
    def lock(self) -> Path:
        """Held by the sweep's process for its life."""
        return self.path / "sweep.lock"

    @property
    def log(self) -> Path:
        """The output of the sweep's process."""
        return self.path / "sweep.log"


def make_study_directory(runs_dir: Path, name: str) -> StudyDirectory:
    """Make a new, empty study.

    Raises:
        RunDirectoryError: the runs folder cannot be made or written; nothing was made.
    """
    folder = real(runs_dir) / SWEEPS_DIR
    began = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    short = slug(name)[:MAX_SLUG_CHARACTERS].strip("-")
    path = folder / f"{began}-{short}"
    try:
        make_named_folder(folder.parent)
        make_folder(folder)
        while True:
            try:
                make_folder(path, new=True)
                break
            except FileExistsError:
                path = folder / f"{began}-{short}-{secrets.token_hex(2)}"
        made = StudyDirectory(path)
        make_folder(made.trials)
    except OSError as error:
        raise RunDirectoryError(f"A sweep must be written; {folder} cannot be ({reason(error)}).") from None
    return made


def list_studies(runs_dir: Path) -> list[StudyDirectory]:
    """Every study of a runs folder, newest first."""
    folder = real(runs_dir) / SWEEPS_DIR
    try:
        names = [name for name in names_in(folder) if STUDY_ID_PATTERN.fullmatch(name)]
    except OSError:
        return []
    return [one for one in map(StudyDirectory, (folder / name for name in reversed(names))) if is_study(one)]


def find_study(runs_dir: Path, study_id: str) -> StudyDirectory | None:
    """The study of this id; None if there is none. The id may be anything."""
    study = StudyDirectory(real(runs_dir) / SWEEPS_DIR / study_id)
    return study if STUDY_ID_PATTERN.fullmatch(study_id) and is_study(study) else None


def is_study(study: StudyDirectory) -> bool:
    """Whether there is a study in a folder."""
    return is_real_folder(study.path) and exists(study.study)


def open_study(runs_dir: Path, study: str) -> StudyDirectory:
    """An existing study, by its id or by its path.

    Raises:
        StudyNotFoundError: there is none; the text lists the newest ones.
    """
    path = Path(study)
    found = find_study(path.parent.parent, path.name) if path.parent.name == SWEEPS_DIR else find_study(runs_dir, study)
    if found is None:
        known = ", ".join(one.study_id for one in list_studies(runs_dir)[:3]) or "none yet"
        raise StudyNotFoundError(f"There is no sweep {shown(study)} in {runs_dir}; the newest are: {known}.")
    return found
