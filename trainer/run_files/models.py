"""`best/` and `models/<slot>/`: the best model, and those that the user saved under a name (see also `slots`).

Built aside and renamed in; never torn. `best/` is the trainer's alone. Both hold `model.zip` (a stable-baselines3 model) and
`metadata.json` (below); `best/` also holds what its task keeps beside it. What only one task has to say of a model is in `named` and
`settings`, under names of its own.
"""

import errno
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FormatError, ModelNotFoundError, reason
from .config_file import library_versions
from .fields import from_model_fields
from .files import document_bytes, now_text, parse_document, read_document, read_folder, replace_folder, sha256
from .limits import MAX_DOCUMENT_BYTES
from .opening import exists, read_whole, real
from .run_directory import RunDirectory

MODEL_FILE = "model.zip"
METADATA_FILE = "metadata.json"


@dataclass(frozen=True, slots=True)
class BestMetadata:
    """The content of `metadata.json`."""

    task: str
    """What the model was trained on, as `config.json` names it."""
    metric: str
    """By what the model was chosen: a name of its task."""
    value: float
    """Of the metric."""
    reward: float
    """Mean reward of the episodes that it was judged by."""
    step: int
    """Environment steps when the network was taken."""
    episode: int
    """Training episodes that had ended by then."""
    seed: int
    active_seconds: float
    episodes: int | None = None
    """How many episodes it was judged by; null if that is not known."""
    ci95: tuple[float, float] | None = None
    """95 % interval of `value`; null if there is none."""
    settings: dict[str, object] = field(default_factory=dict)
    """What is needed to run the policy: those settings of the run that say which problem it solves."""
    named: dict[str, float | None] = field(default_factory=dict)
    """What the task adds: in Tetris `lines`, the mean of the same episodes."""
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
    return {MODEL_FILE: model, METADATA_FILE: document_bytes(asdict(metadata) | {"sha256": sha256(model)})}


def read_best(run: RunDirectory) -> BestMetadata | None:
    """The metadata of the best model, or None if there is none yet.

    Raises:
        FormatError: `metadata.json` is damaged or of an unknown version.
    """
    return read_metadata(run, run.best)


def missing_best(run: RunDirectory) -> ModelNotFoundError:
    """What is said of a run without a best model."""
    if exists(run.source):
        return ModelNotFoundError(f"The run {run.run_id} was imported from the logs of another program, which hold no model.")
    return ModelNotFoundError(f"The run {run.run_id} has no best model yet; it gets one with its first evaluation.")


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
        return metadata_of(document)
    except OSError as error:
        raise FormatError(f"{name} cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"{name} is damaged: {str(error).rstrip('.')}.") from None


def read_model_folder(folder: Path, *, trust: bool = False) -> tuple[bytes, dict[str, Any]]:
    """The content of the `model.zip` and the fields of the `metadata.json` in a folder, such as `best/`, wherever it is.

    Args:
        folder: holds both.
        trust: the user says that a model other than the one its metadata describe is to be read too.

    Raises:
        ModelNotFoundError: the folder holds no model.
        FormatError, SpecialFileError: it is not the one that its metadata describe, or they are damaged.
    """
    folder = real(folder.parent) / folder.name
    try:
        found = read_folder(folder, read_described)
    except FileNotFoundError:
        missing = METADATA_FILE if exists(folder / MODEL_FILE) else MODEL_FILE
        raise _not_found(folder, missing) from None
    if found is None:
        raise _not_found(folder, MODEL_FILE)
    content, metadata = found[MODEL_FILE], parse_document(found[METADATA_FILE], METADATA_FILE)
    if sha256(content) != metadata.get("sha256") and not trust:
        raise FormatError(
            f"{folder / MODEL_FILE} must be the file that its {METADATA_FILE} describes; its SHA-256 differs, so it is not loaded. "
            "If you know where it is from: evaluate --trust."
        )
    return content, metadata


def read_described(folder: Path) -> dict[str, bytes]:
    """A model and its metadata, as `described` gives them; for `read_folder`, which looks again if they are replaced meanwhile.

    Raises:
        FileNotFoundError: one is missing, or has just been replaced.
    """
    metadata, model = read_whole(folder / METADATA_FILE, MAX_DOCUMENT_BYTES), read_whole(folder / MODEL_FILE)
    if read_whole(folder / METADATA_FILE, MAX_DOCUMENT_BYTES) != metadata:
        raise FileNotFoundError(errno.ENOENT, "replaced while it was read", MODEL_FILE)
    return {MODEL_FILE: model, METADATA_FILE: metadata}


def _not_found(folder: Path, missing: str) -> ModelNotFoundError:
    if missing == MODEL_FILE:
        return ModelNotFoundError(f"There is no {MODEL_FILE} in {folder}; give a run or a model folder such as runs/<run>/best.")
    return ModelNotFoundError(f"There is no {METADATA_FILE} in {folder}; a model is only played together with it.")


def metadata_of(document: Mapping[str, Any]) -> BestMetadata:
    """The metadata in a JSON object, once every field is known to be one that a model can have.

    Raises:
        FormatError: a field is missing, of another type or out of its range.
    """
    return from_model_fields(BestMetadata, document)
