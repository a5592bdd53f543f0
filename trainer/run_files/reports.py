"""`reports/<sha256>.json`: how good a model is, on games of set B that chose no model. Written by `python -m trainer evaluate --save`.

The name is the SHA-256 of the `model.zip` that played, so that a report can never be taken for one of another model: after a new best
the old report is there still, and visibly not the new model's. A copy of a model in another slot of the run has the same report.
"""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import FormatError, reason
from .fields import from_fields
from .files import document_bytes, now_text, read_document
from .opening import make_folder, names_in, replace_bytes
from .run_directory import RunDirectory

SHA256 = re.compile(r"[0-9a-f]{64}")  # what stands in a damaged metadata.json must not become a path


@dataclass(frozen=True, slots=True)
class Report:
    """Greedy games of set B, summed up."""

    sha256: str
    """Of the `model.zip` that played."""
    model: str
    """What it was when it played: `best`, or the name of its slot."""
    step: int
    """Environment steps it had been trained for."""
    games: int
    seed: int
    """Which games of set B: the same number, the same games."""
    mean_lines: float
    ci95: tuple[float, float] | None
    """95 % interval of the mean; null of a single game, which tells no spread."""
    median_lines: float
    p10_lines: float
    """A tenth of the games ended with at most so many lines."""
    max_lines: int
    mean_pieces: float
    max_pieces: int
    """Games were cut after this many pieces; 0: never."""
    capped_games: int
    board_height: int
    randomizer: str
    pieces_per_second: float
    seconds: float
    made_at: str = field(default_factory=now_text)


def save_report(run: RunDirectory, report: Report) -> None:
    """Write the report, over an older one of the same model.

    Raises:
        OSError: the disk is full or the run directory is gone; an older report stays.
    """
    make_folder(run.reports)
    replace_bytes(run.reports / f"{report.sha256}.json", report_bytes(report))


def report_bytes(report: Report) -> bytes:
    """The content of a report's file."""
    return document_bytes(asdict(report))


def read_report(run: RunDirectory, sha256: str) -> Report | None:
    """The report on the model with this hash; None if it has not been evaluated.

    Raises:
        FormatError: it is damaged or of an unknown version.
    """
    return _read(run.reports / f"{sha256}.json") if SHA256.fullmatch(sha256) else None


def has_report(run: RunDirectory, sha256: str) -> bool:
    """Whether there is a report on the model with this hash that can be read."""
    try:
        return read_report(run, sha256) is not None
    except FormatError:
        return False


def earlier_report(run: RunDirectory, model: str) -> Report | None:
    """The newest report on what was once the run's `best` or the slot of this name; damaged ones are passed over."""
    found = []
    for path in _report_files(run):
        try:
            report = _read(path)
        except FormatError:
            continue
        if report is not None and report.model == model:
            found.append(report)
    return max(found, key=lambda report: report.made_at, default=None)


def _report_files(run: RunDirectory) -> list[Path]:
    try:
        return [run.reports / name for name in names_in(run.reports) if name.endswith(".json")]
    except OSError:
        return []


def _read(path: Path) -> Report | None:
    try:
        return from_fields(Report, read_document(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(f"The report {path.name} cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"The report {path.name} is damaged: {error}. Evaluate the model again.") from None
