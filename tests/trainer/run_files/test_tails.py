"""The end of a file that grows: whatever lies before it, and wherever the writer is."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import trainer
from tests.trainer.run_files.faults import every_prefix
from trainer.run_files.tails import NewestRows, last_row, log_tail

GOLDEN = b'{"step":1}\n{"step":2}\n{"step":3}\n'


@dataclass(frozen=True, slots=True)
class _Row:
    step: int


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log will be."""
    return tmp_path / "log.jsonl"


def replace(log: Path, content: bytes) -> None:
    """Give the log's name to another file."""
    aside = log.with_name("aside")
    aside.write_bytes(content)
    aside.replace(log)


def test_the_tail_of_a_text_is_its_last_lines_whatever_lies_before(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    assert log_tail(log) == ""
    log.write_bytes(b"x" * 100_000 + b"\n" + b"\n".join(b"line %d" % number for number in range(100)) + b"\n\xff end")
    assert log_tail(log, 3) == "line 98\nline 99\n\ufffd end"
    assert len(log_tail(log).splitlines()) == 40


def test_a_log_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "trainer.log").mkdir()
    assert log_tail(tmp_path / "trainer.log").startswith("trainer.log cannot be read (")


def test_the_last_row_is_a_whole_one_wherever_the_writer_is(log: Path) -> None:
    assert last_row(log) is None
    for content in every_prefix(GOLDEN):
        log.write_bytes(b"x" * 100_000 + b"\n" + content)
        whole = content.count(b"\n")
        assert last_row(log) == ({"step": whole} if whole else None)


@pytest.mark.parametrize("last", [b"nonsense", b"[1]", b"7", b'{"step":'])
def test_a_last_line_that_is_no_row_is_none(log: Path, last: bytes) -> None:
    log.write_bytes(GOLDEN + last + b"\n")
    assert last_row(log) is None


def test_of_the_first_bytes_of_a_log_the_last_row_is_found_too(log: Path) -> None:
    log.write_bytes(b"x" * 100_000 + b"\n" + GOLDEN)
    before = log.stat().st_size - len(GOLDEN)
    length = len(GOLDEN) // 3
    found = [last_row(log, before + end) for end in (0, length - 1, length, 2 * length, 3 * length)]
    assert found == [None, None, {"step": 1}, {"step": 2}, {"step": 3}]
    assert last_row(log, 0) is None


def test_only_the_newest_rows_are_kept_and_what_was_handed_out_stays(log: Path) -> None:
    reader = NewestRows(log, _Row, 2)
    assert reader.refresh() == []
    log.write_bytes(GOLDEN)
    before = reader.refresh()
    assert before == [_Row(2), _Row(3)]
    with log.open("ab") as file:
        file.write(b'{"step":4}\n{"step":')
    assert reader.refresh() == [_Row(3), _Row(4)]
    assert before == [_Row(2), _Row(3)]


def test_another_file_has_other_rows_unless_the_log_is_begun_anew_as_it_grows(log: Path) -> None:
    log.write_bytes(GOLDEN)
    replaced, rolling = NewestRows(log, _Row, 10), NewestRows(log, _Row, 10, rolling=True)
    assert replaced.refresh() == rolling.refresh() == [_Row(1), _Row(2), _Row(3)]
    replace(log, b'{"step":4}\n')
    assert replaced.refresh() == [_Row(4)]
    assert rolling.refresh() == [_Row(1), _Row(2), _Row(3), _Row(4)]


def test_what_is_no_row_or_makes_no_sense_is_counted(log: Path) -> None:
    log.write_bytes(GOLDEN + b'{"step":"4"}\n[]\n{"step":5}\n')
    reader = NewestRows(log, _Row, 10, is_sound=lambda row: row.step < 5)
    assert reader.refresh() == [_Row(1), _Row(2), _Row(3)]
    assert reader.bad_lines == 3


def test_the_end_of_a_file_is_read_in_one_module() -> None:
    folder = Path(trainer.__file__).parent
    ways = re.compile(r"LOG_TAIL_BYTES|\boffset=-|JsonlReader\(.*BYTES")
    found = [path.name for path in sorted(folder.rglob("*.py")) if ways.search(path.read_text("utf-8"))]
    assert found == ["limits.py", "tails.py"]
