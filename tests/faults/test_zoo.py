"""The fault: a run of a stranger holds values that no run can have. It is shown with a sentence, and all others are drawn."""

import contextlib
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import DEFAULT, Mock

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import selection
from pages.ui.analytics import run_rows
from pages.ui.analytics.groups import groups_of
from pages.ui.analytics.run_rows import rows_of
from pages.ui.analytics.table import COLUMNS, automatic_columns, frame_of, ordered
from pages.ui.kpis import progress
from pages.ui.models import leaderboard
from pages.ui.models.leaderboard import read_shelf, result_columns, tables
from pages.ui.replay.recordings import read
from pages.ui.run_data import RunData
from pages.ui.selection import labels_of
from pages.ui.tetris.live import kpis
from pages.ui.tetris.replay.parts import PARTS
from tests.faults.trainers import said
from tests.faults.zoo import STRANGE, changed, documents, whole_run
from tests.pages.conftest import APP
from tests.pages.fake_runs import new_run
from trainer.errors import ControlRoomError
from trainer.probing import probe
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import list_models, list_trash
from trainer.tasks.tetris.files.boards import boards_reader

WORST: tuple[Any, ...] = (1e308, 10**9, "9999-12-31T23:59:59.999-12:00", {}, -1)
PAGES = (APP, *sorted((APP.parent / "pages").glob("[0-9]*.py")))


def _look_everywhere(run: RunDirectory, other: RunDirectory) -> None:
    """What the pages do with several runs, and with one."""
    runs = [run, other]
    probes = {one.run_id: probe(one) for one in runs}
    assert labels_of(runs, probes).keys() == {run.run_id, other.run_id}
    found = rows_of(runs)
    assert [row.run for row in found] == runs
    frame_of(found, [*COLUMNS, *automatic_columns(found)])
    for by in COLUMNS:
        if by in ("name", "state", "last", "best", "mean", "steps", "active", "speed", "started"):
            ordered(found, by)
    groups_of(found, "settings", with_marked=True)
    shelf = read_shelf(runs)
    tables(shelf, ["best", "kept", "imported", "player"])
    result_columns(shelf)
    list_models(run), list_trash(run)
    progress(probes[run.run_id])
    kpis(RunData(run).refresh(), probe(run))
    RunData(run).pictures(boards_reader)
    for file in list_recordings(run):
        with contextlib.suppress(ControlRoomError):  # told on the page
            read(PARTS, file)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, RunDirectory]:
    """A stranger's run and one of the user's own."""
    folder = tmp_path_factory.mktemp("zoo")
    return whole_run(folder), new_run(folder, "Mine")


@pytest.mark.long
@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:30])
def test_whatever_a_field_holds_all_runs_are_shown(pair: tuple[RunDirectory, RunDirectory], value: Any) -> None:
    run, mine = pair
    for path in documents(run):
        whole = path.read_bytes()
        try:
            for place, content in changed(whole, value, log=path.suffix == ".jsonl"):
                path.write_bytes(content)
                try:
                    _look_everywhere(run, mine)
                except Exception as error:
                    raise AssertionError(f"{path.name}{place} = {value!r:.60}") from error
        finally:
            path.write_bytes(whole)


def _hostile_runs(runs_dir: Path) -> int:
    """A run for each document, with a value that no run can have; returns how many."""
    pattern = whole_run(runs_dir)
    for number, document in enumerate(documents(pattern)):
        run = runs_dir / f"20260101-0000{number:02}-stranger"
        shutil.copytree(pattern.path, run)
        path, value = run / document.relative_to(pattern.path), WORST[number % len(WORST)]
        places = list(changed(path.read_bytes(), value, log=path.suffix == ".jsonl"))
        path.write_bytes(places[number % len(places)][1])
    return number


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs of strangers, and one of the user's own."""
    folder = tmp_path_factory.mktemp("zoo") / "runs"
    assert _hostile_runs(folder) >= 10
    new_run(folder, "Mine")
    return folder


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_draws_all_runs_among_those_of_strangers(page: Path, zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", str(zoo))
    drawn = AppTest.from_file(str(APP), default_timeout=60).run()
    if page != APP:
        drawn = drawn.switch_page(f"pages/{page.name}").run()
    assert "could not be shown" not in said(drawn)
    assert any("Mine" in option for box in drawn.selectbox for option in box.options)


def test_a_run_that_breaks_what_reads_it_takes_no_other_from_a_list(
    pair: tuple[RunDirectory, RunDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, mine = pair

    def breaks(one: RunDirectory, *_: object) -> Any:
        if one == run:
            raise ZeroDivisionError
        return DEFAULT

    with monkeypatch.context() as patch:
        for module, name in ((run_rows, "_row"), (leaderboard, "_shelf_of"), (selection, "_read_title"), (selection, "probe")):
            patch.setattr(module, name, Mock(wraps=getattr(module, name), side_effect=breaks))
        run.labels.touch()
        mine.config.touch()
        assert labels_of([run, mine], {})[run.run_id] == run.run_id
        assert "Mine" in labels_of([run, mine], {})[mine.run_id]
        problem = f"The run {run.run_id} could not be shown; the details are in the app's log."
        assert [row.problem for row in rows_of([run, mine])] == [problem, None]
        assert (run, problem) in read_shelf([run, mine]).without
        assert [probed.problem for probed in selection.probe_newest((run, mine)).values()] == [problem, None]
