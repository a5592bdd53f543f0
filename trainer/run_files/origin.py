"""`origin/`: the model that a forked run begins with, a copy made by whoever creates it, so that the parent may be deleted.

It holds `model.zip` and `manifest.json` with its SHA-256.
"""

import orjson

from ..errors import FormatError, ModelNotFoundError, reason
from .checkpoints import latest_checkpoint
from .config_file import Parent
from .files import FORMAT_VERSION, read_document, read_folder, replace_folder, sha256
from .models import MODEL_FILE, missing_best, read_best
from .opening import exists, is_folder, read_whole
from .run_directory import RunDirectory

MANIFEST_FILE = "manifest.json"


def parent_model(parent: RunDirectory, model: str) -> tuple[Parent, bytes]:
    """A run's best model, or the one of its last whole checkpoint.

    Raises:
        ModelNotFoundError: there is none yet.
        FormatError: it is damaged.
    """
    if exists(parent.source):
        raise missing_best(parent)
    if model == "checkpoint":
        checkpoint, _ = latest_checkpoint(parent)
        if checkpoint is None:
            raise ModelNotFoundError(f"The run {parent.run_id} has no checkpoint yet; it gets one after two minutes and when it ends.")
        return Parent(parent.run_id, "checkpoint", checkpoint.step), checkpoint.contents[MODEL_FILE]
    metadata = read_best(parent)
    content = _best_model(parent) if metadata else None
    if metadata is None or content is None:
        raise missing_best(parent)
    if sha256(content) != metadata.sha256:
        raise FormatError(f"The best model of {parent.run_id} is not the file that its metadata.json describes; it is not used.")
    return Parent(parent.run_id, "best", metadata.step), content


def _best_model(parent: RunDirectory) -> bytes | None:
    try:
        return read_folder(parent.best, lambda folder: read_whole(folder / MODEL_FILE))
    except OSError as error:
        raise FormatError(f"The best model of {parent.run_id} cannot be read ({reason(error)}).") from None


def save_origin(run: RunDirectory, model: bytes) -> None:
    """Give a new run its first weights.

    Raises:
        OSError: the disk is full or the run directory is gone.
    """
    manifest = orjson.dumps({"version": FORMAT_VERSION, "sha256": sha256(model)}, option=orjson.OPT_INDENT_2)
    replace_folder(run.origin, {MODEL_FILE: model, MANIFEST_FILE: manifest + b"\n"})


def read_origin(run: RunDirectory) -> bytes | None:
    """The model that a run begins with; None if it is not a fork.

    Raises:
        FormatError: it is not the file that was copied.
    """
    try:
        if not is_folder(run.origin):
            return None
        content, expected = read_whole(run.origin / MODEL_FILE), read_document(run.origin / MANIFEST_FILE).get("sha256")
    except OSError as error:
        raise FormatError(f"The model that {run.run_id} begins with cannot be read ({reason(error)}).") from None
    if sha256(content) != expected:
        raise FormatError(f"The model that {run.run_id} begins with is damaged; fork the parent again.")
    return content
