"""Whole files and folders that are replaced at once: a reader sees the old one or the new one, never a part."""

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from trainer.errors import FormatError, shown

FORMAT_VERSION = 1
MAX_DOCUMENT_BYTES = 1_000_000  # a document is a few kB; more is not one of ours and is not read into memory
USUAL_BYTES = 4_096  # more than most documents have
SWAP_LOOKS = 10  # a reader's: a swap takes microseconds, so that the second look nearly always succeeds

Stamp = tuple[int, int, int]
"""What tells one content of a file from another: nanoseconds of its last change, bytes, inode."""

T = TypeVar("T")


def now_text() -> str:
    """The time as every file writes it: UTC, milliseconds, `2026-11-23T15:04:05.123Z`."""
    return time_text(datetime.now(UTC))


def time_text(when: datetime) -> str:
    """A time in UTC as every file writes it."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now_ms() -> int:
    """The time as every row of measurements carries it: milliseconds since 1970, in UTC."""
    return time.time_ns() // 1_000_000


def seconds_since(text: str) -> float:
    """Seconds from a time written by `now_text` until now (clock time: only for display)."""
    return (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()


def require_time(name: str, text: str) -> None:
    """Refuse a time that `seconds_since` cannot read.

    Raises:
        FormatError: it is not one of `now_text`'s.
    """
    try:
        seconds_since(text)
    except (ValueError, TypeError, OverflowError):
        raise FormatError(f"{name} must be a UTC time; got {shown(text)}") from None


def stamp(path: Path) -> Stamp | None:
    """What tells the file's content from an earlier one; None if there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for several files of every run at each drawing
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def replace_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Replace a file at once.

    Args:
        path: the file; its folder must exist.
        content: the whole new content.
        durable: wait until the content has reached the disk (a crash of the machine then keeps it).

    Raises:
        OSError: the disk is full or the folder is gone; the old file is untouched.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def replace_document(path: Path, document: Mapping[str, Any], *, durable: bool = False) -> None:
    """Replace a JSON document; see `document_bytes`."""
    replace_bytes(path, document_bytes(document), durable=durable)


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """A JSON document as it is written: one field a line, `"version"` first."""
    return orjson.dumps({"version": FORMAT_VERSION, **document}, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n"


def read_document(path: Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> dict[str, Any]:
    """A JSON document of a known version.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is not a JSON object of version 1; the text says what it is instead.
    """
    return parse_document(read_bytes(path, max_bytes), path.name, max_bytes)


def read_bytes(path: Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The content of a file, at most one byte more than it may have.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # a page comes here several times for every run
    try:
        content = os.read(file, USUAL_BYTES)
        while len(content) >= USUAL_BYTES and (more := os.read(file, max_bytes + 1 - len(content))):
            content += more
    finally:
        os.close(file)
    return content


def parse_document(content: bytes, name: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> dict[str, Any]:
    """The JSON object in a document's bytes; see `read_document`."""
    if len(content) > max_bytes:
        raise FormatError(f"{name} must be smaller than {max_bytes:,} bytes.")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{name} must hold JSON; {'it is empty' if not content.strip() else error.msg}.") from None
    if not isinstance(document, dict):
        raise FormatError(f"{name} must hold a JSON object; got {type(document).__name__}.")
    version = document.get("version")
    if version != FORMAT_VERSION or not isinstance(version, int) or isinstance(version, bool):
        raise FormatError(f"{name} must be of format version {FORMAT_VERSION}; got {shown(version)}. Update Control Room to read it.")
    return document


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def replace_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Build a folder aside, then swap it in; the old one stays until the new one is whole and on disk.

    Between the two renames of the swap there is a moment in which only `.<name>.old` exists; `present_folder` looks there.

    Raises:
        OSError: the disk is full or the parent folder is gone; what `present_folder` finds is the old one still.
    """
    aside, old = _aside(folder), _old(folder)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir()
        for name, content in contents.items():
            replace_bytes(aside / name, content, durable=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def present_folder(folder: Path) -> Path | None:
    """The folder itself, or the old one if a swap was cut in half, or None if there never was one."""
    looks = (folder, _old(folder), folder)  # the last look: the swap may have been finished since the first one
    return next((candidate for candidate in looks if candidate.is_dir()), None)


def read_folder(folder: Path, read: Callable[[Path], T]) -> T | None:
    """What `read` makes of the folder; None if there never was one. A swap in the middle of reading makes it read again.

    Raises:
        OSError: a file is missing in a folder that stands still, or cannot be read.
    """
    for _ in range(SWAP_LOOKS):
        present = present_folder(folder)
        if present is None:
            return None
        with contextlib.suppress(FileNotFoundError):
            return read(present)
    raise FileNotFoundError(errno.ENOENT, "a file is missing in", folder.name)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.new")


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
