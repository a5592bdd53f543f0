"""`models/<slot>/`: models of a run that the user keeps under a name.

| file | written by | holds |
|---|---|---|
| `model.zip`, `metadata.json` | whoever makes the slot, once | as in `best/` |
| `note.txt` | app | what the user wants to remember about it; UTF-8, at most 500 characters |

A slot is made whole, by one rename, and its model is never changed: the trainer makes it when it is asked to save the model as it is,
the app when a model is kept or copied; a name that is taken is refused. The app also gives a slot another name or moves it to
`models/.trash/<slot>~<when>/` and back, each by one rename. So no lock is needed: whoever comes second finds the name taken, or the
slot gone.
"""

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import FormatError, ModelNameError, ModelNotFoundError, reason
from .checkpoints import latest_checkpoint, unfit
from .files import parse_document, read_folder, sha256
from .models import METADATA_FILE, MODEL_FILE, BestMetadata, described, metadata_of, missing_best, read_best, read_described, read_metadata
from .opening import (
    exists,
    is_real_folder,
    make_folder,
    move,
    names_in,
    read_bytes,
    remove_folder,
    replace_bytes,
)
from .run_directory import RunDirectory
from .slot_names import checked_name, is_slot_name, model_key

BEST = "best"
"""What the best model is called where a slot's name could stand. A slot may have this name too: it is told apart by `StoredModel`."""
NOTE_FILE = "note.txt"
MAX_NOTE_CHARACTERS = 500
TRASH = ".trash"


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model of a run: its best one, or one that is kept under a name.

    Attributes:
        slot: the name; None for the best model.
    """

    run: RunDirectory
    slot: str | None
    metadata: BestMetadata
    note: str = ""

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.run.best if self.slot is None else self.run.models / self.slot

    @property
    def name(self) -> str:
        """Its slot, or `best`."""
        return self.slot or BEST

    @property
    def key(self) -> str:
        """Names it among all models of a folder of runs; see `slot_names`."""
        return model_key(self.run.run_id, self.slot)


@dataclass(frozen=True, slots=True)
class TrashedSlot:
    """A slot that was deleted and can be taken back."""

    folder: Path
    slot: str
    deleted_at: str
    """UTC, `20261126-043000`."""


def find_model(run: RunDirectory, slot: str | None) -> StoredModel:
    """The best model, or the one in a slot.

    Raises:
        ModelNotFoundError: there is none.
        FormatError: its metadata are damaged.
    """
    if slot is None:
        metadata = read_best(run)
        if metadata is None:
            raise missing_best(run)
        return StoredModel(run, None, metadata)
    folder = run.models / checked_name(slot)
    metadata = read_metadata(run, folder)
    if metadata is None:
        known = ", ".join(slot_names(run)) or "none"
        raise ModelNotFoundError(f"The run {run.run_id} has no model {slot!r}; the names in it are: {known}.")
    return StoredModel(run, slot, metadata, _note(folder))


def list_models(run: RunDirectory) -> tuple[list[StoredModel], list[str]]:
    """The best model first, then those in slots by name; and a sentence about each that cannot be shown."""
    found, complaints = [], []
    for slot in (None, *slot_names(run)):
        try:
            found.append(find_model(run, slot))
        except FormatError as error:
            complaints.append(str(error))
        except ModelNotFoundError:
            continue
    return found, complaints


def slot_names(run: RunDirectory) -> list[str]:
    """The names in use, sorted."""
    try:
        return [name for name in names_in(run.models) if is_slot_name(name) and exists(run.models / name)]
    except OSError:
        return []


def model_files(model: StoredModel) -> dict[str, bytes]:
    """Its `model.zip` and `metadata.json`, which belong together.

    Raises:
        ModelNotFoundError: the model or its run is gone, or it has been replaced by a newer one.
        FormatError: it is not the file that its metadata describe.
    """
    what = f"The model {model.name!r} of {model.run.run_id}"
    try:
        contents = read_folder(model.folder, read_described)
    except OSError as error:
        raise ModelNotFoundError(f"{what} cannot be read ({reason(error)}).") from None
    if contents is None:
        raise ModelNotFoundError(f"{what} is gone; is the run still there?")
    if sha256(contents[MODEL_FILE]) != model.metadata.sha256:
        now = read_metadata(model.run, model.folder)
        if now is None or now.sha256 == model.metadata.sha256:
            raise FormatError(f"{what} is not the file that its metadata.json describes; it is not used.")
        raise ModelNotFoundError(f"{what} has just been replaced by a newer one; look again.")
    return contents


def save_named(run: RunDirectory, slot: str, model: bytes, metadata: BestMetadata) -> None:
    """Put a model into a new slot of its run.

    Raises:
        ModelNameError: the name is taken, or cannot be one.
        OSError: the disk is full or the run is gone; nothing is left behind.
    """
    _add(run, slot, described(model, metadata))


def keep_model(source: StoredModel, target: RunDirectory, slot: str, note: str = "") -> None:
    """Put a copy of a model into a new slot of a run.

    Raises:
        ModelNameError: the name is taken, or cannot be one.
        ModelNotFoundError, FormatError: the model is gone or damaged.
        OSError: the disk is full or the target run is gone; nothing is left behind.
    """
    _add(target, slot, model_files(source), note)


def keep_last_model(run: RunDirectory, target: RunDirectory, slot: str, note: str = "") -> None:
    """Put a copy of the network as it was at the run's last checkpoint into a new slot, with what was said of it then.

    Raises:
        ModelNotFoundError: there is no checkpoint yet.
        ModelNameError, FormatError, OSError: as for `keep_model`.
    """
    checkpoint, _ = latest_checkpoint(run)
    if checkpoint is None:
        raise ModelNotFoundError(f"The run {run.run_id} has no checkpoint yet; it gets one after two minutes and when it ends.")
    try:
        model, metadata = checkpoint.contents[MODEL_FILE], metadata_of(parse_document(checkpoint.contents[METADATA_FILE], METADATA_FILE))
    except (KeyError, FormatError) as error:
        raise unfit(checkpoint, error) from None
    _add(target, slot, described(model, metadata), note)


def _add(run: RunDirectory, slot: str, contents: Mapping[str, bytes], note: str = "") -> None:
    """Build a slot aside, then rename it in, unless the name is taken."""
    folder = run.models / checked_name(slot)
    make_folder(run.models)
    aside = run.models / f".{slot}.{secrets.token_hex(4)}.new"
    try:
        make_folder(aside, new=True)
        for name, content in {**contents, **({NOTE_FILE: _note_bytes(note)} if note else {})}.items():
            replace_bytes(aside / name, content, durable=True)
        _rename(aside, folder)
    finally:
        remove_folder(aside)


def rename_slot(run: RunDirectory, slot: str, new: str) -> None:
    """Give a slot another name.

    Raises:
        ModelNameError: the new name is taken, or cannot be one.
        ModelNotFoundError: the slot is gone.
    """
    _rename(run.models / slot, run.models / checked_name(new))


def write_note(run: RunDirectory, slot: str, note: str) -> None:
    """Write what the user wants to remember about a slot; an empty note is none.

    Raises:
        ModelNotFoundError: the slot is gone.
        OSError: the disk is full.
    """
    try:
        replace_bytes(run.models / slot / NOTE_FILE, _note_bytes(note))
    except FileNotFoundError:
        raise _gone(run.models / slot) from None


def delete_slot(run: RunDirectory, slot: str) -> TrashedSlot:
    """Move a slot to the trash of its run.

    Raises:
        ModelNotFoundError: the slot is gone.
    """
    deleted_at = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    trash = run.models / TRASH
    with contextlib.suppress(FileNotFoundError):  # the run is gone: the rename says so
        make_folder(trash)
    trashed = TrashedSlot(trash / f"{slot}~{deleted_at}-{secrets.token_hex(2)}", slot, deleted_at)
    _rename(run.models / slot, trashed.folder)
    return trashed


def list_trash(run: RunDirectory) -> list[TrashedSlot]:
    """What was deleted and can be taken back, the newest first."""
    found = []
    trash = run.models / TRASH
    with contextlib.suppress(OSError):
        for name in names_in(trash):
            slot, _, rest = name.partition("~")
            if is_slot_name(slot) and rest and is_real_folder(trash / name):
                found.append(TrashedSlot(trash / name, slot, rest[:15]))
    return sorted(found, key=lambda one: one.deleted_at, reverse=True)


def restore_slot(run: RunDirectory, trashed: TrashedSlot) -> None:
    """Take a deleted slot back, under its name.

    Raises:
        ModelNameError: the name has been given to another one.
        ModelNotFoundError: it is not in the trash any more.
    """
    _rename(trashed.folder, run.models / trashed.slot)


def empty_trash(run: RunDirectory) -> None:
    """Delete for good what is in the trash."""
    remove_folder(run.models / TRASH)


def _rename(source: Path, target: Path) -> None:
    """Rename a folder; one of that name that holds something is never replaced."""
    try:
        if exists(target):
            raise FileExistsError
        move(source, target)
    except FileNotFoundError:
        raise _gone(source) from None
    except OSError as error:
        if exists(target):
            raise ModelNameError(f"There is a model {target.name!r} in this run already; give it another name first.") from None
        raise ModelNotFoundError(f"The model {source.name!r} cannot be renamed ({reason(error)}).") from None


def _gone(folder: Path) -> ModelNotFoundError:
    return ModelNotFoundError(f"The model {folder.name!r} is not there any more.")


def _note(folder: Path) -> str:
    try:
        return read_bytes(folder / NOTE_FILE, 4 * MAX_NOTE_CHARACTERS).decode("utf-8", "replace")[:MAX_NOTE_CHARACTERS]
    except OSError:
        return ""


def _note_bytes(note: str) -> bytes:
    return note.strip()[:MAX_NOTE_CHARACTERS].encode("utf-8", "replace")
