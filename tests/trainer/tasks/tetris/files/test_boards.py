"""`boards.jsonl`: snapshots, bounded."""

import shutil
from dataclasses import replace

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files import boards
from trainer.tasks.tetris.files.boards import KEPT_SNAPSHOTS, BoardRow, BoardsWriter, boards_reader

BOARD = BoardRow(25, "2026-11-23T15:04:05.123Z", 3, 77, 1, 24, 7, 4, "0" * 30 + "1111000234")
GOLDEN = (
    b'{"step":25,"at":"2026-11-23T15:04:05.123Z","game":3,"seed":77,"lines":1,"pieces":24,"piece":7,"height":4,'
    b'"cells":"0000000000000000000000000000001111000234"}\n'
)


def test_a_snapshot_is_written_as_documented_and_read_again(run: RunDirectory) -> None:
    writer, reader = BoardsWriter(run), boards_reader(run)
    writer.append_all([BOARD])
    assert run.boards.read_bytes() == GOLDEN
    assert reader.refresh() == [BOARD]
    assert reader.refresh() == [BOARD]


def test_a_snapshot_cut_anywhere_is_not_shown(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN):
        run.boards.write_bytes(content)
        assert boards_reader(run).refresh() == []


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        (b'"height":4', b'"height":5'),
        (b'"height":4', b'"height":0'),
        (b'"height":4', b'"height":"4"'),
        (b'0234"', b'0239"'),
        (b'0234"', b'023\xc3\xa9"'),
        (b'0234"', b'02345"'),
        (b'"piece":7', b'"piece":8'),
        (b'"piece":7', b'"piece":null'),
        (b'"step":25', b'"step":"25"'),
        (b'"game":3,', b""),
    ],
)
def test_what_is_no_board_is_never_drawn(run: RunDirectory, field: bytes, bad: bytes) -> None:
    assert field in GOLDEN
    run.boards.write_bytes(GOLDEN.replace(field, bad) + GOLDEN)
    assert boards_reader(run).refresh() == [BOARD]


def test_a_night_of_snapshots_takes_two_segments_and_a_reader_goes_on(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "SEGMENT_BYTES", 10 * len(GOLDEN))
    writer, reader = BoardsWriter(run), boards_reader(run)
    seen = set[int]()
    for step in range(1_000):
        writer.append_all([replace(BOARD, step=step)])
        seen.update(board.step for board in reader.refresh())
        sizes = {path.name: path.stat().st_size for path in run.path.glob("boards*")}
        assert set(sizes) <= {"boards.jsonl", "boards.1.jsonl"}
        assert max(sizes.values()) <= 12 * len(GOLDEN)
    steps = [board.step for board in reader.rows]
    assert steps == sorted(set(steps))
    assert len(steps) == KEPT_SNAPSHOTS
    assert len(seen) > 900


def test_a_reader_that_comes_late_keeps_the_newest(run: RunDirectory) -> None:
    run.boards.write_bytes(b"".join(GOLDEN.replace(b":25", b":%d" % step) for step in range(1_000)))
    reader = boards_reader(run)
    reader.refresh()
    assert [board.step for board in reader.rows] == list(range(1_000 - KEPT_SNAPSHOTS, 1_000))


def test_a_deleted_run_costs_the_trainer_no_exception(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "SEGMENT_BYTES", 3 * len(GOLDEN))
    writer = BoardsWriter(run)
    writer.append_all([BOARD])
    shutil.rmtree(run.path)
    for _ in range(10):
        writer.append_all([BOARD])
    assert writer.log.problem is not None
    assert not run.path.exists()
