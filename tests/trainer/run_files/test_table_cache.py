"""The cache of a log's columns: an Arrow file that any tool opens, used only for the very log it was made from."""

from pathlib import Path

import numpy as np
import pyarrow.ipc
import pytest

from trainer.run_files.table_cache import cache_path, part_of, read_column, read_part, write_cache

NAMES = ("step", "loss")
COLUMNS = {"step": np.arange(3.0), "loss": np.array([0.5, np.nan, 1.5])}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three lines."""
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"one\ntwo\nthree\n")
    return path


def test_a_cache_is_an_arrow_file_with_what_it_covers(log: Path) -> None:
    part = part_of(log, 14, bad_lines=2)
    assert write_cache(log, COLUMNS, part)

    with pyarrow.memory_map(str(log.with_name("metrics.arrow"))) as file:
        content = pyarrow.ipc.open_file(file)
        meta = content.schema.metadata
        assert content.read_pandas()["step"].tolist() == [0.0, 1.0, 2.0]
    assert meta[b"version"] == b"1"
    assert (meta[b"bytes"], meta[b"bad_lines"]) == (b"14", b"2")
    assert read_part(log, NAMES) == (part, 3)
    loss = read_column(log, NAMES, "loss", part)
    np.testing.assert_array_equal(loss, COLUMNS["loss"])
    assert [path.name for path in log.parent.iterdir() if path.name.startswith(".")] == []


def test_a_longer_log_still_has_its_cache(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS, part)
    with log.open("ab") as file:
        file.write(b"four\n")
    assert read_part(log, NAMES) == (part, 3)


@pytest.mark.parametrize("content", [b"one\ntwo\nTHREE\n", b"one\n", b""])
def test_a_changed_or_shortened_log_has_none(log: Path, content: bytes) -> None:
    write_cache(log, COLUMNS, part_of(log, 14, bad_lines=0))
    log.write_bytes(content)
    assert read_part(log, NAMES) is None


def test_other_columns_or_another_part_are_not_taken(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    assert read_part(log, NAMES) is None
    write_cache(log, COLUMNS, part)
    assert read_part(log, ("step",)) is None
    assert read_column(log, NAMES, "loss", part_of(log, 8, bad_lines=0)) is None


def test_an_unknown_version_is_not_used(log: Path) -> None:
    part = part_of(log, 14, bad_lines=0)
    write_cache(log, COLUMNS, part)
    path = cache_path(log)
    content = path.read_bytes()
    with pyarrow.memory_map(str(path)) as file:
        table = pyarrow.ipc.open_file(file).read_all()
    newer = table.replace_schema_metadata(table.schema.metadata | {b"version": b"2"})
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_file(file, newer.schema) as writer:
        writer.write_table(newer)
    assert read_part(log, NAMES) is None
    path.write_bytes(content)
    assert read_part(log, NAMES) == (part, 3)


def test_a_cache_that_cannot_be_written_is_told_and_leaves_nothing(log: Path) -> None:
    cache_path(log).mkdir()
    assert not write_cache(log, COLUMNS, part_of(log, 14, bad_lines=0))
    assert sorted(path.name for path in log.parent.iterdir()) == ["metrics.arrow", "metrics.jsonl"]
    assert read_part(log, NAMES) is None
