"""`source.json`: where an imported run is from. Written by the import alone; a run that was trained here has none.

| field | meaning |
|---|---|
| `program` | which one has logged it |
| `path` | the last part of the path of its folder or file |
| `part` | the name of the run in a file that holds several, or empty |
| `files` | names of what was read |
| `key` | tells this source from others: a hash of its whole path and its part |
| `content` | a hash of all that was read: the same source at another place has the same |
| `began_at` | when it began, as far as anything says; empty: nothing does |
| `imported_at` | when it was read last |
| `lost` | file → rows that could not be read |
| `notes` | what else a person should know, as sentences |
"""

import functools
from dataclasses import asdict, dataclass, field

from ..errors import FormatError, reason
from .fields import from_fields
from .files import now_text, read_document, replace_document
from .opening import Stamp, stamp
from .run_directory import MAX_CACHED, RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """The content of `source.json`."""

    program: str
    path: str
    key: str
    content: str
    part: str = ""
    files: list[str] = field(default_factory=list)
    began_at: str = ""
    imported_at: str = field(default_factory=now_text)
    lost: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def write_source(run: RunDirectory, source: SourceFile) -> None:
    """Replace `source.json`. Raises OSError."""
    replace_document(run.source, asdict(source))


def read_source(run: RunDirectory) -> SourceFile | None:
    """Where a run is from; None: it was trained here, or is from a bundle. A file that has not changed is not read again.

    Raises:
        FormatError: the file is damaged.
    """
    seen = stamp(run.source)
    try:
        return _read_once(run, seen) if seen is not None else None
    except FileNotFoundError:
        return None


@functools.lru_cache(MAX_CACHED)
def _read_once(run: RunDirectory, _seen: Stamp) -> SourceFile:
    try:
        return from_fields(SourceFile, read_document(run.source))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FormatError(f"source.json cannot be read ({reason(error)}).") from None
    except FormatError as error:
        raise FormatError(f"source.json is damaged: {str(error).rstrip('.')}.") from None
