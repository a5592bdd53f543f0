"""`runs/<run_id>/`: where every file of a run is, how a run is named, found and listed."""

import functools
import os
import re
import secrets
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trainer.errors import RunDirectoryError, RunNotFoundError

RUN_ID_PATTERN = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,40}")
MAX_NAME_CHARACTERS = 200
MAX_KEPT = 20_000  # runs of which something that was read or worked out is kept


@dataclass(frozen=True)
class RunDirectory:
    """The files of one run. Only names paths: nothing is read or written here; a path is made when it is first asked for, and kept."""

    path: Path

    @functools.cached_property
    def run_id(self) -> str:
        """The slug that names the run on disk and in links."""
        return self.path.name

    @functools.cached_property
    def config(self) -> Path:
        """Settings, name, versions: written once."""
        return self.path / "config.json"

    @functools.cached_property
    def control(self) -> Path:
        """What the user wants now."""
        return self.path / "control.json"

    @functools.cached_property
    def control_lock(self) -> Path:
        """Held while `control.json` is changed."""
        return self.path / "control.json.lock"

    @functools.cached_property
    def labels(self) -> Path:
        """What a person has written on it since."""
        return self.path / "labels.json"

    @functools.cached_property
    def labels_lock(self) -> Path:
        """Held while `labels.json` is changed."""
        return self.path / "labels.json.lock"

    @functools.cached_property
    def status(self) -> Path:
        """What the trainer is doing."""
        return self.path / "status.json"

    @functools.cached_property
    def run_lock(self) -> Path:
        """Held by the trainer for its life."""
        return self.path / "run.lock"

    @functools.cached_property
    def metrics(self) -> Path:
        """One row every `log_every` steps."""
        return self.path / "metrics.jsonl"

    @functools.cached_property
    def episodes(self) -> Path:
        """One row a finished training game."""
        return self.path / "episodes.jsonl"

    @functools.cached_property
    def evaluations(self) -> Path:
        """One row an evaluation."""
        return self.path / "evaluations.jsonl"

    @functools.cached_property
    def events(self) -> Path:
        """What happened and why."""
        return self.path / "events.jsonl"

    @functools.cached_property
    def boards(self) -> Path:
        """Board snapshots."""
        return self.path / "boards.jsonl"

    @functools.cached_property
    def best(self) -> Path:
        """The best model."""
        return self.path / "best"

    @functools.cached_property
    def checkpoints(self) -> Path:
        """Everything needed to go on."""
        return self.path / "checkpoints"

    @functools.cached_property
    def origin(self) -> Path:
        """The parent's model that a forked run begins with."""
        return self.path / "origin"

    @functools.cached_property
    def models(self) -> Path:
        """Models that the user saved under a name, a folder each."""
        return self.path / "models"

    @functools.cached_property
    def reports(self) -> Path:
        """How good models of the run are: a file for each that was evaluated."""
        return self.path / "reports"

    @functools.cached_property
    def replays(self) -> Path:
        """Recorded games, to be played again."""
        return self.path / "replays"

    @functools.cached_property
    def log(self) -> Path:
        """The trainer's output."""
        return self.path / "trainer.log"


def slug(name: str) -> str:
    """A short text of a-z, 0-9 and hyphens made from a name; `run` if nothing of it can be kept."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "run"


def make_run_directory(runs_dir: Path, name: str) -> RunDirectory:
    """Make a new, empty run directory.

    Raises:
        RunDirectoryError: the runs folder cannot be made or written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = runs_dir / f"{stamp}-{slug(name)}"
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                path.mkdir()
                return RunDirectory(path.absolute())
            except FileExistsError:
                path = runs_dir / f"{stamp}-{slug(name)}-{secrets.token_hex(2)}"
    except OSError as error:
        raise RunDirectoryError(
            f"A run directory must be writable; {runs_dir} is not ({os.strerror(error.errno or 0)}). Choose another --runs-dir."
        ) from None


def open_run(run: str | Path, runs_dir: Path) -> RunDirectory:
    """The directory of an existing run, named by its id or by its path.

    Raises:
        RunNotFoundError: there is no such run; the text lists the newest ones.
        RunDirectoryError: it is a symbolic link.
    """
    for path in (runs_dir / run, Path(run)):
        if _is_run(path) and (path.name == str(run) or path == Path(run)):
            if path.is_symlink():  # under two names one run would have two controls and two trainers
                raise RunDirectoryError(f"A run directory must be a folder; {path} is a symbolic link. Name {path.resolve()} instead.")
            return RunDirectory(path.absolute())
    known = ", ".join(one.run_id for one in list_runs(runs_dir)[:3]) or "none yet"
    raise RunNotFoundError(f"There is no run {str(run)[:80]!r} in {runs_dir}; the newest are: {known}.")


def list_runs(runs_dir: Path) -> list[RunDirectory]:
    """Every run in a folder, newest first; symbolic links are passed over, and a folder that does not exist has none."""
    folder = str(runs_dir.absolute())
    paths = (f"{folder}{os.sep}{name}" for name in sorted(_names(folder), reverse=True))
    return [_run_directory(path) for path in paths if _is_run(path)]


def has_other_runs(runs_dir: Path, known: Container[str]) -> bool:
    """Whether a folder has a run that is not among the known run ids; quicker than to list them all."""
    folder = str(runs_dir.absolute())
    return any(_is_run(f"{folder}{os.sep}{name}") for name in _names(folder) if name not in known)


def _names(folder: str) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder) if RUN_ID_PATTERN.fullmatch(entry.name) and not entry.is_symlink()]
    except OSError:
        return []


@functools.lru_cache(MAX_KEPT)  # each drawing of a page lists all runs
def _run_directory(path: str) -> RunDirectory:
    return RunDirectory(Path(path))


def _is_run(path: str | Path) -> bool:
    return os.path.isfile(f"{path}{os.sep}config.json")  # noqa: PTH113 - False for a name too long or a folder not ours; is_file() raises
