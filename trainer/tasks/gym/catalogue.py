"""`runs/.environments/<question>.json`: what can be trained here. Written by `python -m trainer environments`, read by the app.

The app never imports Gymnasium. It starts that command, looks for its answer, and keeps it as long as the same packages are installed.
There is one file for the list of everything, and one for each environment that a person has typed.

| field | meaning |
|---|---|
| `environments` | see `Environment`; the usual ones first |
| `defaults` | of each algorithm, what its hyperparameters are if nobody says anything, as a person reads them |
"""

import contextlib
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ...children import child_about, forget_child, start_child
from ...errors import ControlRoomError, FormatError, RunDirectoryError, reason
from ...run_files.fields import from_fields
from ...run_files.files import read_document, replace_document, sha256
from ...run_files.opening import exists, make_folder, make_named_folder, real, remove_file, stamp
from ...run_files.tails import log_tail

COMMAND, FOLDER = "environments", ".environments"
KEPT_S = 300.0  # of what is known of one environment, whose author may be at work on it
MADE_BY = ("catalogue.py", "listing.py", "making.py", "algorithms.py")


@dataclass(frozen=True, slots=True)
class Environment:
    """One that is registered, or could be.

    Attributes:
        id: what `gymnasium.make` is given.
        family: what a person calls those that belong together: `Classic control`.
        actions: the class of its action space; empty: that is known only once it is made.
        observations: … of its observation space; `image` for a Box that is one.
        masks: whether it says which actions are allowed.
        old: whether there is a newer version of it.
        needs: the command that installs what is missing; empty: nothing is.
        problem: why it cannot be made here; empty: it can, or was not tried.
    """

    id: str
    family: str
    actions: str = ""
    observations: str = ""
    masks: bool = False
    old: bool = False
    needs: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An answer; see the module."""

    environments: tuple[Environment, ...]
    defaults: Mapping[str, Mapping[str, str]]

    def find(self, name: str) -> Environment | None:
        """The environment of this id, if it is listed."""
        return next((one for one in self.environments if one.id == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known now.

    Attributes:
        catalogue: None as long as the process is at work, and when it has failed.
        problem: why there is none; empty while it is at work.
    """

    catalogue: Catalogue | None = None
    problem: str = ""

    @property
    def working(self) -> bool:
        """Whether the process is at work."""
        return self.catalogue is None and not self.problem


def write_catalogue(path: Path, catalogue: Catalogue) -> None:
    """Replace an answer.

    Raises:
        RunDirectoryError: it cannot be written.
    """
    try:
        replace_document(path, asdict(catalogue))
    except OSError as error:
        raise RunDirectoryError(f"{path} cannot be written ({reason(error)}).") from None


def read_catalogue(path: Path) -> Catalogue:
    """An answer.

    Raises:
        FileNotFoundError: there is none.
        FormatError: the file is damaged.
    """
    document = read_document(path)
    rows, defaults = document.get("environments"), document.get("defaults")
    if not isinstance(rows, list) or not isinstance(defaults, dict):
        raise FormatError(f"{path.name} must hold environments and defaults.")
    if not all(isinstance(one, dict) for one in (*rows, *defaults.values())):
        raise FormatError(f"{path.name} must hold objects.")
    texts: dict[str, dict[str, str]] = {algo: {name: str(value) for name, value in own.items()} for algo, own in defaults.items()}
    return Catalogue(tuple(from_fields(Environment, row) for row in rows), texts)


def ask(runs_dir: Path, name: str = "", options: str = "") -> Answer:
    """What can be trained; the first who asks starts the process.

    Args:
        runs_dir: where runs are kept.
        name: of one environment; if it is empty, all that are registered are listed.
        options: of that one, as JSON.
    """
    path = answer_file(runs_dir, name, options)
    if name and _is_old(path):
        ask_again(runs_dir, name, options)
    try:
        answer = Answer(read_catalogue(path))
    except FileNotFoundError:
        return _ask_process(path, [*(["--env-kwargs", options] if options else []), *(["--", name] if name else [])])
    except (FormatError, OSError) as error:
        return Answer(problem=reason(error))
    forget_child(path)  # if somebody deletes the answer, the next who asks starts another
    return answer


def _ask_process(path: Path, question: Sequence[str]) -> Answer:
    child = child_about(path)
    if child is None:
        return _start(path, question)
    ended = child.ending() is not None
    if ended and not exists(path):
        return Answer(problem=_last_words(path) or "the process has ended without an answer")
    return Answer()


def ask_again(runs_dir: Path, name: str = "", options: str = "") -> None:
    """Forget the answer, or that the process has failed: the next who asks starts it once more."""
    path = answer_file(runs_dir, name, options)
    with contextlib.suppress(OSError):
        remove_file(path)
    forget_child(path)


def _is_old(path: Path) -> bool:
    found = stamp(path)
    return found is not None and not 0 <= time.time() - found[0] / 1e9 < KEPT_S


def _start(path: Path, question: Sequence[str]) -> Answer:
    try:
        make_named_folder(path.parent.parent)
        make_folder(path.parent)
        start_child([COMMAND, "--out", str(path), *question], _log(path), about=path)
    except (OSError, ControlRoomError) as error:
        return Answer(problem=reason(error))
    return Answer()


def answer_file(runs_dir: Path, name: str = "", options: str = "") -> Path:
    """Where the answer is: of other packages, or of another version of this program, it is another file."""
    packages = [stamp(folder) for folder in sys.path if folder.endswith("-packages")]
    program = [stamp(Path(__file__).with_name(file)) for file in MADE_BY]
    return real(runs_dir) / FOLDER / f"{sha256(repr((name, options, packages, program)).encode())[:20]}.json"


def _log(path: Path) -> Path:
    return path.with_suffix(".log")


def _last_words(path: Path) -> str:
    lines = [line.strip() for line in log_tail(_log(path)).splitlines()]
    return next((line.removeprefix("error: ") for line in reversed(lines) if line), "")[:300]
