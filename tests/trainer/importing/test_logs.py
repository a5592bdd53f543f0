"""What every format shares: numbers in text, times that go on, rows of several logs."""

import math
from collections import Counter
from pathlib import Path

import pytest

from trainer.errors import FormatError
from trainer.importing.logs import Logs, Row, going_on, merged, number_in, step_in, whole_file, whole_lines


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("-2.5", -2.5),
        ("1e3", 1000.0),
        ("True", True),
        ("false", False),
        ("", None),
        ("word", None),
        ("inf", math.inf),
        ("9" * 40, 1e40),
    ],
)
def test_a_cell_is_a_number_or_none(text: str, number: float | None) -> None:
    assert number_in(text) == number
    assert (type(number_in("1")), type(number_in("1.0"))) == (int, float)


@pytest.mark.parametrize(
    ("value", "step"), [(5, 5), (5.0, 5), (True, None), (-1, None), (2**54, None), (math.nan, None), ("5", None), (None, None)]
)
def test_a_count_of_steps_is_told_from_other_values(value: object, step: int | None) -> None:
    assert step_in(value) == step


def test_time_never_jumps_back() -> None:
    assert going_on([1.0, None, 3.0, 0.5, 2.0]) == [1.0, None, 3.0, 3.5, 5.0]


def test_logs_of_one_run_are_merged_by_step_and_the_first_one_is_believed() -> None:
    first = Logs(metrics=[Row(2, 1.0, {"a": 1.0}), Row(3, 2.0, {"a": 2.0})])
    second = Logs(metrics=[Row(1, 0.5, {"b": 5.0}), Row(2, 9.0, {"a": 7.0, "b": 6.0})])
    assert merged([first, Logs(), second], None) == [Row(1, 0.5, {"b": 5.0}), Row(2, 1.0, {"b": 6.0, "a": 1.0}), Row(3, 2.0, {"a": 2.0})]
    assert merged([Logs(), second], 7) == second.metrics
    assert merged([], None) == []


def test_times_are_counted_from_the_beginning_of_the_run_and_the_time_of_day_is_believed() -> None:
    vague = Logs(metrics=[Row(1, 0.5, {"a": 1.0}), Row(2, None, {"a": 2.0}), Row(3, 7.0, {})])
    exact = Logs(metrics=[Row(1, 1.0, {}), Row(2, 2.0, {})], began_ms=5_000)
    assert merged([vague, exact], 4_000) == [Row(1, 2.0, {"a": 1.0}), Row(2, 3.0, {"a": 2.0}), Row(3, 7.0, {})]
    assert merged([exact], 4_000) == [Row(1, 2.0, {}), Row(2, 3.0, {})]


def test_only_whole_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xef\xbb\xbfone\r\n\xff\ntorn")
    lost = Counter[str]()
    assert whole_lines(tmp_path / "log", lost) == ["one", "�"]
    assert lost == {"log": 1}


def test_a_file_that_is_too_large_or_gone_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.importing.logs.MAX_IMPORTED_BYTES", 3)
    (tmp_path / "log").write_bytes(b"four")
    with pytest.raises(FormatError, match=r"^log cannot be read \(it must be smaller than 3 bytes\)\.$"):
        whole_file(tmp_path / "log")
    with pytest.raises(FormatError, match=r"^gone cannot be read"):
        whole_file(tmp_path / "gone")
