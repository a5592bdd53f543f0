"""`checkpoints/step-N/`: everything needed to go on exactly. Built aside and renamed in by the trainer alone; the last two are kept.

A checkpoint holds its files and `manifest.json`: the step and the SHA-256 of each file. One whose files do not fit its manifest is
passed over for the one before it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import orjson

from ..errors import FormatError, reason, shown
from .files import FORMAT_VERSION, now_text, read_document, replace_folder, sha256
from .jsonl import cut_log
from .limits import MAX_CHECKPOINT_BYTES
from .opening import exists, make_folder, names_in, read_whole, remove_folder
from .run_directory import RunDirectory

MANIFEST_FILE = "manifest.json"
KEPT_CHECKPOINTS = 2
CHECKPOINT_NAME = re.compile(r"step-(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint."""

    step: int
    contents: dict[str, bytes]
    """Its files by name, but for the manifest."""
    log_bytes: dict[str, int]
    """How long each log was, by file name: what comes after that belongs to steps that will be made again."""


def unfit(checkpoint: Checkpoint, error: Exception, file: str = "") -> FormatError:
    """What is raised about a whole checkpoint that a run cannot go on from.

    Args:
        checkpoint: it.
        error: what was found.
        file: in which of its files, if that is known.
    """
    where = f"{file}: " if file else ""
    return FormatError(f"The checkpoint of step {checkpoint.step:,} does not fit this run: {where}{reason(error)}.")


def save_checkpoint(run: RunDirectory, checkpoint: Checkpoint) -> Path:
    """Write `checkpoints/step-N/` with a manifest of hashes and drop all but the last two.

    Raises:
        OSError: the disk is full or the run directory is gone; older checkpoints stay.
    """
    folder = run.checkpoints / f"step-{checkpoint.step}"
    manifest = {
        "version": FORMAT_VERSION,
        "step": checkpoint.step,
        "saved_at": now_text(),
        "sha256": {name: sha256(data) for name, data in checkpoint.contents.items()},
        "log_bytes": checkpoint.log_bytes,
    }
    make_folder(run.checkpoints)
    replace_folder(folder, checkpoint.contents | {MANIFEST_FILE: orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"})
    left_by_killed_processes = [run.checkpoints / name for name in names_in(run.checkpoints) if name.startswith(".step-")]
    for old in (*list_checkpoints(run)[KEPT_CHECKPOINTS:], *left_by_killed_processes):
        remove_folder(old)
    return folder


def list_checkpoints(run: RunDirectory) -> list[Path]:
    """What is called a checkpoint of a run, newest first; whether it is one is told by reading it.

    Raises:
        SpecialFileError: `checkpoints` is no folder of the run.
    """
    steps = [int(name[5:]) for name in names_in(run.checkpoints) if CHECKPOINT_NAME.fullmatch(name)]
    return [
        run.checkpoints / f"step-{step}" for step in sorted(steps, reverse=True) if exists(run.checkpoints / f"step-{step}" / MANIFEST_FILE)
    ]


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read one checkpoint and check every file against the manifest.

    Raises:
        FormatError: it is damaged, or links lead out of it; the text says what is wrong.
    """
    try:
        manifest = read_document(folder / MANIFEST_FILE)
        expected = dict(manifest["sha256"])
        contents = _contents(folder, [str(name) for name in expected])
        step, log_bytes = int(manifest["step"]), {str(name): int(size) for name, size in manifest["log_bytes"].items()}
    except OSError as error:
        what = f"{Path(str(error.filename)).name}: " if error.filename else ""
        raise FormatError(f"The checkpoint {folder.name} cannot be read ({what}{reason(error)}).") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, FormatError) as error:
        raise FormatError(f"The checkpoint {folder.name} cannot be read ({reason(error)}).") from None
    wrong = [name for name, content in contents.items() if sha256(content) != expected[name]]
    if wrong:
        raise FormatError(f"The checkpoint {folder.name} is damaged: {', '.join(wrong)} is not the file that was written.")
    return Checkpoint(step, contents, log_bytes)


def latest_checkpoint(run: RunDirectory) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and one sentence about each newer one that is not."""
    complaints: list[str] = []
    try:
        folders = list_checkpoints(run)
    except OSError as error:
        return None, [f"The checkpoints cannot be read ({reason(error)})."]
    for folder in folders:
        try:
            return read_checkpoint(folder), complaints
        except FormatError as error:
            complaints.append(str(error))
    return None, complaints


def cut_logs(run: RunDirectory, checkpoint: Checkpoint | None) -> None:
    """Take the rows after a checkpoint away; without one, all. The events stay: they did happen.

    Raises:
        OSError: the disk is full or the run directory is gone; the logs that were not reached yet stay whole.
    """
    sizes = checkpoint.log_bytes if checkpoint is not None else {}
    for log in (run.metrics, run.episodes, run.evaluations):
        cut_log(log, sizes.get(log.name, 0))


def _contents(folder: Path, names: list[str]) -> dict[str, bytes]:
    """The files of a checkpoint, by name."""
    contents, left = dict[str, bytes](), MAX_CHECKPOINT_BYTES
    for name in names:
        if Path(name).name != name:
            raise FormatError(f"{shown(name)} leads elsewhere")
        contents[name] = read_whole(folder / name, left)
        left -= len(contents[name])
    return contents
