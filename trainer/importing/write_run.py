"""An imported run, written: its logs are a function of its source, so that what was imported before only grows.

A source is known again by its place, and by its content at any other one; so it can be imported at any
time, and nothing is ever there twice. Where another run has been logged at its place since, that is
another run here too: its first rows are others.
"""

import contextlib
import gc
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import orjson

from ..errors import FormatError, RunDirectoryError, reason
from ..numbers import count
from ..run_files.config_file import ConfigFile, write_config
from ..run_files.control import update_control
from ..run_files.events import EventRow, EventsWriter
from ..run_files.fields import MAX_COUNT
from ..run_files.files import now_text, require_time, time_text
from ..run_files.jsonl import JsonlReader, bring_log
from ..run_files.opening import Stamp, remove_file, remove_folder, stamp
from ..run_files.run_directory import RunDirectory, list_runs, make_run_directory
from ..run_files.run_lock import is_run_locked
from ..run_files.source import SourceFile, read_source, write_source
from ..run_files.status import State, write_status
from .contents import Contents, contents_of, status_of
from .logs import Logs, Source, whole_file
from .settings import TASK, algorithm_named

MAX_KEPT = 20
"""Names of files, and sentences, that are kept of a source: it may have thousands."""
MAX_TEXT = 300
FROM_A_CLOCK = ("at", "wall_seconds", "active_seconds")

