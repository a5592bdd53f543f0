"""Append-only logs: nothing is torn, lost, invented or read twice."""

import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.run_files.faults import DEEP_LIST, every_prefix, full_disk
from trainer.run_files import jsonl
from trainer.run_files.jsonl import JsonlReader, JsonlWriter, bring_log

GOLDEN = b'{"step":1,"loss":null}\n{"step":2,"loss":0.5}\n{"step":3,"loss":"\xc3\xa9"}\n'


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]
    lines: list[int]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log will be."""
    return tmp_path / "log.jsonl"


def _steps(rows: list[dict[str, object]]) -> list[object]:
    return [row["step"] for row in rows]


def test_a_row_is_one_line_and_what_is_not_finite_is_null(log: Path) -> None:
    with JsonlWriter(log) as writer:
        writer.append({"step": np.int64(1), "loss": math.nan})
        writer.append({"step": 2, "loss": np.float32(0.5), "reward": -math.inf})
        writer.append(_Row(3, None, cut=True, ci95=(0.5, 1.5), lines=[1, 2]))
    assert log.read_bytes() == (
        b'{"step":1,"loss":null}\n{"step":2,"loss":0.5,"reward":null}\n{"step":3,"loss":null,"cut":true,"ci95":[0.5,1.5],"lines":[1,2]}\n'
    )


def test_a_log_cut_anywhere_gives_its_whole_rows_and_nothing_else(log: Path) -> None:
    for content in every_prefix(GOLDEN):
        log.write_bytes(content)
        reader = JsonlReader(log)
        assert _steps(reader.read_new()) == [1, 2, 3][: content.count(b"\n")]
        assert reader.bad_lines == 0


def test_a_torn_tail_is_read_once_it_is_whole(log: Path) -> None:
    reader = JsonlReader(log)
    log.write_bytes(GOLDEN[:30])
    assert _steps(reader.read_new()) == [1]
    assert reader.read_new() == []
    log.write_bytes(GOLDEN)
    assert _steps(reader.read_new()) == [2, 3]
    assert reader.bad_lines == 0


def test_a_process_killed_in_a_write_costs_the_next_one_no_row(log: Path) -> None:
    for content in every_prefix(GOLDEN):
        log.write_bytes(content)
        with JsonlWriter(log) as writer:
            writer.append({"step": 9})
        reader = JsonlReader(log)
        torn = int(not content.endswith(b"\n") and content != b"")
        whole_but_for_the_newline = content + b"\n" in (GOLDEN[:23], GOLDEN[:45], GOLDEN)
        assert _steps(reader.read_new())[-1] == 9
        assert reader.bad_lines == torn - whole_but_for_the_newline


@pytest.mark.parametrize(
    "damage",
    [b"\xff\xfe\n", b"[1, 2]\n", b"null\n", b'{"step": 1e\n', b'{"step":\x00}\n', b'{"a":' + DEEP_LIST * 2 + b"}\n", b"x" * 5_000 + b"\n"],
    ids=["not UTF-8", "a list", "null", "half a number", "a zero byte", "too many values", "long"],
)
def test_a_bad_line_is_counted_and_the_others_are_kept(log: Path, damage: bytes) -> None:
    log.write_bytes(b'{"step":1}\n' + damage + b'\n\n{"step":2}\n')
    reader = JsonlReader(log)
    assert _steps(reader.read_new()) == [1, 2]
    assert reader.bad_lines == 1


def test_a_flipped_bit_never_costs_more_than_the_lines_it_joins(log: Path) -> None:
    for place in range(len(GOLDEN)):
        for bit in range(8):
            content = bytearray(GOLDEN)
            content[place] ^= 1 << bit
            log.write_bytes(content)
            reader = JsonlReader(log)
            rows = reader.read_new()
            assert 1 <= len(rows) <= 3
            assert len(rows) + reader.bad_lines >= 2


def test_only_new_bytes_are_read(log: Path) -> None:
    log.write_bytes(GOLDEN)
    reader = JsonlReader(log)
    assert len(reader.read_new()) == 3
    with log.open("r+b") as file:
        file.write(b"garbage")  # over what has been read already
        file.seek(0, os.SEEK_END)
        file.write(b'{"step":4}\n')
    assert _steps(reader.read_new()) == [4]
    assert reader.bad_lines == 0


def test_a_replaced_log_is_read_from_its_start(log: Path) -> None:
    log.write_bytes(GOLDEN + b"bad\n")
    reader = JsonlReader(log)
    reader.read_new()
    aside = log.with_name("aside")
    aside.write_bytes(GOLDEN * 3)
    aside.replace(log)
    assert _steps(reader.read_new()) == [1, 2, 3] * 3
    assert (reader.generation, reader.bad_lines) == (1, 0)


def test_a_shortened_log_is_read_from_its_start(log: Path) -> None:
    log.write_bytes(GOLDEN)
    reader = JsonlReader(log)
    reader.read_new()
    os.truncate(log, 23)
    assert _steps(reader.read_new()) == [1]
    assert reader.generation == 1


def test_a_log_that_is_missing_deleted_or_a_folder_has_no_rows(log: Path) -> None:
    reader = JsonlReader(log)
    assert reader.read_new() == []
    log.write_bytes(GOLDEN)
    assert len(reader.read_new()) == 3
    log.unlink()
    assert reader.read_new() == []
    log.mkdir()
    assert reader.read_new() == []


def test_a_reader_beside_a_writer_sees_every_row_once_and_in_order(log: Path) -> None:
    count, seen = 5_000, list[object]()
    reader = JsonlReader(log)

    def write() -> None:
        with JsonlWriter(log) as writer:
            for step in range(count):
                writer.append({"step": step, "text": "x" * (step % 100)})

    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        seen += _steps(reader.read_new())
    thread.join()
    seen += _steps(reader.read_new())
    assert seen == list(range(count))
    assert reader.bad_lines == 0


def test_on_a_full_disk_rows_wait_and_none_is_torn_lost_or_doubled(log: Path) -> None:
    writer = JsonlWriter(log)
    with full_disk(largest_file_bytes=100):
        for step in range(20):
            writer.append({"step": step})
            content = log.read_bytes()
            assert content.endswith(b"\n")
            assert len(content) <= 100
        assert writer.problem is not None
        assert "log.jsonl cannot be written" in writer.problem
        assert "rows wait" in writer.problem
    writer.flush()
    assert writer.problem is None
    writer.close()
    assert _steps(JsonlReader(log).read_new()) == list(range(20))


def test_a_torn_tail_on_a_full_disk_is_ended_when_there_is_room(log: Path) -> None:
    log.write_bytes(b'{"step":1}\n{"st')
    with full_disk(largest_file_bytes=15):
        writer = JsonlWriter(log)
        writer.append({"step": 2})
        assert log.read_bytes() == b'{"step":1}\n{"st'
    writer.append({"step": 3})
    writer.close()
    assert log.read_bytes() == b'{"step":1}\n{"st\n{"step":2}\n{"step":3}\n'


def test_rows_that_wait_forever_do_not_fill_the_memory(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_WAITING_ROWS", 5)
    writer = JsonlWriter(log)
    with full_disk(largest_file_bytes=0):
        for step in range(20):
            writer.append({"step": step})
    writer.close()
    assert _steps(JsonlReader(log).read_new()) == [15, 16, 17, 18, 19]


def test_rows_that_were_lost_on_a_full_disk_are_counted(log: Path) -> None:
    writer = JsonlWriter(log, max_waiting=3)
    with full_disk(largest_file_bytes=0):
        for step in range(5):
            writer.append({"step": step})
        assert writer.problem is not None
        assert writer.problem.endswith("3 rows wait, 2 older ones are lost")
    writer.close()
    assert _steps(JsonlReader(log).read_new()) == [2, 3, 4]


def test_threads_that_write_to_one_log_lose_and_double_no_row(log: Path) -> None:
    writer = JsonlWriter(log)

    def write(first: int) -> None:
        for step in range(first, first + 1_000):
            writer.append({"step": step})

    threads = [threading.Thread(target=write, args=(number * 1_000,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert sorted(row["step"] for row in JsonlReader(log).read_new()) == list(range(4_000))


def test_a_closed_writer_goes_on_in_the_file_that_is_there_then(log: Path) -> None:
    writer = JsonlWriter(log)
    writer.append({"step": 1})
    writer.close()
    log.rename(log.with_name("old.jsonl"))
    writer.append({"step": 2})
    writer.close()
    assert log.read_bytes() == b'{"step":2}\n'


def test_many_rows_are_written_whole_and_in_their_order(log: Path) -> None:
    with JsonlWriter(log) as writer:
        writer.append_all({"number": number, "text": "x" * 300} for number in range(1_000))  # more than one write holds

    assert [row["number"] for row in JsonlReader(log).read_new()] == list(range(1_000))


@pytest.mark.parametrize("there", [b"", GOLDEN[:30], GOLDEN[:24], GOLDEN, GOLDEN.replace(b"2", b"4"), GOLDEN + b"more\n"])
def test_a_log_is_brought_to_hold_some_rows_and_is_only_replaced_when_it_must(log: Path, there: bytes) -> None:
    if there:
        log.write_bytes(there)
    inode = log.stat().st_ino if there else 0

    assert bring_log(log, GOLDEN) is (there != GOLDEN)

    assert log.read_bytes() == GOLDEN
    assert (log.stat().st_ino == inode) is (there != b"" and GOLDEN.startswith(there))
    assert not bring_log(log, GOLDEN)


def test_a_log_that_grows_loses_nothing(log: Path) -> None:
    log.write_bytes(GOLDEN)
    assert not bring_log(log, GOLDEN[:24], growing=True)
    assert not bring_log(log, b"", growing=True)
    assert log.read_bytes() == GOLDEN
    assert bring_log(log, GOLDEN[24:], growing=True)
