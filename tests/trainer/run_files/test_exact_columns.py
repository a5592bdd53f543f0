"""What the lines of a log say is what an export gets, whatever the numbers are and however the lines are parsed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.run_files import exact_columns, jsonl
from trainer.run_files.columns import Schema
from trainer.run_files.exact_columns import exact_array


@dataclass(frozen=True, slots=True)
class _Row:
    seed: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]
    clears: tuple[int, int, int]
    lines: list[int]


NAMES = ["seed", "loss", "cut", "ci95_low", "ci95_high", "clears_1", "clears_2", "clears_3", "lines"]
USUAL = {"seed": 7, "loss": 0.1, "cut": False, "ci95": [0.5, 1.5], "clears": [1, 2, 3], "lines": [5]}


def read(tmp_path: Path, lines: list[bytes]) -> dict[str, Any]:
    """The columns of a log of these lines."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    return exact_columns.exact_columns(log, _Row)


def rows_of(**changes: Any) -> list[bytes]:
    """Three rows: a usual one, a changed one, one without anything."""
    return [json.dumps(USUAL).encode(), json.dumps(USUAL | changes).encode(), b"{}"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (2**31 - 1, "int64"), (2**53 + 1, "int64"), (-(2**63), "int64"), (2**63 - 1, "int64"), (2**64 - 1, "uint64"),
        (2**64, "decimal256(76, 0)"), (-(2**63) - 1, "decimal256(76, 0)"), (10**76 - 1, "decimal256(76, 0)"), (10**76 + 1, "string"),
        (2.5, "double"), (2.0, "double"),
    ],
)  # fmt: skip
def test_a_whole_number_of_any_size_is_kept(tmp_path: Path, number: float, kind: str) -> None:
    made = read(tmp_path, rows_of(seed=number, clears=[1, number, 3]))
    assert list(made) == NAMES
    for name, expected in (("seed", [7, number, None]), ("clears_2", [2, number, None])):
        assert str(made[name].type) == kind
        values = made[name].to_pylist()
        assert [None if value is None else int(value) if kind == "string" else value for value in values] == expected


@pytest.mark.parametrize("number", [0.0, -0.0, 5e-324, 1e-300, 0.1 + 0.2, 1.7976931348623157e308, 2.0**53, 1e23])
def test_a_float_is_kept_to_its_last_bit(tmp_path: Path, number: float) -> None:
    made = read(tmp_path, rows_of(loss=number, ci95=[number, 1.5]))
    for name in ("loss", "ci95_low"):
        assert str(made[name].type) == "double"
        assert np.float64(made[name][1].as_py()).tobytes() == np.float64(number).tobytes()


def test_a_whole_number_among_floats_that_is_none_of_them_becomes_text(tmp_path: Path) -> None:
    made = read(tmp_path, rows_of(loss=2**53 + 1))
    assert made["loss"].to_pylist() == ["0.1", "9007199254740993", None]


def test_truths_stay_truths_and_what_is_of_another_kind_is_nothing(tmp_path: Path) -> None:
    made = read(tmp_path, [*rows_of(cut=True), b'{"seed":"x","loss":[1],"cut":null,"ci95":[1],"clears":[1,2,"x"]}', b"garbage", b"[1]"])
    assert made["cut"].to_pylist() == [False, True, None, None]
    assert made["seed"].to_pylist() == [7, 7, None, None]
    assert made["ci95_low"].to_pylist() == [0.5, 0.5, None, None]
    assert made["clears_2"].to_pylist() == [2, 2, None, 2]
    assert made["clears_3"].to_pylist() == [3, 3, None, None]


def test_pieces_of_a_log_whose_numbers_are_of_different_sizes_become_one_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "READ_CHUNK_BYTES", 150)
    seeds = [1, 2**63, 2**80, -5, 3, 2**53 + 1]
    made = read(tmp_path, [json.dumps(USUAL | {"seed": seed, "loss": None}).encode() for seed in seeds])
    assert [int(value) for value in made["seed"].to_pylist()] == seeds
    assert made["loss"].to_pylist() == [None] * len(seeds)
    assert str(made["loss"].type) == "double"


@dataclass(frozen=True, slots=True)
class _Numbers:
    seed: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]


