"""The pictures of Tetris: snapshots of the board."""

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.run_files.pictures import RollingLog
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.boards import BoardRow, boards_reader

BOARD = BoardRow(25, "2026-11-23T15:04:05.123Z", 3, 77, 1, 24, 7, 4, "0" * 30 + "1111000234")
GOLDEN = (
    b'{"step":25,"at":"2026-11-23T15:04:05.123Z","game":3,"seed":77,"lines":1,"pieces":24,"piece":7,"height":4,'
    b'"cells":"0000000000000000000000000000001111000234"}\n'
)


def test_a_snapshot_is_written_as_documented_and_read_again(run: RunDirectory) -> None:
    writer, reader = RollingLog(run.pictures), boards_reader(run)
    writer.append_all([BOARD])
    assert run.pictures.read_bytes() == GOLDEN
    assert reader.refresh() == [BOARD]
    assert reader.refresh() == [BOARD]


def test_a_snapshot_cut_anywhere_is_not_shown(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN):
        run.pictures.write_bytes(content)
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
    run.pictures.write_bytes(GOLDEN.replace(field, bad) + GOLDEN)
    assert boards_reader(run).refresh() == [BOARD]
