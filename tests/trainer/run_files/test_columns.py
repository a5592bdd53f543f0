"""Two ways to parse the same lines: whatever the lines are, they agree."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trainer.run_files import columns
from trainer.run_files.columns import ColumnParser


@dataclass(frozen=True, slots=True)
class _Row:
    step: int
    loss: float | None
    cut: bool
    ci95: tuple[float, float]
    clears: tuple[int, int, int, int]
    lines: list[int]
    games: tuple[int, ...] = ()


PARSER = ColumnParser(_Row)
GOOD = b'{"step":1,"loss":0.1,"cut":true,"ci95":[0.5,1.5],"clears":[1,2,3,4],"lines":[5],"name":"x","new":{"a":[1,"b"]}}\n'
ODD = [
    b'{"step":2}\n',
    b"{}\n",
    b'{"loss":null,"ci95":null,"cut":null}\n',
    b'{"ci95":[1],"clears":[]}\n',
    b'{"ci95":[null,3],"clears":[1,2,3,4,5]}\n',
    b'{"step":-3,"loss":1e-7}\n',
    b'{"step":12345678901234567890123,"loss":0.30000000000000004}\n',
    b'  {"step" : 4 , "cut": false}  \n',
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
]


def _slowly(lines: bytes | memoryview) -> list[dict[str, Any]]:
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


def test_the_columns_are_numbers_pairs_and_tuples() -> None:
    assert PARSER.names == ("step", "loss", "cut", "ci95_low", "ci95_high", "clears_1", "clears_2", "clears_3", "clears_4")


@pytest.mark.parametrize("odd", [*ODD, *WRONG])
def test_both_ways_agree(odd: bytes) -> None:
    lines = GOOD + odd + GOOD
    expected = PARSER.of_rows(_slowly(lines))
    lengths = {len(values) for values in expected.values()}
    assert len(lengths) == 1

    fast = PARSER._by_arrow(lines)

    assert (fast is None) == (odd in WRONG), "what is well is parsed fast, what is not is left to the slow way"
    if fast is not None:
        assert list(fast) == list(expected) == list(PARSER.names)
        for name, values in expected.items():
            np.testing.assert_array_equal(fast[name], values)
            assert fast[name].dtype == np.float64


def test_a_long_piece_with_one_bad_line_is_parsed_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ARROW_FROM_BYTES", 10)
    made = PARSER.of_lines(GOOD * 50 + b"bad\n" + GOOD, _slowly)
    np.testing.assert_array_equal(made["clears_3"], np.full(51, 3.0))


def test_an_empty_piece_has_empty_columns() -> None:
    assert {len(values) for values in PARSER.of_lines(b"", _slowly).values()} == {0}


def test_a_list_of_any_length_is_told_and_has_no_column() -> None:
    parser = ColumnParser(_Row)
    assert parser.lists == {"lines": int, "games": int}
    assert not {"lines", "games"} & set(parser.names)
