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
from typing import NamedTuple

from ..errors import RunDirectoryError, RunNotFoundError, reason
from .opening import exists, make_folder, make_named_folder, real

RUN_ID_PATTERN = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,40}")
MAX_SLUG = 32  # characters
MAX_NAME_CHARACTERS = 200
MAX_LISTED_FOLDERS = 8  # whose runs are remembered
MAX_CACHED = 20_000  # runs of which something that was read or worked out is kept


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
    def pictures(self) -> Path:
        """What the watched episode looks like."""
        return self.path / "pictures.jsonl"

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
    def source(self) -> Path:
        """What another program's logs an imported run was made of."""
        return self.path / "source.json"

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
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-") or "run"


def expanded_path(text: str) -> Path:
    """A path as a person writes it: `~` is the home folder, also where no shell has seen it (`--out=~/x`, a variable in quotes).

    Raises:
        RunDirectoryError: there is no such home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise RunDirectoryError(f"A path that begins with ~ needs a home folder, and there is none for {text!r}; write it out.") from None


def new_run_id(name: str, ending: str = "") -> str:
    """A run id for a run that is made now.

    Args:
        name: what the run is called.
        ending: what tells it from others that are made together with it, `-s3`.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{slug(name)[: MAX_SLUG - len(ending)].rstrip('-')}{ending}"


def make_named_directory(runs_dir: Path, run_id: str) -> RunDirectory:
    """Make the directory of a run whose id is known before; one that is no run yet, as who made it was killed, is used.

    Raises:
        RunDirectoryError: there is such a run, no run can have this id, or the runs folder cannot be made or written.
    """
    folder = real(runs_dir)
    path = folder / run_id
    if not RUN_ID_PATTERN.fullmatch(run_id) or _is_run(path):
        raise RunDirectoryError(f"A new run needs an id that no other has; {run_id[:80]!r} cannot be one in {runs_dir}.")
    try:
        make_named_folder(folder)
        make_folder(path)
    except OSError as error:
        raise _not_writable(runs_dir, error) from None
    return RunDirectory(path)


def _not_writable(runs_dir: Path, error: OSError) -> RunDirectoryError:
    return RunDirectoryError(f"A run directory must be writable; {runs_dir} is not ({reason(error)}). Choose another --runs-dir.")


def make_run_directory(runs_dir: Path, name: str, ending: str = "") -> RunDirectory:
    """Make a new, empty run directory; see `new_run_id` for the arguments.

    Raises:
        RunDirectoryError: the runs folder cannot be made or written.
    """
    run_id = new_run_id(name, ending)
    folder = real(runs_dir)
    path = folder / run_id
    try:
        make_named_folder(folder)
        while True:
            try:
                make_folder(path, new=True)
                return RunDirectory(path)
            except FileExistsError:
                path = folder / f"{run_id}-{secrets.token_hex(2)}"
    except OSError as error:
        raise _not_writable(runs_dir, error) from None


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
            return RunDirectory(real(path.parent) / path.name)
    known = ", ".join(one.run_id for one in list_runs(runs_dir)[:3]) or "none yet"
    raise RunNotFoundError(f"There is no run {str(run)[:80]!r} in {runs_dir}; the newest are: {known}.")


def list_runs(runs_dir: Path) -> list[RunDirectory]:
    """Every run in a folder, newest first; symbolic links are passed over, and a folder that does not exist has none.

    Each drawing of a page lists all runs, of maybe 50,000: a folder that was a run at the last look is one as long as it is there.
    """
    folder = str(real(runs_dir))
    before, now = _listed.get(folder, {}), dict[str, _Listed]()
    for name, inode in _entries(folder):
        known = before.get(name)
        if known is None or known.inode != inode:
            if not _is_run(path := f"{folder}{os.sep}{name}"):
                continue
            known = _Listed(inode, RunDirectory(Path(path)))
        now[name] = known
    _listed[folder] = now
    for other in list(_listed)[:-MAX_LISTED_FOLDERS]:
        _listed.pop(other, None)
    return [now[name].run for name in sorted(now, reverse=True)]


class _Listed(NamedTuple):
    """A run at the last look at its folder."""

    inode: int
    run: RunDirectory


_listed: dict[str, dict[str, _Listed]] = {}  # by folder and name


def has_other_runs(runs_dir: Path, known: Container[str], newest: int | None = None) -> bool:
    """Whether a folder has a run that is not among the known run ids; only the newest so many are looked at, if a number is given."""
    return any(run.run_id not in known for run in list_runs(runs_dir)[:newest])


def find_run(runs_dir: Path, run_id: str) -> RunDirectory | None:
    """The run of this id; None if there is none. The id may be anything."""
    path = real(runs_dir) / run_id
    if RUN_ID_PATTERN.fullmatch(run_id) and _is_run(path) and not path.is_symlink():
        return RunDirectory(path)
    return None


def _entries(folder: str) -> list[tuple[str, int]]:
    """What is named like a run, and what tells it from another one of its name."""
    try:
        with os.scandir(folder) as entries:
            return [(entry.name, entry.inode()) for entry in entries if RUN_ID_PATTERN.fullmatch(entry.name) and not entry.is_symlink()]
    except OSError:
        return []


def _is_run(path: str | Path) -> bool:
    """Whatever `config.json` is: what is wrong with it is said where the run is shown."""
    return exists(f"{path}{os.sep}config.json")
