"""Which runs a path holds: every file is told by its content, whatever its name.

| what | told by | becomes |
|---|---|---|
| `monitor.csv` | `#{"t_start": …}` and the columns `r,l,t` | part of the run of its folder |
| `progress.csv`, `progress.json` | `time/total_timesteps` in its first line | the same |
| `evaluations.npz` | an archive whose first array is `timesteps` | the same |
| TensorBoard event file | a record with its checksum that says `brain.Event` | the same |
| `args.yml` and `config.yml` in a folder beside these | their names | its settings |
| Trackio's database | SQLite, with a table of metrics | a run for each in it |
| CSV of Weights & Biases | its columns | a run for each in it |
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

from ..errors import FormatError, reason, shown
from ..run_files.opening import Stamp, is_file, is_real_folder, names_in, read_bytes, real, stamp
from . import trackio, wandb_csv
from .evaluations import is_evaluations, read_evaluations
from .event_files import PROGRAM as TENSORBOARD
from .event_files import is_event_file, read_event_files
from .logs import HEAD_BYTES, Logs, Source, merged
from .monitor import PROGRAM as STABLE_BASELINES
from .monitor import is_monitor, read_monitors, recent_means
from .progress import is_progress_csv, is_progress_json, read_progress
from .rl_zoo import PROGRAM as ZOO
from .rl_zoo import settings_folder, zoo_settings
from .settings import algorithm_in

MONITOR, PROGRESS_CSV, PROGRESS_JSON, EVALUATIONS, EVENTS = "monitor.csv", "progress.csv", "progress.json", "evaluations.npz", "event file"
TRACKIO, WANDB = "Trackio's database", "CSV of Weights & Biases"
KINDS: dict[str, Callable[[bytes], bool]] = {
    MONITOR: is_monitor,
    PROGRESS_CSV: is_progress_csv,
    PROGRESS_JSON: is_progress_json,
    EVALUATIONS: is_evaluations,
    EVENTS: is_event_file,
    TRACKIO: trackio.is_database,
    WANDB: wandb_csv.is_wandb_csv,
}
"""What is recognised, by its head."""
SEVERAL = {TRACKIO: trackio.find_runs, WANDB: wandb_csv.find_runs}
"""The kinds of files that hold several runs."""
EXPECTED = "monitor.csv, progress.csv, evaluations.npz, TensorBoard, RL Baselines3 Zoo, Trackio or a CSV of Weights & Biases"
MAX_DEPTH, MAX_FILES = 8, 20_000
"""How far down runs are looked for, and in how many files."""


def find_sources(path: Path, *, step: str = "", problems: list[FormatError] | None = None) -> list[Source]:
    """The runs that a file or a folder, with the folders in it, holds.

    Args:
        path: as a person named it.
        step: what counts the steps, where a file leaves the choice: see `wandb_csv` and `trackio`.
        problems: gets what is wrong with files in a folder, if there are others.

    Raises:
        FormatError: there is nothing of the kind.
    """
    path = real(path)
    if is_real_folder(path):
        refused = list[FormatError]()
        found = list(_in_folder(path, step, refused))
        if not found:
            raise refused[0] if refused else FormatError(f"{path.name} must hold logs of {EXPECTED}; nothing in it is one of these.")
        if problems is not None:
            problems += refused
        return found
    try:
        there = is_file(path)
        kind = kind_of(path) if there else None
    except OSError as error:
        raise FormatError(f"{path.name} cannot be imported ({reason(error)}).") from None
    if not there:
        raise FormatError(f"There is no file or folder {shown(path.name)} to import; check the path.")
    sources = SEVERAL[kind](path, step) if kind in SEVERAL else [_run(path, {kind: [path]})] if kind is not None else []
    if not sources:
        raise FormatError(f"{path.name} must be a log of {EXPECTED}, or a bundle; its content is none of these. Name another file.")
    return sources


def is_bundle(path: Path) -> bool:
    """Whether a file is an archive that holds no log: a bundle of ours, or what is to be refused as one."""
    try:
        head = read_bytes(real(path), HEAD_BYTES)
    except OSError:
        return False
    return head.startswith(b"PK") and not is_evaluations(head)


def kind_of(path: Path) -> str | None:
    """What a file is; None: nothing that becomes a run.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    head = read_bytes(path, HEAD_BYTES)
    return next((kind for kind, fits in KINDS.items() if fits(head)), None)


