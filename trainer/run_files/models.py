"""`best/` and `models/<slot>/`: the best model, and those that the user saved under a name (see also `slots`).

Built aside and renamed in; never torn. `best/` is the trainer's alone. Both hold `model.zip` (a stable-baselines3 model) and
`metadata.json` (below); `best/` also holds what its task keeps beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from ..errors import FormatError, reason
from .config_file import library_versions
from .fields import from_fields, require_plain_values
from .files import FORMAT_VERSION, now_text, read_document, read_folder, replace_folder, sha256
from .run_directory import RunDirectory

MODEL_FILE = "model.zip"
METADATA_FILE = "metadata.json"


@dataclass(frozen=True, slots=True)
class BestMetadata:
    """The content of `best/metadata.json`."""

    metric: str
    value: float
    lines: float
    """Mean lines of the evaluation, or the lines of the one training game that set the value."""
    reward: float
    episode: int
    """Training games finished when the network was taken."""
    step: int
    seed: int
    active_seconds: float
    ci95: tuple[float, float] | None = None
    games: int | None = None
    settings: dict[str, object] = field(default_factory=dict)
    """What is needed to play: `board_height`, `randomizer`."""
    saved_at: str = field(default_factory=now_text)
    versions: dict[str, str] = field(default_factory=library_versions)
    sha256: str = ""
    """Of `model.zip`."""


def save_best(run: RunDirectory, model: bytes, metadata: BestMetadata, files: Mapping[str, bytes] | None = None) -> None:
    """Replace `best/`.

    Args:
        run: the run.
        model: the content of `model.zip`.
        metadata: of it.
        files: what the task keeps beside it, by name.

    Raises:
        OSError: the disk is full or the run directory is gone; the old model stays.
    """
    replace_folder(run.best, described(model, metadata) | dict(files or {}))


def described(model: bytes, metadata: BestMetadata) -> dict[str, bytes]:
    """A model and its metadata, as files; the metadata name the model's hash."""
    document = {"version": FORMAT_VERSION} | asdict(metadata) | {"sha256": sha256(model)}
    return {MODEL_FILE: model, METADATA_FILE: orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"}


def read_best(run: RunDirectory) -> BestMetadata | None:
    """The metadata of the best model, or None if there is none yet.

    Raises:
        FormatError: `metadata.json` is damaged or of an unknown version.
    """
    return read_metadata(run, run.best)


def read_metadata(run: RunDirectory, folder: Path) -> BestMetadata | None:
    """The metadata of a model of the run, in the folder where it is kept; None if there is no such folder.

    Raises:
        FormatError: `metadata.json` is damaged or of an unknown version.
    """
    name = f"{folder.relative_to(run.path).as_posix()}/{METADATA_FILE} of {run.run_id}"
    try:
        document = read_folder(folder, lambda present: read_document(present / METADATA_FILE))
        if document is None:
            return None
        metadata = from_fields(BestMetadata, document)
        require_plain_values("settings", metadata.settings)
    except OSError as error:
        raise FormatError(f"{name} cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"{name} is damaged: {str(error).rstrip('.')}.") from None
    return metadata