NAMED: dict[str, tuple[str, list[Any]]] = {
    "whole": ("int64", [None, 2**53 + 1, 3, -7]), "float": ("double", [None, 0.1, 2.0, -0.0]), "truth": ("bool", [None, True, False, True]),
    "both": ("double", [1, 0.5, None, 2]), "huge": ("decimal256(76, 0)", [2**64, 1, None, 2]), "null": ("double", [None] * 4),
    "late": ("int64", [None, None, None, 5]), "text": ("", ["x"] * 4), "whole floats": ("double", [2.0, 3.0, None, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("piece", [10**6, 20_000])
def test_both_ways_to_parse_agree_on_random_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(jsonl, "READ_CHUNK_BYTES", piece)
    random = np.random.default_rng(1)
    rows = [
        {
            "seed": int(random.integers(-(2**62), 2**62)), "loss": float(random.normal() * 10.0 ** random.integers(-200, 15)),
            "cut": bool(random.integers(2)), "ci95": random.normal(size=2).tolist(), "train/loss": float(random.normal()),
            "time/episodes": number,
        } | ({"late": number, "often": 0.5} if number > 250 else {"often": None})
        for number in range(500)
    ]  # fmt: skip
    (tmp_path / "log.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    fast = exact_columns.exact_columns(tmp_path / "log.jsonl", _Numbers)
    monkeypatch.setattr(Schema, "read_table", _refused)
    slow = exact_columns.exact_columns(tmp_path / "log.jsonl", _Numbers)
    assert set(fast) == set(slow) == {"seed", "loss", "cut", "ci95_low", "ci95_high", "train/loss", "time/episodes", "often", "late"}
    for name in fast:
        assert fast[name].type == slow[name].type
        assert fast[name].to_pylist() == slow[name].to_pylist()
    assert fast["seed"].to_pylist() == [row["seed"] for row in rows]
    assert fast["loss"].to_pylist() == [row["loss"] for row in rows]
    assert (str(fast["late"].type), fast["late"].to_pylist()[249:253]) == ("int64", [None, None, 251, 252])


@pytest.mark.parametrize("fast", [True, False])
def test_a_named_number_has_the_type_of_its_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    if not fast:
        monkeypatch.setattr(Schema, "read_table", _refused)
    for name, (kind, values) in NAMED.items():
        log = tmp_path / "log.jsonl"
        log.write_bytes(b"".join(json.dumps({"seed": 1, name: value}).encode() + b"\n" for value in values))
        made = exact_columns.exact_columns(log, _Numbers)
        assert (name in made) == bool(kind)
        if kind:
            assert (str(made[name].type), made[name].to_pylist()) == (kind, values)


def _refused(*_: object) -> Any:
    raise ValueError("not today")


def test_a_log_that_is_not_there_has_empty_columns(tmp_path: Path) -> None:
    made = exact_columns.exact_columns(tmp_path / "none.jsonl", _Row)
    assert {name: len(values) for name, values in made.items()} == dict.fromkeys(NAMES, 0)


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([1, None], "int64", [1, None]), ([1, 2.5], "double", [1.0, 2.5]), ([2**53 + 1, 0.5], "string", ["9007199254740993", "0.5"]),
        ([None], "int64", [None]), ([True, None], "bool", [True, None]), (["a", None, ""], "string", ["a", None, ""]),
        (["x", 1, 0.1], "string", ["x", "1", "0.1"]), (["\ud800"], "string", ["?"]), ([10**400, 1.5], "string", [str(10**400), "1.5"]),
        ([datetime(2026, 1, 1, tzinfo=UTC)], "timestamp[us, tz=UTC]", [datetime(2026, 1, 1, tzinfo=UTC)]),
    ],
)  # fmt: skip
def test_a_column_of_a_table_gets_the_type_that_holds_all_of_it(values: list[Any], kind: str, kept: list[Any]) -> None:
    made = exact_array(values)
    assert str(made.type) == kind
    assert made.to_pylist() == kept


@pytest.mark.parametrize(
    ("lists", "kind"),
    [
        ([[1, 2, 3], []], "int64"), ([[2**53 + 1], [-1]], "int64"), ([[2**64 - 1, 1]], "uint64"), ([[2**64 + 5], [1]], "decimal256(76, 0)"),
        ([[0.1, 1e-300, None]], "double"),
    ],
)  # fmt: skip
def test_a_list_of_any_length_is_kept(tmp_path: Path, lists: list[list[Any]], kind: str) -> None:
    rows = [{"lines": one} for one in lists] + [{"lines": None}, {"lines": 7}, {}]
    made = read(tmp_path, [json.dumps(row).encode() for row in rows])["lines"]
    assert str(made.type.value_type) == kind
    assert made.to_pylist() == [*lists, None, None, None]


def test_a_named_list_is_kept_too_from_the_row_in_which_it_first_occurs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "READ_CHUNK_BYTES", 30)
    rows = [{"seed": 1}, {"seed": 2, "scores": None}, {"seed": 3, "scores": [1, 2]}, {"seed": 4, "scores": []}]
    made = read(tmp_path, [json.dumps(row).encode() for row in rows])
    assert made["scores"].to_pylist() == [None, None, [1, 2], []]
    assert made["seed"].to_pylist() == [1, 2, 3, 4]
