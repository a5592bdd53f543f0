"""How large a folder of runs is, and what in it may be deleted: caches, films and trash.

| kind | where | what its loss costs |
|---|---|---|
| `caches` | `<run>/*.columns` | long logs are parsed once more |
| `films` | `.films/*.film` | an episode is simulated again when somebody looks |
| `deleted_runs` | `.trash/<run>/` | they cannot be brought back any more |
| `deleted_models` | `<run>/models/.trash/<slot>~<when>/` | the same |

Everything else stays. What belongs to a run that a trainer holds stays too, whatever it is.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from . import slots
from .films import FILMS_DIR
from .films import SUFFIX as FILM
from .opening import exists, is_real_folder, move, real, remove_file, remove_folder
from .run_directory import RUN_ID_PATTERN, RunDirectory, list_runs
from .run_lock import is_run_locked
from .table_cache import SUFFIX as CACHE
from .trash import TRASH

Kind = Literal["caches", "films", "deleted_runs", "deleted_models"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MODELS = "models"  # the folder of a run that holds the trash of its models


@dataclass(frozen=True, slots=True)
class Removable:
    """A file or a folder that may be deleted.

    Attributes:
        bytes: of all files in it.
        run: the run that it belongs to; None: to none.
    """

    kind: Kind
    path: Path
    bytes: int
    run: RunDirectory | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a folder of runs holds at one moment.

    Attributes:
        runs: how many, without the deleted ones.
        files: in the whole folder.
        bytes: of all these files, as they say themselves.
        removable: what may be deleted, without what belongs to a run that is being trained.
    """

    runs: int
    files: int
    bytes: int
    removable: tuple[Removable, ...]

    def of(self, kind: Kind) -> tuple[Removable, ...]:
        """What may be deleted of one kind."""
        return tuple(one for one in self.removable if one.kind == kind)

    @property
    def removable_bytes(self) -> int:
        """What deleting all of it frees."""
        return total_bytes(self.removable)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of a clean-up.

    Attributes:
        bytes: what was freed.
        left: what is still there: its run is being trained by now, or the system does not let it be deleted.
    """

    bytes: int
    left: tuple[Removable, ...]


def total_bytes(removable: Sequence[Removable]) -> int:
    """Of several together."""
    return sum(one.bytes for one in removable)


def survey(runs_dir: Path) -> Survey:
    """Look at every file in a folder of runs; takes a second for some 200,000. A folder that does not exist has none."""
    folder = real(runs_dir)
    files = whole = 0
    sizes = defaultdict[tuple[Kind, Path, str], int](int)
    for parts, size in _files_below(folder):
        files, whole = files + 1, whole + size
        found = _classify(parts)
        if found is not None:
            kind, depth, run = found
            sizes[kind, folder.joinpath(*parts[:depth]), run] += size
    active = {run for _, _, run in sizes if run and is_run_locked(RunDirectory(folder / run))}
    removable = tuple(
        Removable(kind, path, size, RunDirectory(folder / run) if run else None)
        for (kind, path, run), size in sorted(sizes.items())
        if run not in active
    )
    return Survey(len(list_runs(folder)), files, whole, removable)


def clean(removable: Sequence[Removable]) -> Cleaned:
    """Delete for good what a survey has found; what is gone already counts as freed by somebody else."""
    freed, left = 0, list[Removable]()
    for one in removable:
        if not exists(one.path):
            continue
        if one.run is not None and is_run_locked(one.run):
            left.append(one)
            continue
        with suppress(OSError):
            _remove(one.path)
        if exists(one.path):
            left.append(one)
        else:
            freed += one.bytes
    return Cleaned(freed, tuple(left))


def _remove(path: Path) -> None:
    """Delete a file, or a folder: aside first, so that nobody brings half of it back."""
    if not is_real_folder(path):
        remove_file(path)
        return
    aside = path.with_name(f".{secrets.token_hex(8)}.gone")
    move(path, aside)
    remove_folder(aside)
    if exists(aside):
        move(aside, path)


def _classify(parts: tuple[str, ...]) -> tuple[Kind, int, str] | None:
    """What a file belongs to that may be deleted.

    Args:
        parts: of its path below the folder of runs.

    Returns:
        The kind, how many of the parts name what is deleted as one, and the run that must not be under way, if any, as
        a path below the folder of runs; None for a file that stays.
    """
    top, *rest = parts
    if top == FILMS_DIR and len(parts) == 2 and rest[0].endswith(FILM):
        return "films", 2, ""
    if top == TRASH and len(parts) > 2:
        return "deleted_runs", 2, os.path.join(top, rest[0])  # noqa: PTH118 - a part of a path
    if not RUN_ID_PATTERN.fullmatch(top):
        return None
    if len(parts) == 2 and rest[0].endswith(CACHE):
        return "caches", 2, top
    if rest[:2] == [MODELS, slots.TRASH] and len(parts) > 4:
        return "deleted_models", 4, top
    return None


def _files_below(folder: Path) -> Iterator[tuple[tuple[str, ...], int]]:
    """The parts of the path of every file below a folder, and its bytes; no link is followed, what cannot be listed is passed over."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(str(folder), ())]
    while waiting:
        path, parts = waiting.pop()
        with suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, (*parts, entry.name)))
                elif entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        yield (*parts, entry.name), entry.stat(follow_symlinks=False).st_size
