"""`runs/examples.json`: example runs, which are trained one after another. Written by the process that starts them, and by it alone.

| field | meaning |
|---|---|
| `process` | which process that is; when it has ended without a word, they were interrupted |
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

EXAMPLES_FILE = "examples.json"


@dataclass(frozen=True, slots=True)
class ExampleRuns:
    """The content of `examples.json`."""

    process: ProcessIdentity
    state: Literal["training", "finished", "stopped"] = "training"
    waiting: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def write_examples(runs_dir: Path, examples: ExampleRuns) -> None:
    """Replace `examples.json`.

    Raises:
        OSError: the disk is full or the runs folder is gone; the old file stays.
    """
    replace_document(runs_dir / EXAMPLES_FILE, asdict(examples))


def read_examples(runs_dir: Path) -> ExampleRuns | None:
    """The last ones, or None if there never were any.

    Raises:
        FormatError: the file is damaged or of an unknown version.
    """
    try:
        return from_fields(ExampleRuns, read_document(runs_dir / EXAMPLES_FILE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except FormatError as error:
        raise FormatError(f"In {EXAMPLES_FILE}, {error}") from None
    except OSError as error:
        raise FormatError(f"{EXAMPLES_FILE} cannot be read ({reason(error)}).") from None
