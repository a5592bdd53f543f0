"""`runs/batch.json`: several runs that are trained one after another. Written by the process that starts them, and by it alone.

| field | meaning |
|---|---|
| `process` | which process that is; when it has ended without a word, the batch was interrupted |
| `state` | `training`, `finished` (all were started and have ended) or `stopped` |
| `waiting` | names of the runs that are still to be made, in their order |
| `runs` | ids of the runs that were made, in their order |
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ..errors import FormatError, reason
from .fields import from_fields
from .files import read_document, replace_document
from .process_identity import ProcessIdentity

BATCH_FILE = "batch.json"


@dataclass(frozen=True, slots=True)
class Batch:
    """The content of `batch.json`."""

    process: ProcessIdentity
    state: Literal["training", "finished", "stopped"] = "training"
    waiting: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def write_batch(runs_dir: Path, batch: Batch) -> None:
    """Replace `batch.json`.

    Raises:
        OSError: the disk is full or the runs folder is gone; the old file stays.
    """
    replace_document(runs_dir / BATCH_FILE, asdict(batch))


def read_batch(runs_dir: Path) -> Batch | None:
    """The last batch, or None if there never was one.

    Raises:
        FormatError: the file is damaged or of an unknown version.
    """
    try:
        return from_fields(Batch, read_document(runs_dir / BATCH_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except FormatError as error:
        raise FormatError(f"In {BATCH_FILE}, {error}") from None
    except OSError as error:
        raise FormatError(f"{BATCH_FILE} cannot be read ({reason(error)}).") from None