Outcome = Literal["new", "grown", "unchanged", "followed"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a source.

    Attributes:
        run: the run that it is.
        outcome: whether it is new, or was there and has grown, or not; `followed`: another process brings it up to date.
        lost: file → rows that could not be read.
        notes: sentences about what else a person should know.
    """

    run: RunDirectory
    outcome: Outcome
    lost: Mapping[str, int]
    notes: Sequence[str]

    @property
    def sentences(self) -> list[str]:
        """What a person is told of it."""
        before = {
            "new": "",
            "grown": f"It was imported before, as {self.run.run_id}; what is new in it was added there.",
            "unchanged": f"It was imported before, as {self.run.run_id}; nothing was added.",
            "followed": f"Another process follows it, as {self.run.run_id}; nothing was added.",
        }[self.outcome]
        return [
            *filter(None, [before]),
            *(f"{count(rows, 'row')} of {name} could not be read." for name, rows in self.lost.items()),
            *self.notes,
        ]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person says of the runs, and of how they are kept.

    Attributes:
        runs_dir: where runs are kept.
        name: what to call the run; empty: as it was called.
        env, algo: its environment and its algorithm, where nothing in the source says.
    """

    runs_dir: Path
    name: str = ""
    env: str = ""
    algo: str = ""


def import_source(source: Source, chosen: Chosen, *, held: Collection[RunDirectory] = (), state: State = "imported") -> Imported:
    """Make a run of a source, or bring the one that it is up to date.

    Args:
        source: what was found.
        chosen: what a person says.
        held: runs whose lock this process holds.
        state: what the run is from now on: `following` while another program may still write the source.

    Raises:
        FormatError: it cannot be read, or there is not a row in it.
        RunDirectoryError: the run cannot be written; nothing is left of a new one.
    """
    with _without_collecting():
        return _import(source, chosen, held, state)


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Let nobody look for garbage meanwhile: of a million rows that takes a third of the time, and they refer to themselves nowhere."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _import(source: Source, chosen: Chosen, held: Collection[RunDirectory], state: State) -> Imported:
    logs = source.read(state == "imported")
    if logs.empty:
        lost = sum(logs.lost.values())
        why = f" ({count(lost, 'row')} could not be read)" if lost else ""
        raise FormatError(f"{source.path.name} must hold at least one whole row; it holds none{why}. Is it still being written?")
    document = _document(source, logs)
    contents = contents_of(logs, document.began_at)
    earlier = _earlier(document, contents, chosen.runs_dir)
    try:
        if earlier is None:
            config = _config(source, logs, document, chosen)
            run = _make(config, chosen.runs_dir, lambda run: _write(run, logs, document, contents, state))
            return Imported(run, "new", document.lost, document.notes)
        run, known = earlier
        if run not in held and is_run_locked(run):
            return Imported(run, "followed", {}, ())
        if known.began_at and known.began_at != document.began_at:
            document = replace(document, began_at=known.began_at)
            contents = contents_of(logs, document.began_at)
        grown = _write(run, logs, document, contents, state)
    except OSError as error:
        raise RunDirectoryError(f"The imported run cannot be written ({reason(error)}); nothing was imported.") from None
    return Imported(run, "grown" if grown else "unchanged", document.lost, document.notes)


def _document(source: Source, logs: Logs) -> SourceFile:
    key = hashlib.sha256(f"{source.path}\0{source.part}".encode("utf-8", "surrogatepass"))
    content = hashlib.sha256(source.part.encode("utf-8", "surrogatepass"))
    files = [path for path in source.files if stamp(path) is not None]
    for path in files:
        content.update(_digest(path, stamp(path)))
    return SourceFile(
        program=source.program,
        path=_shown(source.path.name),
        part=_shown(source.name) if source.part else "",
        files=[_shown(path.name) for path in files[:MAX_KEPT]],
        key=key.hexdigest(),
        content=content.hexdigest(),
        began_at=_began_at(logs),
        lost={_shown(name): rows for name, rows in logs.lost.most_common(MAX_KEPT) if rows},
        notes=[_shown(note) for note in logs.notes[:MAX_KEPT]],
    )


@lru_cache(64)
def _digest(path: Path, _seen: Stamp | None) -> bytes:
    """Of a file with many runs it is worked out once."""
    return hashlib.sha256(whole_file(path)).digest()


def _began_at(logs: Logs) -> str:
    """When it began; of a source that only says how long it took, by when it was written last."""
    last = next((row.wall_seconds for row in reversed(logs.metrics) if row.wall_seconds is not None), None)
    began = logs.began_ms
    if began is None and logs.ended_ms is not None and last is not None:
        began = logs.ended_ms - round(1_000 * last)
    try:
        text = time_text(datetime.fromtimestamp(began / 1_000, UTC)) if began is not None else ""
        if text:
            require_time("began_at", text)
    except (OverflowError, ValueError, OSError, FormatError):  # a clock that was never set
        return ""
    return text


def _shown(text: str) -> str:
    """A text that can be kept: in UTF-8, and every character can be seen."""
    return "".join(one for one in text.encode("utf-8", "replace").decode() if one.isprintable())[:MAX_TEXT]


def _earlier(document: SourceFile, contents: Contents, runs_dir: Path) -> tuple[RunDirectory, SourceFile] | None:
    """The newest run that was made of this source, if there is one."""
    for run in list_runs(runs_dir):
        try:
            known = read_source(run)
        except FormatError:
            continue
        if known is not None and (known.content == document.content or _is_the_same(run, known, document, contents)):
            return run, known
    return None


def _is_the_same(run: RunDirectory, known: SourceFile, document: SourceFile, contents: Contents) -> bool:
    """Whether what is at the place of a known source is still that run: it began at the same time, or with the same rows."""
    return known.key == document.key and ((known.began_at != "" and known.began_at == document.began_at) or _begins(run, contents))


def _begins(run: RunDirectory, contents: Contents) -> bool:
    """Whether the logs of a run begin as these do."""
    met = False
    for log, content in contents.items():
        first = next(iter(JsonlReader(getattr(run, log)).read_new()), None)
        if first is None:
            continue
        met = True
        now = orjson.loads(content.partition(b"\n")[0] or b"{}")
        if any(now.get(name) != value for name, value in first.items() if name not in FROM_A_CLOCK):
            return False
    return met


def _make(config: ConfigFile, runs_dir: Path, write: Callable[[RunDirectory], object]) -> RunDirectory:
    run = make_run_directory(runs_dir, config.name)
    try:
        write(run)
        update_control(run, by="import")
        write_config(run, config)
    except OSError:
        remove_folder(run.path)
        raise
    return run


def _write(run: RunDirectory, logs: Logs, document: SourceFile, contents: Contents, state: State) -> bool:
    """Write everything but `config.json`; returns whether a log has changed."""
    growing = state == "following"  # a file that is being written anew just now cannot be read: what was in it stays
    changed = [bring_log(getattr(run, log), content, growing=growing) for log, content in contents.items()]
    status = status_of(logs, state)
    if any(changed):
        write_source(run, document)
        _write_events(run, document, status.num_timesteps)
    write_status(run, status)
    return any(changed)


def _write_events(run: RunDirectory, document: SourceFile, step: int) -> None:
    """What was imported and what was lost, written anew."""
    remove_file(run.events)
    events, files = EventsWriter(run), ", ".join(document.files[:5]) + (" and more" if len(document.files) > 5 else "")
    said = [f"{count(rows, 'row')} of {name} could not be read" for name, rows in document.lost.items()] + document.notes
    what = f"Imported from {document.program}: {document.part or document.path} ({files})"
    events.append(EventRow(document.imported_at, step, "finished", what))
    for one in said:
        events.append(EventRow(document.imported_at, step, "warning", one))
    events.log.close()


def _config(source: Source, logs: Logs, document: SourceFile, chosen: Chosen) -> ConfigFile:
    place = source.path.name if source.part else source.path.parent.name
    said = {"env": chosen.env, "algo": algorithm_named(chosen.algo)}
    settings = {"env": f"unknown environment ({_shown(place)})", **{name: value for name, value in said.items() if value}, **logs.settings}
    seed = settings.get("seed")
    known = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MAX_COUNT
    return ConfigFile(
        chosen.name or source.name, seed if known else None, TASK, settings, versions={}, created_at=document.began_at or now_text()
    )
