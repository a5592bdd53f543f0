"""`checkpoints/step-N/`: everything needed to go on exactly. Built aside and renamed in by the trainer alone; the last two are kept.

A checkpoint holds its files and `manifest.json`: the step and the SHA-256 of each file. One whose files do not fit its manifest is
passed over for the one before it.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson

from trainer.errors import FormatError
from trainer.run_files.files import FORMAT_VERSION, now_text, read_document, replace_folder, sha256
from trainer.run_files.jsonl import cut_log
from trainer.run_files.replays import cut_replays
from trainer.run_files.run_directory import RunDirectory

MANIFEST_FILE = "manifest.json"
KEPT_CHECKPOINTS = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint."""

    step: int
    contents: dict[str, bytes]
    """Its files by name, but for the manifest."""
    log_bytes: dict[str, int]
    """How long each log was, by file name: what comes after that belongs to steps that will be made again."""


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
    run.checkpoints.mkdir(exist_ok=True)
    replace_folder(folder, checkpoint.contents | {MANIFEST_FILE: orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"})
    left_by_killed_processes = run.checkpoints.glob(".step-*")
    for old in (*list_checkpoints(run)[KEPT_CHECKPOINTS:], *left_by_killed_processes):
        shutil.rmtree(old, ignore_errors=True)
    return folder


def list_checkpoints(run: RunDirectory) -> list[Path]:
    """The checkpoints of a run, newest first."""
    found = [path for path in run.checkpoints.glob("step-*") if path.name[5:].isdecimal() and (path / MANIFEST_FILE).is_file()]
    return sorted(found, key=lambda path: int(path.name[5:]), reverse=True)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read one checkpoint and check every file against the manifest.

    Raises:
        FormatError: it is damaged, or links lead out of it; the text says what is wrong.
    """
    try:
        _refuse_links(folder / MANIFEST_FILE)
        manifest = read_document(folder / MANIFEST_FILE)
        expected = dict(manifest["sha256"])
        contents = {str(name): _content(folder, str(name)) for name in expected}
        step, log_bytes = int(manifest["step"]), {str(name): int(size) for name, size in manifest["log_bytes"].items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError, FormatError) as error:
        raise FormatError(f"The checkpoint {folder.name} cannot be read ({error}).") from None
    wrong = [name for name, content in contents.items() if sha256(content) != expected[name]]
    if wrong:
        raise FormatError(f"The checkpoint {folder.name} is damaged: {', '.join(wrong)} is not the file that was written.")
    return Checkpoint(step, contents, log_bytes)


def latest_checkpoint(run: RunDirectory) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and one sentence about each newer one that is not."""
    complaints: list[str] = []
    for folder in list_checkpoints(run):
        try:
            return read_checkpoint(folder), complaints
        except FormatError as error:
            complaints.append(str(error))
    return None, complaints


def cut_logs(run: RunDirectory, checkpoint: Checkpoint | None) -> None:
    """Take the rows and the recorded games after a checkpoint away; without one, all. The events stay: they did happen.

    Raises:
        OSError: the disk is full or the run directory is gone; the logs that were not reached yet stay whole.
    """
    sizes = checkpoint.log_bytes if checkpoint is not None else {}
    for log in (run.metrics, run.episodes, run.evaluations):
        cut_log(log, sizes.get(log.name, 0))
    cut_replays(run, checkpoint.step if checkpoint is not None else -1)


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    if Path(name).name != name:
        raise FormatError(f"{name!r} leads elsewhere")
    _refuse_links(path)
    return path.read_bytes()


def _refuse_links(path: Path) -> None:
    for one in (path.parent.parent, path.parent, path):
        if one.is_symlink():
            raise FormatError(f"it must hold its own files; {one.name} is a symbolic link")
