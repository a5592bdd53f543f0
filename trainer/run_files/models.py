"""`best/` and `checkpoints/step-N/`: saved models. Built aside and renamed in by the trainer alone; never torn.

`best/` holds `model.zip` (a stable-baselines3 model), `metadata.json` (below) and `replay.json` (the best game of the evaluation
that chose the model: seed, board, actions). A checkpoint holds its files and `manifest.json` with the SHA-256 of each.
"""

import base64
import shutil
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from trainer.errors import FormatError, ModelNotFoundError
from trainer.run_files.config_file import library_versions
from trainer.run_files.fields import from_fields
from trainer.run_files.files import FORMAT_VERSION, now_text, present_folder, read_document, read_folder, replace_folder, sha256
from trainer.run_files.run_directory import RunDirectory

MODEL_FILE = "model.zip"
KEPT_CHECKPOINTS = 2
MAX_REPLAY_BYTES = 100_000_000  # a game of a hundred million pieces


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


@dataclass(frozen=True, slots=True)
class Replay:
    """A game that can be played again from its seed and actions."""

    seed: int
    board_height: int
    randomizer: str
    lines: int
    actions: bytes
    """One byte a piece: the index of the chosen placement."""

    def to_json(self) -> bytes:
        """The content of `replay.json`: the actions are compressed and written as base64."""
        packed = base64.b64encode(zlib.compress(self.actions, 9)).decode()
        document = asdict(self) | {"actions": packed, "pieces": len(self.actions)}
        return orjson.dumps({"version": FORMAT_VERSION, **document}, option=orjson.OPT_INDENT_2) + b"\n"

    @classmethod
    def read(cls, path: Path) -> "Replay":
        """Read a `replay.json`.

        Raises:
            FileNotFoundError: there is none.
            FormatError: it is damaged or of an unknown version.
        """
        document = read_document(path, MAX_REPLAY_BYTES)
        try:
            actions = zlib.decompress(base64.b64decode(document["actions"], validate=True))
            return from_fields(cls, document | {"actions": actions})
        except (FormatError, KeyError, TypeError, ValueError, zlib.error) as error:
            raise FormatError(f"{path.name} is damaged: {error}.") from None


def save_best(run: RunDirectory, model: bytes, metadata: BestMetadata, replay: Replay | None) -> None:
    """Replace `best/`.

    Raises:
        OSError: the disk is full or the run directory is gone; the old model stays.
    """
    document = {"version": FORMAT_VERSION} | asdict(metadata) | {"sha256": sha256(model)}
    contents = {MODEL_FILE: model, "metadata.json": orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"}
    replace_folder(run.best, contents | ({"replay.json": replay.to_json()} if replay else {}))


def read_best(run: RunDirectory) -> BestMetadata | None:
    """The metadata of the best model, or None if there is none yet.

    Raises:
        FormatError: `metadata.json` is damaged or of an unknown version.
    """
    try:
        document = read_folder(run.best, lambda folder: read_document(folder / "metadata.json"))
    except OSError as error:
        raise FormatError(f"best/metadata.json of {run.run_id} cannot be read ({error.strerror}).") from None
    try:
        return None if document is None else from_fields(BestMetadata, document)
    except FormatError as error:
        raise FormatError(f"best/metadata.json of {run.run_id} is damaged: {error}.") from None


def best_model_path(run: RunDirectory) -> Path:
    """Where the best model is.

    Raises:
        ModelNotFoundError: there is none yet.
    """
    folder = present_folder(run.best)
    if folder is None or not (folder / MODEL_FILE).is_file():
        raise ModelNotFoundError(f"The run {run.run_id} has no best model yet; it gets one with its first evaluation.")
    return folder / MODEL_FILE


def save_checkpoint(run: RunDirectory, step: int, contents: dict[str, bytes]) -> Path:
    """Write `checkpoints/step-N/` with a manifest of hashes and drop all but the last two.

    Raises:
        OSError: the disk is full or the run directory is gone; older checkpoints stay.
    """
    folder = run.checkpoints / f"step-{step}"
    manifest = {
        "version": FORMAT_VERSION,
        "step": step,
        "saved_at": now_text(),
        "sha256": {name: sha256(data) for name, data in contents.items()},
    }
    run.checkpoints.mkdir(exist_ok=True)
    replace_folder(folder, contents | {"manifest.json": orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"})
    left_by_killed_processes = run.checkpoints.glob(".step-*")
    for old in (*list_checkpoints(run)[KEPT_CHECKPOINTS:], *left_by_killed_processes):
        shutil.rmtree(old, ignore_errors=True)
    return folder


def list_checkpoints(run: RunDirectory) -> list[Path]:
    """The checkpoints of a run, newest first."""
    found = [path for path in run.checkpoints.glob("step-*") if path.name[5:].isdecimal() and (path / "manifest.json").is_file()]
    return sorted(found, key=lambda path: int(path.name[5:]), reverse=True)
