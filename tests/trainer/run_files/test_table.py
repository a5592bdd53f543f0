"""The columns of a log: on demand, with and without a cache, and never anything but what the log says."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from trainer.run_files import columns, jsonl, table
from trainer.run_files.jsonl import JsonlWriter
from trainer.run_files.table import Table
from trainer.run_files.table_cache import cache_path

GOLDEN = b'{"step":1,"loss":null}\n{"step":2,"loss":0.5}\n{"step":3,"loss":"\xc3\xa9"}\n'


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]
    lines: list[int]


@dataclass(frozen=True, slots=True)
class _Step:
    step: int
    named: dict[str, float] = field(default_factory=dict)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log will be."""
    return tmp_path / "log.jsonl"


def _append(log: Path, start: int, stop: int) -> None:
    with log.open("ab") as file:
        file.write(
            b"".join(
                b'{"step":%d,"loss":%d.5,"cut":%s,"ci95":[1,2]}\n' % (n, n, b"true" if n % 2 else b"false") for n in range(start, stop)
            )
        )


def _refreshed(log: Path) -> Table:
    made = Table(log, _Row)
    made.refresh()
    return made


def _steps(log: Path) -> list[float]:
    steps: list[float] = _refreshed(log).column("step").tolist()
    return steps


def test_a_table_grows_with_its_log(log: Path) -> None:
    table = Table(log, _Row)
    assert (table.refresh(), len(table)) == (0, 0)
    with JsonlWriter(log) as writer:
        for start in (0, 1_000, 3_000):
            for step in range(start, start + 700):
                writer.append(_Row(step, None if step % 2 else step / 2, cut=True, ci95=(step, step + 1), lines=[step]))
            assert table.refresh() == 700
            assert table.refresh() == 0
    expected = np.r_[0:700, 1_000:1_700, 3_000:3_700]
    assert table.names == ("step", "loss", "cut", "ci95_low", "ci95_high")
    np.testing.assert_array_equal(table.column("step"), expected)
    np.testing.assert_array_equal(table.column("loss"), np.where(expected % 2, np.nan, expected / 2))
    np.testing.assert_array_equal(table.column("ci95_high"), expected + 1)
    assert set(table.column("cut")) == {1.0}


def test_what_is_missing_null_or_no_number_is_nan_in_a_table(log: Path) -> None:
    log.write_bytes(b'{"loss":null,"ci95":null}\n{"step":"x","ci95":[1]}\nbad\n{"step":2,"ci95":[null,3],"loss":[]}\n')
    table = Table(log, _Row)
    assert (table.refresh(), table.bad_lines, len(table)) == (3, 1, 3)
    np.testing.assert_array_equal(table.column("step"), [np.nan, np.nan, 2])
    assert np.isnan(table.column("loss")).all()
    np.testing.assert_array_equal(table.column("ci95_low"), [np.nan] * 3)
    np.testing.assert_array_equal(table.column("ci95_high"), [np.nan, np.nan, 3])


def test_a_table_of_a_replaced_log_begins_anew(log: Path) -> None:
    log.write_bytes(GOLDEN)
    table = Table(log, _Row)
    table.refresh()
    log.with_name("aside").write_bytes(b'{"step":7}\n')
    log.with_name("aside").replace(log)
    assert table.refresh() == 1
    assert list(table.column("step")) == [7]


def test_a_large_log_is_read_in_pieces(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "READ_CHUNK_BYTES", 100)
    with JsonlWriter(log) as writer:
        for step in range(1_000):
            writer.append({"step": step})
        writer.append({"step": "x" * 1_000})  # larger than a piece: passed over
        writer.append({"step": 1_000})
    table = Table(log, _Row)
    table.refresh()
    table.refresh()
    np.testing.assert_array_equal(table.column("step"), np.arange(1_001))
    assert table.bad_lines > 0


def _named(log: Path, start: int, stop: int, **named: float) -> None:
    with JsonlWriter(log) as writer:
        writer.append_all(_Step(step, named) for step in range(start, stop))


@pytest.mark.parametrize("rows", [3, 3_000])
def test_columns_grow_with_the_rows_and_so_does_the_cache(log: Path, rows: int) -> None:
    watched = Table(log, _Step)
    _named(log, 0, rows, **{"train/loss": 0.5})
    watched.refresh()
    early = watched.columns()
    assert (watched.names, list(early), "eval/new" in early) == (("step", "train/loss"), ["step", "train/loss"], False)
    assert np.isnan(early["eval/new"]).all(), "what is not there yet is NaN"
    _named(log, rows, 2 * rows, **{"eval/new": 7})
    watched.refresh()
    fresh = Table(log, _Step)
    fresh.refresh()
    again = Table(log, _Step)
    again.refresh()
    assert cache_path(log).exists() == (rows == LONG)
    for one in (watched, fresh, again):
        assert set(one.names) == {"step", "train/loss", "eval/new"}
        np.testing.assert_array_equal(one.column("step"), np.arange(2 * rows))
        np.testing.assert_array_equal(one.column("train/loss"), np.repeat([0.5, np.nan], rows))
        np.testing.assert_array_equal(one.column("eval/new"), np.repeat([np.nan, 7], rows))
    _named(log, 2 * rows, 2 * rows + 1, **{"late/name": 1})
    for one in (watched, fresh, again):
        one.refresh()
        np.testing.assert_array_equal(one.column("late/name"), np.r_[np.full(2 * rows, np.nan), 1])
        np.testing.assert_array_equal(early["late/name"], np.full(rows, np.nan))


