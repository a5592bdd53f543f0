"""Rows and documents are checked field by field; what does not fit is named."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from trainer.errors import FormatError
from trainer.run_files.fields import from_fields, require_plain_values


@dataclass(frozen=True, slots=True)
class _Part:
    name: str


@dataclass(frozen=True, slots=True)
class _Row:
    count: int
    ratio: float
    on: bool
    state: Literal["up", "down"]
    pair: tuple[float, float]
    numbers: list[int]
    names: dict[str, str]
    anything: dict[str, Any]
    part: _Part | None
    note: str | None = None
    extra: list[int] = field(default_factory=list)


GOOD: dict[str, Any] = {
    "count": 3, "ratio": 1, "on": True, "state": "up", "pair": [1, 2.5], "numbers": [1], "names": {"a": "b"}, "anything": {"a": [None]},
    "part": {"name": "x", "unknown": 1}, "unknown": 5,
}  # fmt: skip


def test_a_row_with_fitting_fields_is_made() -> None:
    row = from_fields(_Row, GOOD)
    assert row == _Row(3, 1, on=True, state="up", pair=(1, 2.5), numbers=[1], names={"a": "b"}, anything={"a": [None]}, part=_Part("x"))
    assert from_fields(_Row, GOOD | {"part": None, "note": "n", "extra": [1]}).note == "n"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("count", 1.5, "count must be a whole number; got '1.5'"),
        ("count", True, "count must be a whole number; got 'True'"),
        ("count", None, "count must be a whole number; got 'None'"),
        ("ratio", "1", "ratio must be a number; got '1'"),
        ("ratio", False, "ratio must be a number; got 'False'"),
        ("on", 1, "on must be true or false; got '1'"),
        ("state", "left", "state must be one of up, down; got 'left'"),
        ("state", [], "state must be one of up, down"),
        ("pair", [1], "pair must be a list"),
        ("pair", [1, "2"], "pair must be a list"),
        ("numbers", [1, "2"], "numbers must be a list"),
        ("names", {"a": 1}, "names must be an object"),
        ("anything", [], "anything must be an object"),
        ("part", 5, "part must be an object; got '5'"),
        ("part", {}, "name is missing"),
        ("note", 5, "note must be text; got '5'"),
    ],
)
def test_a_field_that_does_not_fit_is_named(name: str, value: object, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint):
        from_fields(_Row, GOOD | {name: value})


def test_a_missing_field_without_a_default_is_named() -> None:
    with pytest.raises(FormatError, match="count is missing"):
        from_fields(_Row, {name: value for name, value in GOOD.items() if name != "count"})


@dataclass(frozen=True)
class _Measured:
    """Numbers and a time, whose names say what they are."""

    step: int = 0
    active_seconds: float = 0.0
    board_height: int = 20
    value: float = 0.0
    at: str = ""
    ci95: tuple[float, float] = (0.0, 0.0)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("step", -1, "step must be from 0 to 9,007,199,254,740,992; got '-1'"),
        ("step", 2**53 + 1, "step must be from 0 to"),
        ("active_seconds", 1e308, r"active_seconds must be from 0 to 10,000,000,000\.0; got '1e\+308'"),
        ("board_height", 10**9, "board_height must be from 1 to 100; got '1000000000'"),
        ("value", -1e301, "value must be from -1e"),
        ("ci95", [0, 1e308], "ci95 must be from"),
        ("at", "0001-01-01T00:00:00.000+14:00", "at must be"),
        ("at", "9999-12-31T23:59:59.999Z", "at must be of a year from 1971 to 2200"),
        ("at", "yesterday", "at must be a UTC time"),
    ],
)
def test_what_no_run_can_have_is_refused(field: str, value: object, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint):
        from_fields(_Measured, {field: value})


def test_settings_are_values_or_short_lists_of_them() -> None:
    require_plain_values("settings", {"gamma": 0.9, "of another version": None, "net_arch": [64, 64], "randomizer": "bag"})
    strange: list[dict[str, object]] = [
        {"a": {}}, {"a": [[]]}, {"a": [1] * 201}, {"a": "x" * 400}, {"x" * 400: 1}, {"a": 1e308},
        dict.fromkeys(map(str, range(300))),
    ]  # fmt: skip
    for values in strange:
        with pytest.raises(FormatError, match=r"settings|must be from"):
            require_plain_values("settings", values)
