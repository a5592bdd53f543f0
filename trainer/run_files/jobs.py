"""`.jobs/<kind>/` in the folder of runs: work that the app has given to a background process. One at a time of each kind.

| file | written by | holds |
|---|---|---|
| `job.json` | app, once | what was asked for (`JobRequest`) |
| `progress.json` | the process, at most five times a second | how far it is (`Progress`) and which process it is |
| `bundle.zip` | kind `bundle`: the process; kind `import`: the app | the bundle that was made, or is to be imported |
| `uploads/` | the app | logs of other programs that are to be imported |
| `log.txt` | the process's output | for people |

Whether the process still lives is told by its identity in `progress.json`, never by the file alone. The app makes the folder and deletes
it when its end has been seen; a process whose folder is deleted gives up.
"""

import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, Self, TypeVar

from ..errors import FormatError, JobCancelledError, RunDirectoryError, described, legible, reason
from .fields import from_fields
from .files import now_text, read_document, replace_document, require_time
from .limits import MAX_DOCUMENT_BYTES
from .opening import read_bytes
from .process_identity import ProcessIdentity

JobKind = Literal["evaluate", "bundle", "import", "film"]
REQUEST_FILE, PROGRESS_FILE, BUNDLE_FILE, LOG_FILE = "job.json", "progress.json", "bundle.zip", "log.txt"
UPLOADS_DIR = "uploads"
WRITE_INTERVAL_S = 0.2
GONE = (FileNotFoundError, NotADirectoryError)
"""What is raised where there is no such folder."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a person asked for."""

    kind: JobKind
    title: str
    """What it is about, for a person: the model's name."""
    models: list[str]
    """The keys of the models it is about; see `slots.StoredModel.key`."""
    asked_at: str = field(default_factory=now_text)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is."""

    state: Literal["working", "done", "failed", "cancelled"]
    doing: str
    """One line: what is being done, or how it ended."""
    done: int
    total: int
    """Of `done`; 0: that cannot be told."""
    process: ProcessIdentity
    model: str = ""
    """The key of the model that is being worked on."""
    result: str = ""
    """What was made: the id of an imported run, or the file name of a bundle."""
    began_at: str = field(default_factory=now_text)
    """When what is being done was begun."""
    written_at: str = field(default_factory=now_text)


class Work:
    """The process's side of a job, or of the same work without one (then nothing is written).

    A context: what goes wrong inside is the job's end. `cancelled` may be set by a signal; whatever works looks at it now and then.

    Args:
        folder: of the job; None: the work was not asked for by the app.

    Raises:
        RunDirectoryError: what was asked for cannot be read.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.cancelled = threading.Event()
        try:
            self._request = self._asked()
        except OSError as error:
            raise RunDirectoryError(f"{REQUEST_FILE} of the job in {folder} cannot be read ({reason(error)}).") from None
        self._progress = Progress("working", "Starting", 0, 0, ProcessIdentity.own())
        self._written = 0.0

    def __enter__(self) -> Self:
        self._write()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            self._progress = replace(self._progress, state="done")
        else:
            state: Literal["cancelled", "failed"] = "cancelled" if isinstance(error, JobCancelledError) else "failed"
            self._progress = replace(self._progress, state=state, doing=legible(described(error)))
        self._write()

    @property
    def wants_a_bar(self) -> bool:
        """Whether a person looks at this process itself."""
        return self.folder is None

    def continue_working(self) -> bool:
        """Whether nobody has cancelled it."""
        return not self.cancelled.is_set()

    def check(self) -> None:
        """Give up if it was cancelled.

        Raises:
            JobCancelledError: it was.
        """
        if self.cancelled.is_set():
            raise JobCancelledError("It was cancelled; what had been finished before stays.")

    def begin(self, doing: str, model: str = "") -> None:
        """Say what comes next, and with which model.

        Raises:
            JobCancelledError: it was cancelled.
        """
        self.check()
        self._progress = replace(self._progress, doing=doing, done=0, total=0, model=model, began_at=now_text())
        self._write()

    def step(self, done: int, total: int) -> None:
        """Say how far that is."""
        self._progress = replace(self._progress, done=done, total=total)
        if time.monotonic() - self._written >= WRITE_INTERVAL_S:
            self._write()

    def made(self, result: str, doing: str) -> None:
        """Say what came of it, at the end."""
        self._progress = replace(self._progress, result=result, doing=doing)

    def _write(self) -> None:
        self._written = time.monotonic()
        if self.folder is None:
            return
        self._progress = replace(self._progress, written_at=now_text())
        try:
            if self._asked() == self._request:
                replace_document(self.folder / PROGRESS_FILE, asdict(self._progress))
            else:
                self.cancelled.set()  # the folder is another job's: nobody waits for this one any more
        except GONE:
            self.cancelled.set()
        except OSError:  # a full disk: what it says is never worth what it does
            pass

    def _asked(self) -> bytes | None:
        """What was asked for, as it is on disk: tells one job from the next in the same folder."""
        try:
            return read_bytes(self.folder / REQUEST_FILE, MAX_DOCUMENT_BYTES) if self.folder is not None else None
        except GONE:
            return None


def write_request(folder: Path, request: JobRequest) -> None:
    """Write `job.json`.

    Raises:
        OSError: the disk is full.
    """
    replace_document(folder / REQUEST_FILE, asdict(request))


def read_request(folder: Path) -> JobRequest | None:
    """What was asked for; None if there is no such job.

    Raises:
        FormatError: `job.json` is damaged.
    """
    request = _read(JobRequest, folder / REQUEST_FILE)
    if request is not None:
        require_time("asked_at", request.asked_at)
    return request


def read_progress(folder: Path) -> Progress | None:
    """How far it is; None before the process's first word.

    Raises:
        FormatError: `progress.json` is damaged.
    """
    progress = _read(Progress, folder / PROGRESS_FILE)
    if progress is not None:
        require_time("began_at", progress.began_at)
    return progress


def _read(kind: type[T], path: Path) -> T | None:
    try:
        return from_fields(kind, read_document(path))
    except GONE:
        return None
    except OSError as error:
        raise FormatError(f"{path.name} of a job cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"{path.name} of a job is damaged: {error}.") from None
