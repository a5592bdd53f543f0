"""Two ways to parse the same lines: whatever the lines are, they agree."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trainer.run_files import columns
from trainer.run_files.columns import Lines, Schema
from trainer.run_files.rows import MAX_COLUMNS


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]
    clears: tuple[int, int, int, int]
    lines: list[int]


CORE = ("step", "loss", "cut", "ci95_low", "ci95_high", "clears_1", "clears_2", "clears_3", "clears_4")
GOOD = b'{"step":1,"loss":0.1,"cut":true,"ci95":[0.5,1.5],"clears":[1,2,3,4],"lines":[5],"train/loss":2.5,"won":true}\n'
ODD = [
    b'{"step":2}\n',
    b"{}\n",
    b'{"loss":null,"ci95":null,"cut":null}\n',
    b'{"ci95":[1],"clears":[]}\n',
    b'{"ci95":[null,3],"clears":[1,2,3,4,5]}\n',
    b'{"step":-3,"loss":1e-7}\n',
    b'{"step":12345678901234567890123,"loss":0.30000000000000004}\n',
    b'  {"step" : 4 , "cut": false}  \n',
    b'{"train/loss":null,"won":null,"lines":null}\n',
    b'{"train/loss":-0,"won":false,"lines":[]}\n',
    b'{"train\\/loss":7}\n',
]
WRONG = [
    b'{"step":"x"}\n',
    b'{"step":true}\n',
    b'{"cut":1}\n',
    b'{"ci95":["x",3]}\n',
    b"\n",
    b'{"ci95":[NaN]}\n',
    b"garbage\n",
    b"[1]\n",
    b"5\n",
    b'{"step":NaN}\n',
    b'{"loss":-Infinity}\n',
    b'{"step":1,"step":2}\n',
    b'{"step":1}{"step":2}\n',
    b'{"step":\n1}\n',
    b'{"step":01}\n',
    b"\x00\xff\n",
    b'{"new":1}\n',
    b'{"new":null}\n',
    b'{"new":true}\n',
    b'{"new":[1,2]}\n',
    b'{"new":"x"}\n',
    b'{"new":{"a":[1,"b"]}}\n',
    b'{"train/loss":"x"}\n',
    b'{"train/loss":[1]}\n',
    b'{"train/loss":true}\n',
    b'{"train/loss":1e999}\n',
    b'{"won":1}\n',
    b'{"lines":["x"]}\n',
    b'{"lines":[NaN]}\n',
    b'{"lines":3}\n',
]


def _slowly(lines: Lines) -> list[dict[str, Any]]:
    import orjson  # noqa: PLC0415 - the reference of this test

    rows = []
    for line in bytes(lines).split(b"\n"):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _schema(*lines: bytes) -> Schema:
    """The columns that some lines have."""
    made = Schema(_Row)
    made.learn(_slowly(b"".join(lines)), 1)
    return made


def _whole(schema: Schema, lines: bytes, before: int = 0) -> dict[str, Any]:
    """The columns of lines as one; NaN where a piece did not have one yet."""
    pieces = list(schema.blocks(lines, _slowly, before))
    return {
        name: np.concatenate([piece.get(name, np.full(len(piece["step"]), np.nan)) for piece in pieces])
        for name in schema.names
    }  # fmt: skip


def test_the_columns_are_numbers_pairs_and_tuples_then_what_the_rows_bring() -> None:
    assert Schema(_Row).core_names == tuple(Schema(_Row).names) == CORE
    made = _schema(GOOD)
    assert made.names == [*CORE, "train/loss", "won"]
    assert (made.lists, made.left_out) == (["lines"], 0)


@pytest.mark.parametrize("odd", [*ODD, *WRONG])
def test_both_ways_agree(odd: bytes) -> None:
    lines = GOOD + odd + GOOD
    known = _schema(lines)
    expected = known.of_rows(_slowly(lines))
    assert len({len(values) for values in expected.values()}) == 1
    schema = Schema(_Row)

    fast = schema._by_arrow(lines, 0)

    assert (fast is None) == (odd in WRONG), "what is well is parsed fast, what is not is left to the slow way"
    if fast is not None:
        assert list(fast) == list(expected) == schema.names
    made = _whole(schema, lines) if fast is None else fast
    assert schema.names == known.names
    for name, values in expected.items():
        np.testing.assert_array_equal(made[name], values)
        assert made[name].dtype == np.float64


def test_a_column_begins_with_the_row_in_which_it_first_occurs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ARROW_FROM_BYTES", 10)
    monkeypatch.setattr(columns, "SLOW_BYTES", 300)
    slow = list[int]()

    def parse(lines: Lines) -> list[dict[str, Any]]:
        slow.append(bytes(lines).count(b"\n"))
        return _slowly(lines)

    lines = GOOD * 500 + b'{"step":2,"eval/new":7}\n' + GOOD * 2_000
    schema = Schema(_Row)
    pieces = list(schema.blocks(lines, parse, 0))
    assert [("eval/new" in piece) for piece in pieces] == [False] * (len(pieces) - 2) + [True, True]
    assert sum(len(piece["step"]) for piece in pieces) == 2_501
    assert 500 < sum(slow) < 2_000, "after the row with the news the fast way goes on"
    assert schema.names[-1] == "eval/new"


def test_a_long_piece_with_one_bad_line_is_parsed_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ARROW_FROM_BYTES", 10)
    made = _whole(Schema(_Row), GOOD * 50 + b"bad\n" + GOOD)
    np.testing.assert_array_equal(made["clears_3"], np.full(51, 3.0))


def test_an_empty_piece_has_no_columns() -> None:
    assert list(Schema(_Row).blocks(b"", _slowly, 0)) == []


def test_a_table_of_some_columns_passes_over_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ARROW_FROM_BYTES", 10)
    schema = Schema(_Row, whole=False)
    made = _whole(schema, GOOD * 5 + b'{"name":"x","other":{"a":1}}\n' + GOOD)
    assert tuple(schema.names) == CORE
    assert len(made["step"]) == 7


STRANGE = ["", "x" * 101, "a\nb", "\x00", "\u202eabc", "ci95_low", "clears_1"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_value_with_a_name_that_nobody_can_read_is_left_out_and_counted(name: str) -> None:
    row = json.dumps({"step": 1, name: 5, "fine": 6}).encode() + b"\n"
    schema = Schema(_Row)
    made = _whole(schema, row * 3)
    assert schema.names == [*CORE, "fine"]
    assert schema.left_out == 3
    assert np.isnan(made["ci95_low"]).all()


@pytest.mark.parametrize("name", ["x" * 100, "rollout/ep_rew_mean", "ε", "<b>", "a b", "=1+1", "__proto__", "steps"])
def test_every_other_name_is_taken_as_it_is(name: str) -> None:
    schema = Schema(_Row)
    assert _whole(schema, json.dumps({name: 5}).encode() + b"\n")[name].tolist() == [5.0]
    assert schema.left_out == 0


def test_there_are_no_more_columns_than_anybody_can_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ARROW_FROM_BYTES", 10)
    lines = b"".join(b'{"step":%d,"n%d":1}\n' % (number, number) for number in range(3_000))
    schema = Schema(_Row)
    made = _whole(schema, lines)
    assert len(schema.names) == len(CORE) + MAX_COLUMNS
    assert schema.left_out == 3_000 - MAX_COLUMNS
    assert len(made["step"]) == 3_000


def test_a_few_bytes_a_row_do_not_become_columns_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FREE_NUMBERS", 100)
    schema = Schema(_Row)
    many = json.dumps({f"n{number}": 1 for number in range(50)}).encode() + b"\n"
    assert len(_whole(schema, many)["step"]) == 1
    assert len(schema.names) == len(CORE) + 50
    assert len(_whole(schema, many * 20, 1)["step"]) == 20, "rows that have what the columns say"
    assert list(schema.blocks(b"{}\n" * 500, _slowly, 21)) == []
    assert schema.full
    plain = Schema(_Row)
    assert len(_whole(plain, b"{}\n" * 500)["step"]) == 500, "the core has always room"


def test_there_is_an_end_to_how_many_numbers_a_log_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MAX_NUMBERS", 20 * len(CORE))
    schema = Schema(_Row)
    made = _whole(schema, b"{}\n" * 15 + b'{"a":1,"b":2,"c":3,"d":4}\n')
    assert schema.names == [*CORE, "a", "b"], "there is room for two more"
    assert (len(made["step"]), schema.left_out, schema.full) == (16, 2, False)
    assert list(schema.blocks(b"{}\n" * 5, _slowly, 16)) == []
    assert schema.full
