"""Whole files and folders that are replaced at once: a reader sees the old one or the new one, never a part."""

import contextlib
import errno
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ..errors import FormatError, shown
from .limits import MAX_DOCUMENT_BYTES, MAX_VALUES
from .opening import is_folder, make_folder, move, read_bytes, remove_folder, replace_bytes

FORMAT_VERSION = 4
FIRST_YEAR, LAST_YEAR = 1971, 2200  # at the ends of the calendar a time has no place in some zones
SWAP_LOOKS = 10  # a reader's: a swap takes microseconds, so that the second look nearly always succeeds

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


def seconds_at(text: str) -> float:
    """A time written by `now_text` in seconds since 1970; 0 of a text that is no time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def require_time(name: str, text: str) -> None:
    """Refuse a time that `seconds_since` cannot read, or at which no run was made.

    Raises:
        FormatError: it is not one of `now_text`'s.
    """
    try:
        seconds_since(text)
        year = datetime.fromisoformat(text).year
    except (ValueError, TypeError, OverflowError):
        raise FormatError(f"{name} must be a UTC time; got {shown(text)}") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FormatError(f"{name} must be of a year from {FIRST_YEAR} to {LAST_YEAR}; got {shown(text)}")


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
        FormatError: it is not a JSON object of `FORMAT_VERSION`; the text says what it is instead.
    """
    return parse_document(read_bytes(path, max_bytes), path.name, max_bytes)


def count_values(content: bytes) -> int:
    """At least as many values as some JSON holds, told without parsing it."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def parse_document(content: bytes, name: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> dict[str, Any]:
    """The JSON object in a document's bytes; see `read_document`."""
    if len(content) > max_bytes:
        raise FormatError(f"{name} must be smaller than {max_bytes:,} bytes.")
    if count_values(content) > MAX_VALUES:
        raise FormatError(f"{name} must hold at most {MAX_VALUES:,} values.")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise FormatError(f"{name} must hold JSON; {'it is empty' if not content.strip() else error.msg}.") from None
    if not isinstance(document, dict):
        raise FormatError(f"{name} must hold a JSON object; got {type(document).__name__}.")
    version = document.get("version")
    if version != FORMAT_VERSION or not isinstance(version, int) or isinstance(version, bool):
        older = isinstance(version, int | float) and version < FORMAT_VERSION
        advice = ": only the older Control Room that wrote it reads it" if older else ". Update Control Room to read it"
        raise FormatError(f"{name} must be of format version {FORMAT_VERSION}; got {shown(version)}{advice}.")
    return document


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def replace_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Build a folder aside, then swap it in; see `swapping`."""
    with swapping(folder) as aside:
        for name, content in contents.items():
            replace_bytes(aside / name, content, durable=True)


@contextlib.contextmanager
def swapping(folder: Path) -> Iterator[Path]:
    """Build a folder aside, at the path that is given; at the end it is swapped in. After an error the old one stays.

    Between the two renames of the swap there is a moment in which only `.<name>.old` exists; `present_folder` looks there.

    Raises:
        OSError: the disk is full or the parent folder is gone; what `present_folder` finds is the old one still.
    """
    aside, old = _aside(folder), _old(folder)
    remove_folder(aside)
    try:
        make_folder(aside, new=True)
        yield aside
        if is_folder(folder):
            remove_folder(old)
            move(folder, old)
        move(aside, folder)
    except BaseException:
        remove_folder(aside)
        raise
    remove_folder(old)


def present_folder(folder: Path) -> Path | None:
    """The folder itself, or the old one if a swap was cut in half, or None if there never was one.

    Raises:
        SpecialFileError: something else has its name, such as a link.
    """
    looks = (*(folder, _old(folder)) * 3, folder)  # a swap may have been finished since the look before, and the next one begun
    return next((candidate for candidate in looks if is_folder(candidate)), None)


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
