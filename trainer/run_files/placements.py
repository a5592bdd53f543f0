"""`runs/.placed/<run_id>.json`: which runs are trained elsewhere. Written by the relay alone, removed when the trainer has ended.

| field | meaning |
|---|---|
| `on` | by which engine, as in the queue: `ray:HOST:PORT` |
| `control_seq` | `seq` of `control.json` when it was placed: what it says of pause and stop was for an earlier trainer |
| `token` | names one beginning of its trainer; empty while there is none: what a node has of an earlier one is of no use |
| `node` | where, for people; empty while it waits for a place |

It lies beside the runs and not in them, so that a copy of a run is not taken for one that is being trained.
"""

import functools
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import FormatError
from .fields import from_fields
from .files import read_document, replace_document
from .opening import Stamp, exists, make_folder, names_in, remove_file, stamp

PLACED_DIR = ".placed"
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a run is trained."""

    on: str
    control_seq: int
    token: str = ""
    node: str = ""


def write_placement(runs_dir: Path, run_id: str, placement: Placement) -> None:
    """Say where a run is trained. Raises OSError."""
    make_folder(runs_dir / PLACED_DIR)
    replace_document(_path(runs_dir, run_id), asdict(placement))


def read_placement(runs_dir: Path, run_id: str) -> Placement | None:
    """Where a run is trained, if not here; None also for a file that says nothing."""
    try:
        return from_fields(Placement, read_document(_path(runs_dir, run_id)))
    except (OSError, FormatError):
        return None


def is_placed(runs_dir: Path, run_id: str) -> bool:
    """Whether a run is trained elsewhere, told at once."""
    return exists(_path(runs_dir, run_id))


def remove_placement(runs_dir: Path, run_id: str) -> None:
    """It is not trained elsewhere any more. Raises OSError."""
    remove_file(_path(runs_dir, run_id))


def list_placements(runs_dir: Path) -> dict[str, Placement]:
    """All of a folder of runs, by run id."""
    try:
        ids = [name.removesuffix(SUFFIX) for name in names_in(runs_dir / PLACED_DIR) if name.endswith(SUFFIX) and name[0] != "."]
    except OSError:
        return {}
    found = {run_id: read_placement(runs_dir, run_id) for run_id in ids}
    return {run_id: placement for run_id, placement in found.items() if placement is not None}


def engines_with_placements(runs_dir: Path) -> tuple[str, ...]:
    """Which engines have runs of a folder; each look at a queue asks, so the files are read again only after one of them changed."""
    seen = stamp(runs_dir / PLACED_DIR)
    return _engines(runs_dir, seen) if seen is not None else ()


@functools.lru_cache(16)
def _engines(runs_dir: Path, _seen: Stamp) -> tuple[str, ...]:
    return tuple(dict.fromkeys(placement.on for placement in list_placements(runs_dir).values()))


def _path(runs_dir: Path, run_id: str) -> Path:
    return runs_dir / PLACED_DIR / f"{run_id}{SUFFIX}"
