"""The cache of a log's columns: plain numbers behind a header, used only for the very log it was made from, whoever wrote it."""

import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pytest

from trainer.run_files import table_cache
from trainer.run_files.table import Table
from trainer.run_files.table_cache import CachedPart, cache_path, part_of, read_column, read_part, write_cache

NAMES = ("step", "loss")
COLUMNS = {"step": np.arange(3.0), "loss": np.array([0.5, np.nan, 1.5])}
HUGE = 25_000_000  # numbers: 200 MB


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    loss: float | None


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three lines."""
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"one\ntwo\nthree\n")
    return path


def _say(log: Path, **changes: Any) -> None:
    """Change what the header of a cache says."""
    content = cache_path(log).read_bytes()
    header = json.loads(content[:4096]) | changes
    cache_path(log).write_bytes(json.dumps(header).encode().ljust(4095) + b"\n" + content[4096:])


def test_a_cache_is_a_header_and_the_numbers_column_after_column(log: Path) -> None:
    part = part_of(log, 14, bad_lines=2, left_out=5)
    assert write_cache(log, COLUMNS, part)

    content = log.with_name("metrics.columns").read_bytes()
    header = json.loads(content[:4096])
    found = log.stat()
    assert header.pop("digest") == part.digest
    assert len(part.digest) == 64
    assert header == {
        "version": 2, "columns": ["step", "loss"], "rows": 3, "inode": found.st_ino, "bytes": 14, "bad_lines": 2, "left_out": 5,
        "modified_ns": found.st_mtime_ns,
    }  # fmt: skip
    assert content[4080:4096] == b" " * 15 + b"\n"
    expected = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0?\0\0\0\0\0\0\0@\0\0\0\0\0\0\xe0?\0\0\0\0\0\0\xf8\x7f\0\0\0\0\0\0\xf8?"
    assert content[4096:] == expected
    assert read_part(log, NAMES) == (part, 3, list(NAMES))
    loss = read_column(log, NAMES, "loss", part, 3)
    np.testing.assert_array_equal(loss, COLUMNS["loss"])
    assert [path.name for path in log.parent.iterdir() if path.name.startswith(".")] == []


def test_a_longer_log_still_has_its_cache(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS, part)
    with log.open("ab") as file:
        file.write(b"four\n")
    assert read_part(log, NAMES) == (part, 3, list(NAMES))


@pytest.mark.parametrize("content", [b"one\ntwo\nTHREE\n", b"one\n", b""])
def test_a_changed_or_shortened_log_has_none(log: Path, content: bytes) -> None:
    write_cache(log, COLUMNS, part_of(log, 14, bad_lines=0))
    log.write_bytes(content)
    assert read_part(log, NAMES) is None


def test_a_finished_log_that_was_changed_in_the_middle_has_none(log: Path) -> None:
    log.write_bytes(b"x" * 5_000 + b"one\n" + b"x" * 5_000 + b"\n")
    size = log.stat().st_size
    write_cache(log, COLUMNS, part_of(log, size, bad_lines=0))
    changed_ns = log.stat().st_mtime_ns
    log.write_bytes(log.read_bytes().replace(b"one", b"ONE"))
    os.utime(log, ns=(changed_ns + 1, changed_ns + 1))
    assert read_part(log, NAMES) is None


def test_of_a_log_that_grew_while_it_was_read_the_cache_is_used_as_long_as_it_is_longer(log: Path) -> None:
    part = part_of(log, 8, bad_lines=0)
    assert part.modified_ns == 0
    write_cache(log, {name: values[:2] for name, values in COLUMNS.items()}, part)
    assert read_part(log, NAMES) == (part, 2, list(NAMES))
    os.truncate(log, 8)
    assert read_part(log, NAMES) is None


def test_other_columns_or_another_part_are_not_taken(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    assert read_part(log, NAMES) is None
    write_cache(log, COLUMNS, part)
    assert read_part(log, ("loss",)) is None
    assert read_part(log, ("step", "loss", "more")) is None
    assert read_column(log, NAMES, "more", part, 3) is None
    assert read_column(log, NAMES, "loss", part, 4) is None
    with log.open("ab") as file:
        file.write(b"four\n")
    longer = part_of(log, 19, bad_lines=0)
    assert read_column(log, NAMES, "loss", longer, 4) is None
    write_cache(log, {name: np.append(values, 9.0) for name, values in COLUMNS.items()}, longer)
    np.testing.assert_array_equal(read_column(log, NAMES, "loss", part, 3), COLUMNS["loss"])


def test_a_cache_that_cannot_be_written_is_told_and_leaves_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_path(log).mkdir()
    part = part_of(log, 14, bad_lines=0)
    assert not write_cache(log, COLUMNS, part)
    assert sorted(path.name for path in log.parent.iterdir()) == ["metrics.columns", "metrics.jsonl"]
    assert read_part(log, NAMES) is None
    cache_path(log).rmdir()
    assert not write_cache(log, {"x" * 300_000: COLUMNS["step"]}, part), "its header has no room for the names"
    monkeypatch.setattr(table_cache, "MAX_CACHED_ROWS", 2)
    assert not write_cache(log, COLUMNS, part)
    assert not cache_path(log).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 1}, {"version": 3}, {"version": True}, {"version": 2.0},
        {"columns": ["loss", "step"]}, {"columns": ["step"]}, {"columns": "step"},
        {"columns": ["step", 1]}, {"columns": ["step", "loss", "more"]},
        {"columns": ["step", "loss", "loss"]}, {"columns": ["step", "loss", "a\nb"]}, {"columns": ["step", "loss", "x" * 101]},
        {"bad_lines": -1}, {"left_out": -1}, {"left_out": None},
        {"rows": 2}, {"rows": 4}, {"rows": 0}, {"rows": -3}, {"rows": 2**62}, {"rows": 1e300}, {"rows": 3.0}, {"rows": None}, {"rows": "3"},
        {"inode": 1}, {"inode": None}, {"bytes": 13}, {"bytes": 15}, {"bytes": 0}, {"bytes": -14}, {"bytes": 2**70}, {"bytes": "14"},
        {"bad_lines": None}, {"digest": "0" * 64}, {"digest": 7}, {"modified_ns": 1}, {"modified_ns": "now"},
    ],
)  # fmt: skip
def test_a_header_that_does_not_fit_is_none(log: Path, changes: dict[str, Any]) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS, part)
    _say(log)
    assert read_part(log, NAMES) == (part, 3, list(NAMES))
    _say(log, **changes)
    assert read_part(log, NAMES) is None


def test_the_columns_beyond_the_core_grow_with_the_log_and_so_does_the_header(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    many = {f"{'é' * 96}{number:04}": COLUMNS["loss"] + number for number in range(500)}
    assert write_cache(log, COLUMNS | many, part)
    assert read_part(log, NAMES) == (part, 3, [*NAMES, *many])
    for name in ("step", "é" * 96 + "0000", "é" * 96 + "0499"):
        np.testing.assert_array_equal(read_column(log, NAMES, name, part, 3), (COLUMNS | many)[name])
    assert write_cache(log, COLUMNS | many | {"one more": COLUMNS["step"]}, part)
    assert read_part(log, NAMES) is None, "more than any log may have"


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "the header alone": lambda content: content[:4096],
    "a byte less": lambda content: content[:-1],
    "a byte more": lambda content: content + b"\0",
    "a column more": lambda content: content + content[-24:],
    "no JSON": lambda content: b"x" * 4096 + content[4096:],
    "no object": lambda content: b"[]".ljust(4096) + content[4096:],
    "no text": lambda content: b"\xff" * 4096 + content[4096:],
    "lists in lists": lambda content: b"[" * 4096 + content[4096:],
    "a number of many digits": lambda content: b'{"rows":' + b"1" * 4087 + b"}" + content[4096:],
}


@pytest.mark.parametrize("kind", SPOILED)
def test_a_file_that_is_not_to_the_byte_what_its_header_says_is_none(log: Path, kind: str) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS, part)
    cache_path(log).write_bytes(SPOILED[kind](cache_path(log).read_bytes()))
    assert read_part(log, NAMES) is None
    assert read_column(log, NAMES, "loss", part, 3) is None


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_numbers_that_no_log_can_hold_are_not_taken(log: Path, value: float) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS | {"loss": np.array([0.5, value, 1.5])}, part)
    assert read_column(log, NAMES, "loss", part, 3) is None
    np.testing.assert_array_equal(read_column(log, NAMES, "step", part, 3), COLUMNS["step"])


def _arrow_bomb(part: CachedPart, kind: str) -> bytes:
    """A few kB that any reader of Arrow makes 400 MB of; with what caches of older versions said of themselves."""
    coded = pa.DictionaryArray.from_arrays(pa.array(np.zeros(HUGE, np.int8)), pa.array([7.0]))
    values = coded if kind == "a dictionary" else pa.array(np.zeros(HUGE))
    batch = pa.record_batch([values, values], names=list(NAMES))
    said = {"version": "1"} | {name: str(value) for name, value in asdict(part).items()}
    sink, options = pa.BufferOutputStream(), pa.ipc.IpcWriteOptions(compression="zstd")
    batch = batch.replace_schema_metadata(said)
    with pa.ipc.new_file(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    bomb: bytes = sink.getvalue().to_pybytes()
    assert len(bomb) < 1_000_000
    return bomb


def _table_of(log: Path) -> tuple[list[float], float]:
    """The first steps of a log as the app reads them, and how many bytes that took."""
    tracemalloc.start()
    table = Table(log, _Row)
    table.refresh()
    steps = table.column("step")[:9].tolist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return steps, peak


@pytest.mark.parametrize("kind", ["compressed", "a dictionary"])
@pytest.mark.parametrize("name", ["metrics.arrow", "metrics.columns"])
def test_a_packed_file_in_the_place_of_a_cache_is_never_unpacked(log: Path, kind: str, name: str) -> None:
    log.write_bytes(b'{"step":1}\n{"step":2}\n')
    bomb = _arrow_bomb(part_of(log, 22, bad_lines=0), kind)
    log.with_name(name).write_bytes(bomb)
    steps, peak = _table_of(log)
    assert steps == [1.0, 2.0]
    assert peak < 50_000_000


@pytest.mark.long
def test_a_sparse_cache_has_no_more_rows_than_its_log_has_room_for(log: Path) -> None:
    log.write_bytes(b'{"step":1}\n{"step":2}\n')
    write_cache(log, COLUMNS, part_of(log, 22, bad_lines=0))
    for rows in (HUGE, 8, 10**11):  # 22 bytes hold at most 7
        _say(log, rows=rows)
        os.truncate(cache_path(log), 4096 + rows * 2 * 8)
        steps, peak = _table_of(log)
        assert steps == [1.0, 2.0]
        assert peak < 50_000_000


@pytest.mark.long
def test_a_sparse_log_and_a_sparse_cache_of_it_have_no_more_rows_than_any_log_of_ours(log: Path) -> None:
    os.truncate(log, 10**12)
    part = part_of(log, 10**12, bad_lines=0)
    write_cache(log, COLUMNS, part)
    for rows, held in ((HUGE, True), (HUGE + 1, False), (10**11, False)):
        _say(log, rows=rows)
        os.truncate(cache_path(log), 4096 + rows * 2 * 8)
        assert read_part(log, NAMES) == ((part, rows, list(NAMES)) if held else None)
        assert (read_column(log, NAMES, "step", part, 3) is not None) is held


def test_a_part_is_of_bytes_that_are_there(log: Path) -> None:
    with pytest.raises(OSError, match="shorter than 15 bytes"):
        part_of(log, 15, bad_lines=0)
    part = part_of(log, 14, bad_lines=0)
    assert part == replace(part, bytes=14, bad_lines=0, inode=log.stat().st_ino)


def test_a_part_without_a_row_is_one_too(log: Path) -> None:
    part = part_of(log, 14, bad_lines=3)
    write_cache(log, {name: values[:0] for name, values in COLUMNS.items()}, part)
    assert read_part(log, NAMES) == (part, 0, list(NAMES))
    assert read_column(log, NAMES, "loss", part, 0) is not None
