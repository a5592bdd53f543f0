"""`reports/<sha256>.json`: how good a model is, on episodes that chose no model. Written by `python -m trainer evaluate --save`.

The name is the SHA-256 of the `model.zip` that played, so that a report can never be taken for one of another model: after a new best
the old report is there still, and visibly not the new model's. A copy of a model in another slot of the run has the same report.

What a task measures besides is in `named`, under the names that the rows of `evaluations.jsonl` have: in Tetris `mean_lines` with
`lines_ci95_low` and `lines_ci95_high`, `median_lines`, `p10_lines` (a tenth of the games had at most so many), `max_lines` and
`max_pieces` (games were truncated after so many; 0: never).
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import FormatError, RunDirectoryError, reason
from .fields import from_model_fields
from .files import document_bytes, now_text, read_document
from .opening import make_folder, names_in, replace_bytes
from .run_directory import RunDirectory

SHA256 = re.compile(r"[0-9a-f]{64}")  # what stands in a damaged metadata.json must not become a path


@dataclass(frozen=True, slots=True)
class Report:
    """Greedy episodes, summed up."""

    sha256: str
    """Of the `model.zip` that played."""
    model: str
    """What it was when it played: `best`, or the name of its slot."""
    step: int
    """Environment steps it had been trained for."""
    episodes: int
    seed: int
    """Which episodes: the same number, the same episodes."""
    mean_reward: float
    ci95: tuple[float, float] | None
    """95 % interval of the mean reward; null of a single episode, which tells no spread."""
    median_reward: float
    max_reward: float
    mean_length: float
    """Environment steps of an episode."""
    truncated_episodes: int
    """They might have gone on: a model that has some is better than the figures say."""
    steps_per_second: float
    seconds: float
    settings: dict[str, object] = field(default_factory=dict)
    """Which problem it was: as in `metadata.json`."""
    named: dict[str, float | None] = field(default_factory=dict)
    made_at: str = field(default_factory=now_text)

    def value(self, name: str) -> float | None:
        """A number by its name in `evaluations.jsonl`: `mean_reward`, `ci95_low`, or one of the task; None if it is not there."""
        low, high = self.ci95 or (None, None)
        core = {one.name: getattr(self, one.name) for one in fields(self)} | {"ci95_low": low, "ci95_high": high}
        found = self.named.get(name, core.get(name))
        return found if isinstance(found, int | float) else None


def save_report(run: RunDirectory, report: Report) -> None:
    """Write the report, over an older one of the same model.

    Raises:
        OSError: the disk is full or the run directory is gone; an older report stays.
    """
    make_folder(run.reports)
    replace_bytes(run.reports / f"{report.sha256}.json", report_bytes(report))


def keep_report(run: RunDirectory, model: str, figures: Mapping[str, Any]) -> Report:
    """Keep what an evaluation has found, under the name of the model that played.

    Raises:
        RunDirectoryError: the report cannot be written.
    """
    report = Report(model=model, **{name: value for name, value in figures.items() if name != "player"})
    try:
        save_report(run, report)
    except OSError as error:
        raise RunDirectoryError(f"The report on {model!r} of {run.run_id} cannot be written ({reason(error)}).") from None
    return report


def report_bytes(report: Report) -> bytes:
    """The content of a report's file."""
    return document_bytes(asdict(report))


def read_report(run: RunDirectory, sha256: str) -> Report | None:
    """The report on the model with this hash; None if it has not been evaluated.

    Raises:
        FormatError: it is damaged or of an unknown version.
    """
    return _read(run.reports / f"{sha256}.json") if SHA256.fullmatch(sha256) else None


def report_of(document: Mapping[str, Any]) -> Report:
    """The report in a JSON object, once every field is known to be one that a report can have.

    Raises:
        FormatError: a field is missing, of another type or out of its range.
    """
    return from_model_fields(Report, document)


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
        return report_of(read_document(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(f"The report {path.name} cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"The report {path.name} is damaged: {error}. Evaluate the model again.") from None
