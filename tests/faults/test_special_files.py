"""The faults: a name in a stranger's run leads elsewhere, or is a FIFO, a folder or a huge file instead of what it should be."""

import contextlib
import functools
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pages.ui.analytics.run_rows import rows_of
from pages.ui.models.leaderboard import read_shelf
from pages.ui.replay.recordings import read
from pages.ui.run_data import RunData
from pages.ui.tetris.replay.parts import PARTS
from tests.faults.special import HUGE, KINDS, assert_nothing_else_changes, copies, huge_copies, look_of, make_victim
from tests.pages.fake_runs import new_run as another_run
from tests.trainer.learning.tiny import new_run, tiny_config, train
from tests.trainer.tasks.tetris.learner.test_resuming import stop_at
from trainer.analysis.export import export_run
from trainer.children import start_child
from trainer.errors import ControlRoomError
from trainer.learning.control_watcher import ControlEvents, ControlWatcher
from trainer.learning.process import run_trainer
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.labels import update_labels
from trainer.run_files.opening import replace_bytes
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import (
    delete_slot,
    empty_trash,
    find_model,
    keep_model,
    list_models,
    list_trash,
    rename_slot,
    restore_slot,
    write_note,
)
from trainer.run_files.tails import log_tail
from trainer.run_files.trash import move_to_trash, restore
from trainer.starting import prepare_resume
from trainer.tasks import find_task
from trainer.tasks.tetris.files.boards import boards_reader


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A real run that was stopped, resumed and stopped again, with everything that a run can hold."""
    config = tiny_config()
    run = new_run(tmp_path_factory.mktemp("pattern"), config, visual=True, board_every=1)
    for step in (500, 900):
        with pytest.MonkeyPatch.context() as patch:
            train(run, config, stop_at(patch, step))
    update_labels(run, note="a note")
    for slot in ("kept", "gone"):
        keep_model(find_model(run, None), run, slot, "a note")
    delete_slot(run, "gone")
    RunData(run).refresh()
    replace_bytes(run.log, b"what the trainer wrote\n")
    run.pictures.with_name("pictures.1.jsonl").touch()
    return run


def _names(run: RunDirectory) -> list[str]:
    """Every name that a run holds: those that it has, and those that the code knows."""
    properties = (name for name, kind in vars(RunDirectory).items() if isinstance(kind, functools.cached_property))
    known = {path.name for name in properties if isinstance(path := getattr(run, name), Path)}
    return sorted(known | {str(path.relative_to(run.path)) for path in run.path.rglob("*")})


def _acts(run: RunDirectory) -> Iterator[Callable[[], object]]:
    """What a person can do with a run, in an order in which most of it makes sense."""
    yield lambda: probe(run)
    yield lambda: rows_of([run])
    yield lambda: read_shelf([run])
    yield lambda: RunData(run).refresh()
    yield lambda: RunData(run).pictures(boards_reader)
    yield lambda: [read(PARTS, file) for file in list_recordings(run)]
    yield lambda: log_tail(run.log)
    yield lambda: export_run(run, "csv", run.path.parent / "export")
    yield lambda: update_labels(run, note="another note")
    yield lambda: update_control(run, by="cli", run="stopped")
    yield lambda: keep_model(find_model(run, None), run, "again", "a note")
    yield lambda: write_note(run, "kept", "another note")
    yield lambda: rename_slot(run, "kept", "renamed")
    yield lambda: delete_slot(run, "renamed")
    yield lambda: list_models(run)
    for one in list_trash(run):
        yield functools.partial(restore_slot, run, one)
    yield lambda: empty_trash(run)
    if not run.log.is_file() or run.log.stat().st_nlink > 1:
        yield lambda: start_child(["--help"], run.log).ending(60)
    yield lambda: restore(move_to_trash(run))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_name_is_nothing_outside_the_run_is_changed(pattern: RunDirectory, tmp_path: Path, kind: str) -> None:
    home = make_victim(tmp_path)
    assert_nothing_else_changes(copies(pattern.path, _names(pattern), tmp_path, kind), lambda copy: _acts(RunDirectory(copy)), home)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["a link to a file", "a FIFO"])
def test_a_stranger_s_run_is_resumed_or_refused_and_nothing_outside_it_is_changed(pattern: RunDirectory, tmp_path: Path, kind: str) -> None:
    home = make_victim(tmp_path)
    before = look_of(home)
    only_added_to = ("models/", "replays/", "reports/")  # by a trainer
    for name, copy in copies(pattern.path, (name for name in _names(pattern) if not name.startswith(only_added_to)), tmp_path, kind):
        run = RunDirectory(copy)
        try:
            with contextlib.suppress(ControlRoomError):
                run_trainer(run, find_task, control_seq=prepare_resume(run, by="cli"))
        except Exception as error:
            raise AssertionError(f"{name} as {kind}") from error
        assert look_of(home) == before, f"{name} as {kind}"


@pytest.mark.long
def test_a_file_of_eight_gigabytes_costs_no_memory(pattern: RunDirectory, tmp_path: Path) -> None:
    mine = another_run(tmp_path / "mine", "Mine")
    for name, copy in huge_copies(pattern.path, _names(pattern), tmp_path):
        tracemalloc.start()
        for act in list(_acts(RunDirectory(copy)))[:7]:
            with contextlib.suppress(ControlRoomError):
                act()
        assert rows_of([mine])[0].name == "Mine"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 250_000_000, name


@pytest.mark.parametrize("log", ["metrics", "evaluations", "events"])
def test_a_log_that_is_not_read_is_told_in_a_sentence(tmp_path: Path, log: str) -> None:
    run = another_run(tmp_path / "runs", "Stranger")
    path: Path = getattr(run, log)
    os.mkfifo(path)
    assert RunData(run).refresh().problem == f"{path.name} cannot be read (it is a FIFO)."
    assert rows_of([run])[0].problem == (f"{path.name} cannot be read (it is a FIFO)." if log == "evaluations" else None)
    path.unlink()
    path.write_bytes(b"")
    os.truncate(path, HUGE)
    told = f"{path.name} is read in part: over 67,108,864 bytes of it are no rows."
    assert RunData(run).refresh().problem == (told if log != "events" else None)  # of events only the last are read


def test_a_control_file_that_became_a_fifo_neither_stops_training_nor_holds_up_a_signal(tmp_path: Path) -> None:
    run = another_run(tmp_path / "runs", "Live")
    said: list[str] = []
    events = ControlEvents()
    watcher = ControlWatcher(run, events, ignored_seq=0, report_problem=said.append)
    watcher.look()
    run.control.unlink()
    os.mkfifo(run.control)
    watcher.look()
    assert said == ["control.json cannot be read (it is a FIFO). Ignored: the last good state stays."]
    assert events.resume.is_set()
    assert not events.stop.is_set()
