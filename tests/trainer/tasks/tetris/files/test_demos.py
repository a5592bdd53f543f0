"""`.watch/<id>/`: what the page wants, what the player says, and that nothing of it stays behind."""

import os
import time
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError, RunDirectoryError
from trainer.run_files.run_directory import list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.tasks.tetris.files.demos import (
    GONE_AFTER_S,
    KEPT_MOMENTS,
    MOST,
    Demo,
    DemoControl,
    DemoStatus,
    Moment,
    make_demo,
    moments_reader,
    moments_writer,
    open_demo,
)

GOLDEN_CONTROL = b"""{
  "version": 4,
  "run": "paused",
  "pieces_per_second": null,
  "steps": 3,
  "seed": 7
}
"""
GOLDEN_STATUS = b"""{
  "version": 4,
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
CONTROL = DemoControl(run="paused", pieces_per_second=None, steps=3, seed=7)
STATUS = DemoStatus("playing", ["one", "bcts"], board_height=10, seed=7)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return make_demo(tmp_path / "runs", CONTROL)


def test_the_documents_are_written_as_documented(demo: Demo) -> None:
    demo.tell(STATUS)
    assert demo.files.control.read_bytes() == GOLDEN_CONTROL
    assert demo.files.status.read_bytes() == GOLDEN_STATUS
    assert demo.wanted() == CONTROL
    assert demo.status() == STATUS


def test_a_watch_is_found_by_its_id_and_is_no_run(demo: Demo) -> None:
    runs_dir = demo.files.path.parents[1]
    found = open_demo(runs_dir, demo.demo_id)
    assert found is not None
    assert found.files == demo.files
    assert list_runs(runs_dir) == []
    for other in ("", "..", "../..", "0" * 12, demo.demo_id + "/..", "x" * 300):
        assert open_demo(runs_dir, other) is None
    demo.delete()
    assert open_demo(runs_dir, demo.demo_id) is None


def test_damaged_documents_are_refused_or_passed_over(demo: Demo) -> None:
    bad = [b'{"version": 5}', b'{"version": 4, "pieces_per_second": 1001}', b'{"version": 4, "seed": -1}', b'{"version": 4, "run": "jump"}']
    for content in (*every_prefix(GOLDEN_CONTROL.rstrip()), *bad, b'{"version": 4, "steps": -1}'):
        demo.files.control.write_bytes(content)
        with pytest.raises(FormatError):
            demo.wanted()
    for content in every_prefix(GOLDEN_STATUS.rstrip()):
        demo.files.status.write_bytes(content)
        assert demo.status() is None


def test_a_look_is_seen_and_changes_nothing(demo: Demo) -> None:
    before = demo.looked_at_ns()
    os.utime(demo.files.control, ns=(1, 1))
    assert demo.looked_at_ns() == 1
    demo.look()
    assert demo.looked_at_ns() >= before
    assert demo.wanted() == CONTROL


def test_a_deleted_watch_is_not_brought_back(demo: Demo) -> None:
    demo.delete()
    demo.look()
    demo.tell(STATUS)
    with pytest.raises(RunDirectoryError, match="cannot be steered"):
        demo.ask(CONTROL)
    assert demo.looked_at_ns() == -1
    assert not demo.files.path.exists()


def test_a_new_watch_deletes_what_killed_players_have_left_but_none_that_lives(demo: Demo) -> None:
    runs_dir = demo.files.path.parents[1]
    living, fresh = make_demo(runs_dir, CONTROL), make_demo(runs_dir, CONTROL)
    lock = hold_run_lock(living.files)
    long_ago = time.time() - 2 * GONE_AFTER_S
    for old in (demo, living):
        os.utime(old.files.control, (long_ago, long_ago))
    newest = make_demo(runs_dir, CONTROL)
    lock.release()
    there = {path.name for path in demo.files.path.parent.iterdir()}
    assert there == {living.demo_id, fresh.demo_id, newest.demo_id}


def test_no_more_games_are_watched_at_once_than_leave_training_its_cores(tmp_path: Path) -> None:
    demos = [make_demo(tmp_path / "runs", CONTROL) for _ in range(MOST)]
    locks = [hold_run_lock(demo.files) for demo in demos]
    with pytest.raises(RunDirectoryError, match="At most 8 games can be watched at once, and 8 are: end one"):
        make_demo(tmp_path / "runs", CONTROL)
    locks.pop().release()
    make_demo(tmp_path / "runs", CONTROL)
    for lock in locks:
        lock.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_bytes(b"")
    with pytest.raises(RunDirectoryError, match="cannot be made"):
        make_demo(tmp_path / "runs", CONTROL)


def moment(number: int, size: int = 10) -> Moment:
    return Moment(number, 1, [{"cells": "0" * size}])


def test_moments_come_in_order_and_once_and_the_newest_are_kept(demo: Demo) -> None:
    writer, reader = moments_writer(demo), moments_reader(demo)
    assert reader.refresh() == []
    for number in range(1, KEPT_MOMENTS + 10):
        writer.append_all([moment(number)])
        assert reader.refresh()[-1] == moment(number)
    assert [one.number for one in reader.refresh()] == list(range(10, KEPT_MOMENTS + 10))


def test_moments_take_little_room_and_no_reader_loses_its_way(demo: Demo) -> None:
    writer, reader = moments_writer(demo), moments_reader(demo)
    for number in range(1, 700):
        writer.append_all([moment(number, size=10_000)])
        if number % 30 == 0:
            assert number - reader.refresh()[-1].number in (0, 30), "at most what was in a segment that has just been dropped"
    assert sum(path.stat().st_size for path in demo.files.path.glob("boards*.jsonl")) < 4_100_000


def test_a_moment_cut_anywhere_is_not_shown(demo: Demo) -> None:
    moments_writer(demo).append_all([moment(1)])
    content = demo.files.pictures.read_bytes()
    for prefix in every_prefix(content):
        demo.files.pictures.write_bytes(prefix)
        assert moments_reader(demo).refresh() == []
    demo.files.pictures.write_bytes(b'{"number": "1"}\n[]\n' + content)
    assert moments_reader(demo).refresh() == [moment(1)]
