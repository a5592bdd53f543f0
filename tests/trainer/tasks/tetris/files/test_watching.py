"""`.watch/<id>/`: what the page wants, what the player says, and that nothing of it stays behind."""

import os
import time
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError, RunDirectoryError
from trainer.run_files.run_directory import list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.tasks.tetris.files.watching import (
    GONE_AFTER_S,
    KEPT_MOMENTS,
    Moment,
    MomentsWriter,
    Watch,
    WatchControl,
    WatchStatus,
    make_watch,
    moments_reader,
    open_watch,
)

GOLDEN_CONTROL = b"""{
  "version": 2,
  "run": "paused",
  "pieces_per_second": null,
  "steps": 3,
  "seed": 7
}
"""
GOLDEN_STATUS = b"""{
  "version": 2,
  "state": "playing",
  "players": [
    "one",
    "bcts"
  ],
  "board_height": 10,
  "seed": 7,
  "error": null
}
"""
CONTROL = WatchControl(run="paused", pieces_per_second=None, steps=3, seed=7)
STATUS = WatchStatus("playing", ["one", "bcts"], board_height=10, seed=7)


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return make_watch(tmp_path / "runs", CONTROL)


def test_the_documents_are_written_as_documented(watch: Watch) -> None:
    watch.tell(STATUS)
    assert watch.files.control.read_bytes() == GOLDEN_CONTROL
    assert watch.files.status.read_bytes() == GOLDEN_STATUS
    assert watch.wanted() == CONTROL
    assert watch.status() == STATUS


def test_a_watch_is_found_by_its_id_and_is_no_run(watch: Watch) -> None:
    runs_dir = watch.files.path.parents[1]
    found = open_watch(runs_dir, watch.watch_id)
    assert found is not None
    assert found.files == watch.files
    assert list_runs(runs_dir) == []
    for other in ("", "..", "../..", "0" * 12, watch.watch_id + "/..", "x" * 300):
        assert open_watch(runs_dir, other) is None
    watch.delete()
    assert open_watch(runs_dir, watch.watch_id) is None


def test_damaged_documents_are_refused_or_passed_over(watch: Watch) -> None:
    bad = [b'{"version": 3}', b'{"version": 2, "pieces_per_second": 61}', b'{"version": 2, "seed": -1}', b'{"version": 2, "run": "jump"}']
    for content in (*every_prefix(GOLDEN_CONTROL.rstrip()), *bad, b'{"version": 2, "steps": -1}'):
        watch.files.control.write_bytes(content)
        with pytest.raises(FormatError):
            watch.wanted()
    for content in every_prefix(GOLDEN_STATUS.rstrip()):
        watch.files.status.write_bytes(content)
        assert watch.status() is None


def test_a_look_is_seen_and_changes_nothing(watch: Watch) -> None:
    before = watch.looked_at_ns()
    os.utime(watch.files.control, ns=(1, 1))
    assert watch.looked_at_ns() == 1
    watch.look()
    assert watch.looked_at_ns() >= before
    assert watch.wanted() == CONTROL


def test_a_deleted_watch_is_not_brought_back(watch: Watch) -> None:
    watch.delete()
    watch.look()
    watch.tell(STATUS)
    with pytest.raises(RunDirectoryError, match="cannot be steered"):
        watch.ask(CONTROL)
    assert watch.looked_at_ns() == -1
    assert not watch.files.path.exists()


def test_a_new_watch_deletes_what_killed_players_have_left_but_none_that_lives(watch: Watch) -> None:
    runs_dir = watch.files.path.parents[1]
    living, fresh = make_watch(runs_dir, CONTROL), make_watch(runs_dir, CONTROL)
    lock = hold_run_lock(living.files)
    long_ago = time.time() - 2 * GONE_AFTER_S
    for old in (watch, living):
        os.utime(old.files.control, (long_ago, long_ago))
    newest = make_watch(runs_dir, CONTROL)
    lock.release()
    there = {path.name for path in watch.files.path.parent.iterdir()}
    assert there == {living.watch_id, fresh.watch_id, newest.watch_id}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_bytes(b"")
    with pytest.raises(RunDirectoryError, match="cannot be made"):
        make_watch(tmp_path / "runs", CONTROL)


def moment(number: int, size: int = 10) -> Moment:
    return Moment(number, 1, [{"cells": "0" * size}])


def test_moments_come_in_order_and_once_and_the_newest_are_kept(watch: Watch) -> None:
    writer, reader = MomentsWriter(watch), moments_reader(watch)
    assert reader.refresh() == []
    for number in range(1, KEPT_MOMENTS + 10):
        writer.append(moment(number))
        assert reader.refresh()[-1] == moment(number)
    assert [one.number for one in reader.refresh()] == list(range(10, KEPT_MOMENTS + 10))


def test_moments_take_little_room_and_no_reader_loses_its_way(watch: Watch) -> None:
    writer, reader = MomentsWriter(watch), moments_reader(watch)
    for number in range(1, 700):
        writer.append(moment(number, size=10_000))
        if number % 30 == 0:
            assert number - reader.refresh()[-1].number in (0, 30), "at most what was in a segment that has just been dropped"
    assert sum(path.stat().st_size for path in watch.files.path.glob("boards*.jsonl")) < 4_100_000


def test_a_moment_cut_anywhere_is_not_shown(watch: Watch) -> None:
    MomentsWriter(watch).append(moment(1))
    content = watch.files.boards.read_bytes()
    for prefix in every_prefix(content):
        watch.files.boards.write_bytes(prefix)
        assert moments_reader(watch).refresh() == []
    watch.files.boards.write_bytes(b'{"number": "1"}\n[]\n' + content)
    assert moments_reader(watch).refresh() == [moment(1)]
