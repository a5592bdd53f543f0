"""`labels.json`: what a person has written on a run since it was made. Written by the app alone; a run has none until then.

| field | meaning |
|---|---|
| `name` | what the run is called now, or null: as in `config.json` |
| `tags` | words to find it by, without repetition |
| `note` | free text |
| `archived` | whether it is left out of lists unless somebody asks for it |

`config.json` stays as it was written: labels change what is displayed and nothing else. Two tabs may write at once: it is changed
under `labels.json.lock`; readers never lock.
"""

import functools
from dataclasses import asdict, dataclass, replace
from typing import Any

from filelock import Timeout

from ..errors import FormatError, LabelError, RunDirectoryError, reason, shown
from .fields import from_fields
from .files import read_document, replace_document
from .locks import locked
from .opening import Stamp, is_real_folder, require_folder, stamp
from .run_directory import MAX_CACHED, MAX_NAME_CHARACTERS, RunDirectory

MAX_TAGS = 20
MAX_TAG_CHARACTERS = 40
MAX_NOTE_CHARACTERS = 4_000
LOCK_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Labels:
    """The content of `labels.json`. Constructing one checks every field.

    Raises:
        LabelError: a text is too long, a tag is empty, or there are too many tags.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    archived: bool = False

    def __post_init__(self) -> None:
        _require(
            "A name", f"of 1 to {MAX_NAME_CHARACTERS} characters", self.name, self.name is None or _fits(self.name, MAX_NAME_CHARACTERS)
        )
        _require("A note", f"of at most {MAX_NOTE_CHARACTERS:,} characters", self.note, len(self.note) <= MAX_NOTE_CHARACTERS)
        for tag in self.tags:
            _require("A tag", f"of 1 to {MAX_TAG_CHARACTERS} characters", tag, _fits(tag, MAX_TAG_CHARACTERS))
        _require("The tags", f"{MAX_TAGS} different ones at most", self.tags, len(set(self.tags)) == len(self.tags) <= MAX_TAGS)


def _fits(text: str, most: int) -> bool:
    return 0 < len(text.strip()) == len(text) <= most and text.isprintable()


def _require(what: str, expected: str, got: object, holds: bool) -> None:
    if not holds:
        raise LabelError(f"{what} must be {expected}; got {shown(got)}.")


_NOTHING = Labels()


def read_labels(run: RunDirectory) -> Labels:
    """What is written on a run; nothing if there is no `labels.json`. One that has not changed is not read again.

    Raises:
        FormatError: it is damaged or of an unknown version.
    """
    seen = stamp(run.labels)
    try:
        return _read_once(run, seen) if seen is not None else _NOTHING
    except FileNotFoundError:  # deleted in this moment
        return _NOTHING


@functools.lru_cache(MAX_CACHED)
def _read_once(run: RunDirectory, _seen: Stamp) -> Labels:
    return _read(run)


def _read(run: RunDirectory) -> Labels:
    try:
        document = read_document(run.labels)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FormatError(f"labels.json cannot be read ({reason(error)}).") from None
    try:
        return from_fields(Labels, document)
    except (FormatError, LabelError) as error:
        raise FormatError(f"In labels.json, {error}") from None


def shown_name(run: RunDirectory, given: str) -> str:
    """What a run is called: the name that a person wrote on it, else the one that it was given."""
    try:
        return read_labels(run).name or given
    except FormatError:
        return given


def update_labels(run: RunDirectory, **changes: Any) -> Labels:
    """Change some fields of `labels.json` under its lock and return the new state; a damaged file is replaced.

    Raises:
        LabelError: a change is not allowed; the file is untouched.
        RunDirectoryError: the run directory is gone or not writable, or the lock was not free within 3 seconds.
    """
    replace(Labels(), **changes)  # refuse a bad value before anything is touched
    try:
        require_folder(run.path)
        with locked(run.labels_lock, timeout_s=LOCK_TIMEOUT_S):
            try:
                before = _read(run)  # not what is kept: two writes in one tick of the clock may have the same stamp
            except (FormatError, FileNotFoundError):
                before = Labels()
            after = replace(before, **changes)
            replace_document(run.labels, asdict(after))
    except Timeout:
        raise RunDirectoryError(f"labels.json is locked by another program for over {LOCK_TIMEOUT_S:g} s; try again.") from None
    except OSError as error:
        advice = "mend that and try again" if is_real_folder(run.path) else "is the run still there?"
        raise RunDirectoryError(f"labels.json of {run.run_id} cannot be written ({reason(error)}); {advice}.") from None
    return after