def _in_folder(top: Path, step: str, refused: list[FormatError]) -> Iterator[Source]:
    left = MAX_FILES
    waiting = [(top, 0)]
    while waiting and left > 0:
        folder, depth = waiting.pop()
        names = _names(folder)
        folders = [folder / name for name in names if not name.startswith(".") and is_real_folder(folder / name)]
        files = dict[str, list[Path]]()
        for path in islice((folder / name for name in names), left):
            left -= 1
            kind = _kind_or_none(path)
            if kind is not None:
                files.setdefault(kind, []).append(path)
        settings = settings_folder(folders)
        for kind, paths in files.items():
            for path in paths if kind in SEVERAL else ():
                try:
                    yield from SEVERAL[kind](path, step)
                except FormatError as error:
                    refused.append(error)
        if files := {kind: paths for kind, paths in files.items() if kind not in SEVERAL}:
            yield _run(folder, files, settings)
        if depth < MAX_DEPTH:
            waiting += [(one, depth + 1) for one in reversed(folders) if one != settings]
    if left <= 0:
        refused.append(FormatError(f"{top.name} holds {MAX_FILES:,} files or more; others were not looked at. Name a folder in it."))


def _names(folder: Path) -> list[str]:
    try:
        return names_in(folder)
    except OSError:
        return []


def _kind_or_none(path: Path) -> str | None:
    seen = stamp(path)
    return _known_kind(path, seen) if seen is not None else None


@lru_cache(MAX_FILES)
def _known_kind(path: Path, _seen: Stamp) -> str | None:
    """A folder that is followed is looked at every few seconds; what has not changed is not read again."""
    try:
        return kind_of(path)
    except OSError:
        return None


def _run(path: Path, files: dict[str, list[Path]], settings: Path | None = None) -> Source:
    """The run of a folder, or of a single file."""
    programs = [ZOO] if settings is not None else [STABLE_BASELINES] if set(files) != {EVENTS} else [TENSORBOARD]
    folder = path.parent if [path] in files.values() else path
    read = partial(_read, folder=folder, files=files, settings=settings)
    return Source(programs[0], path, tuple(_all(files.values())), folder.name, read)


def _all(parts: Iterable[Sequence[Path]]) -> Iterator[Path]:
    for part in parts:
        yield from part


def _read(whole: bool, *, folder: Path, files: dict[str, list[Path]], settings: Path | None) -> Logs:
    """The logs of one folder as one run; a file that cannot be read is said, and costs the run only what is in it."""
    readers: list[Callable[[], Logs]] = [partial(read_progress, path, as_json=True) for path in files.get(PROGRESS_JSON, ())]
    readers += [partial(read_progress, path, as_json=False) for path in files.get(PROGRESS_CSV, ())]
    if EVENTS in files:
        readers.append(partial(read_event_files, files[EVENTS], whole=whole))
    if MONITOR in files:
        readers.append(partial(read_monitors, files[MONITOR]))
    readers += [partial(read_evaluations, path) for path in files.get(EVALUATIONS, ())]
    parts, problems = list[Logs](), list[FormatError]()
    for read in readers:
        try:
            parts.append(read())
        except FormatError as error:
            problems.append(error)
    if not parts:
        raise problems[0]
    logs = _one_run(parts)
    logs.notes += [str(problem) for problem in problems]
    if algorithm := algorithm_in(folder.name):
        logs.settings = {"algo": algorithm} | logs.settings
    if settings is not None:
        logs.settings |= zoo_settings(settings, logs.notes)
    return logs


def _one_run(parts: Sequence[Logs]) -> Logs:
    known = [part.began_ms for part in reversed(parts) if part.began_ms is not None]  # a monitor knows best
    logs = Logs(began_ms=known[0] if known else None)
    logs.metrics = merged(parts, logs.began_ms)
    for part in parts:
        logs.episodes += part.episodes
        logs.evaluations += part.evaluations
        logs.settings |= part.settings
        logs.lost += part.lost
        logs.notes += part.notes
        logs.ended_ms = max(logs.ended_ms or 0, part.ended_ms or 0) or None
    logs.evaluations.sort(key=lambda one: one.step)
    if not logs.metrics:
        logs.metrics = recent_means(logs.episodes)
    return logs