def test_what_is_beyond_the_limits_is_said_with_a_cache_too(log: Path) -> None:
    _named(log, 0, LONG, **{"x" * 101: 1, "fine": 2})
    said = f"log.jsonl is read in part: {LONG:,} of its values have a name beyond the first 500, of more than 100 characters or of none"
    for _ in range(2):
        made = Table(log, _Step)
        made.refresh()
        assert made.names == ("step", "fine")
        assert made.problem == f"{said} that can be seen."
    assert cache_path(log).exists()


def test_rows_beyond_what_fits_into_memory_are_not_read_and_it_is_said(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MAX_NUMBERS", 2 * LONG)
    _named(log, 0, LONG, fine=2)
    made = Table(log, _Step)
    made.refresh()
    assert (len(made), made.problem) == (LONG, None)
    _named(log, 0, 1, fine=2)
    made.refresh()
    made.refresh()
    assert len(made) == LONG
    assert made.problem == "log.jsonl is read in part: so many rows and columns do not fit into memory."


LONG = 3_000  # rows: long enough for a cache


def test_a_long_log_is_parsed_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(log, 0, LONG)
    assert len(_refreshed(log)) == LONG
    assert cache_path(log).name == "log.columns"
    read = list[int]()
    read_lines = jsonl.JsonlReader.read_lines

    def counting(reader: jsonl.JsonlReader) -> bytes | memoryview:
        lines = read_lines(reader)
        read.append(len(lines))
        return lines

    monkeypatch.setattr(jsonl.JsonlReader, "read_lines", counting)
    again = Table(log, _Row)
    assert again.refresh() == LONG
    assert sum(read) == 0
    np.testing.assert_array_equal(again.column("step"), np.arange(LONG))
    np.testing.assert_array_equal(again.column("cut"), np.arange(LONG) % 2)
    np.testing.assert_array_equal(again.column("loss"), np.arange(LONG) + 0.5)

    _append(log, LONG, LONG + 3)
    assert again.refresh() == 3
    assert 0 < sum(read) < 1_000, "of a log with a cache only what is new is read"
    np.testing.assert_array_equal(again.column("step"), np.arange(LONG + 3))
    assert set(again.column("ci95_high")) == {2.0}
    assert _steps(log) == list(range(LONG + 3))


def test_a_short_log_has_no_cache(log: Path) -> None:
    _append(log, 0, 100)
    assert len(_refreshed(log)) == 100
    assert not cache_path(log).exists()


def test_bad_lines_are_counted_with_a_cache_too(log: Path) -> None:
    _append(log, 0, LONG)
    with log.open("ab") as file:
        file.write(b'garbage\n{"step":NaN}\n[]\n{"step":1}{"step":2}\n')
    first, second = _refreshed(log), _refreshed(log)
    assert cache_path(log).exists()
    assert first.bad_lines == second.bad_lines == 4
    assert len(first) == len(second) == LONG


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cache: cache.unlink(),
        lambda cache: cache.write_bytes(b""),
        lambda cache: cache.write_bytes(b"ARROW1 and then something else"),
        lambda cache: cache.write_bytes(cache.read_bytes()[:-100]),
        lambda cache: cache.write_bytes(cache.read_bytes().replace(b"log", b"gol").replace(b"digest", b"digits")),
        lambda cache: (cache.unlink(), cache.mkdir()),
    ],
)
def test_a_cache_that_is_gone_or_damaged_changes_nothing(log: Path, spoil: Callable[[Path], object]) -> None:
    _append(log, 0, LONG)
    open_one = _refreshed(log)
    spoil(cache_path(log))
    assert _steps(log) == list(range(LONG))

    spoil(cache_path(log)) if cache_path(log).is_file() else None
    _append(log, LONG, LONG + 1)
    open_one.refresh()
    np.testing.assert_array_equal(open_one.column("step"), np.arange(LONG + 1))


def test_the_cache_of_another_log_is_not_used(log: Path) -> None:
    _append(log, 0, LONG)
    _refreshed(log)
    content = log.read_bytes()
    log.write_bytes(content.replace(b'{"step":1,', b'{"step":7,'))  # the same inode and size
    assert _steps(log)[1] == 7
    log.unlink()
    log.with_name("other").write_bytes(content)
    log.with_name("other").rename(log)
    assert _steps(log) == list(range(LONG))


def test_a_log_that_was_cut_and_went_on_is_read_anew(log: Path) -> None:
    _append(log, 0, LONG)
    open_one = _refreshed(log)
    before = open_one.columns()
    kept = log.read_bytes().index(b"\n", 60_000) + 1
    jsonl.cut_log(log, kept)
    rows = log.read_bytes().count(b"\n")
    _append(log, 10_000, 10_000 + LONG)
    open_one.refresh()
    assert open_one.generation == 1
    np.testing.assert_array_equal(open_one.column("step"), np.r_[0:rows, 10_000 : 10_000 + LONG])
    assert np.isnan(before["step"]).all(), "of rows that are no more nothing is shown"
    assert len(before["step"]) == before.rows == LONG
    np.testing.assert_array_equal(_steps(log), open_one.column("step"))


def test_a_cache_with_other_columns_is_made_anew(log: Path) -> None:
    _append(log, 0, LONG)

    @dataclass(frozen=True, slots=True)
    class Older:
        step: int

    older = Table(log, Older)
    older.refresh()
    assert set(_refreshed(log).column("ci95_low")) == {1.0}


@pytest.mark.parametrize("fault", ["no folder", "full disk"])
def test_where_no_cache_can_be_written_nothing_is_missing(log: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(log, 0, LONG)
    tries = list[int]()

    def fails(*_: object) -> bool:
        tries.append(1)
        return False

    if fault == "full disk":
        monkeypatch.setattr(table, "write_cache", fails)
    else:
        cache_path(log).mkdir()
    made = Table(log, _Row)
    for _ in range(5):
        made.refresh()
        np.testing.assert_array_equal(made.column("step"), np.arange(LONG))
    assert len(tries) <= 1, "it is not tried at every look"
    assert [path.name for path in log.parent.iterdir() if path.is_file()] == ["log.jsonl"]


def test_a_growing_log_gets_its_cache_while_it_is_watched(log: Path) -> None:
    made, sizes = Table(log, _Row), set[int]()
    for start in range(0, 20 * LONG, 500):
        _append(log, start, start + 500)
        made.refresh()
        if cache_path(log).exists():
            sizes.add(cache_path(log).stat().st_size)
        assert len(made.column("step")) == start + 500
    assert 4 <= len(sizes) <= 8, "it doubles: so its writing costs little"
    np.testing.assert_array_equal(made.column("step"), np.arange(20 * LONG))


def test_columns_that_were_handed_out_do_not_change(log: Path) -> None:
    _append(log, 0, LONG)
    made = _refreshed(log)
    first, steps = made.columns(), made.column("step")
    _append(log, LONG, 3 * LONG)
    made.refresh()
    assert len(first["step"]) == len(steps) == len(first["loss"]) == LONG
    assert len(made.columns()["loss"]) == 3 * LONG
    assert first.version != made.columns().version
    assert set(first) == set(made.names)


def test_a_column_that_nobody_asks_for_is_let_go(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(log, 0, LONG)
    made = _refreshed(log)
    made.column("step")
    made.refresh()
    assert set(made._whole) == {"step"}
    monkeypatch.setattr(table, "KEPT_UNASKED_S", 0.0)
    made.refresh()
    assert made._whole == {}
    assert len(made.column("step")) == LONG


def test_a_reader_whose_cache_is_renewed_by_another_need_not_parse_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(log, 0, LONG)
    made = _refreshed(log)
    _append(log, LONG, 3 * LONG)
    assert len(_refreshed(log)) == 3 * LONG
    monkeypatch.setattr(Table, "_parse_again", lambda _: pytest.fail("the log was parsed again"))
    np.testing.assert_array_equal(made.column("step"), np.arange(LONG))
    made.refresh()
    np.testing.assert_array_equal(made.column("step"), np.arange(3 * LONG))


def test_several_threads_read_one_table(log: Path) -> None:
    made, torn = Table(log, _Row), list[str]()

    def look() -> None:
        for _ in range(40):
            made.refresh()
            columns = made.columns()
            if len({len(columns[name]) for name in columns}) > 1 or not np.array_equal(columns["step"], np.arange(columns.rows)):
                torn.append("torn")

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for start in range(0, 4 * LONG, 100):
        _append(log, start, start + 100)
    for thread in threads:
        thread.join()
    assert not torn
    made.refresh()
    assert len(made) == 4 * LONG


def test_a_half_written_cache_of_a_killed_reader_is_no_harm(log: Path) -> None:
    _append(log, 0, LONG)
    fresh, old = (log.with_name(f".log.columns.{os.getpid() + number}.1.tmp") for number in (1, 2))
    for left in (fresh, old):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert _steps(log) == list(range(LONG))
    assert fresh.exists(), "perhaps it is being written"
    assert not old.exists()
