"""How times and names are written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pages.ui.text import END_ISOLATE, ISOLATE, JOINER, ago, clock, escaped, plain
from trainer.numbers import MISSING


def test_times_are_told_from_now() -> None:
    now = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
    assert ago("2026-11-23T15:04:03.000Z", now) == "just now"
    assert ago("2026-11-23T15:03:25.000Z", now) == "40 s ago"
    assert ago("2026-11-23T13:03:25.000Z", now) == "2 h ago"
    assert ago("nonsense", now) == clock("nonsense", ZoneInfo("UTC")) == MISSING


def test_a_long_name_is_cut_to_one_line() -> None:
    assert plain("two\nlines\tand \x07 bell") == "two lines and bell"
    assert plain("x" * 300) == "x" * 59 + "…"


@pytest.mark.parametrize("name", ["\u05d0\u05d1\u05d2 12 (v2)!", "run \u0645\u0631\u062d\u0628\u0627 - 3", "\u0661\u0662"])
def test_a_name_from_right_to_left_turns_nothing_round_that_stands_beside_it(name: str) -> None:
    assert plain(name) == f"{ISOLATE}{name}{END_ISOLATE}"
    assert plain(plain(name)) == plain(name), "one pair is enough"
    assert escaped(name).startswith(ISOLATE)
    assert escaped(name).endswith(END_ISOLATE)
    assert plain(f"\u202e{name}\u2069") == plain(name), "a name cannot end it, or turn round what follows"
    cut = plain(name * 50)
    assert (cut[0], cut[-1]) == (ISOLATE, END_ISOLATE)


@pytest.mark.parametrize("name", ["first try", "d\u00e9j\u00e0 vu \U0001f980", "12 (v2)!", ""])
def test_a_name_from_left_to_right_stays_as_it_is(name: str) -> None:
    assert plain(name) == name


@pytest.mark.parametrize(
    ("limit", "cut"),
    [
        (60, "Discount γ 0.99, Learning rate 0.001"),
        (35, "Discount γ 0.99, Learning rate…"),
        (30, "Discount γ 0.99, Learning…"),
        (24, "Discount γ 0.99…"),
        (17, "Discount γ 0.99…"),
        (15, "Discount γ…"),
        (8, "Discoun…"),
    ],
)
def test_a_name_is_cut_between_two_words(limit: int, cut: str) -> None:
    assert plain("Discount γ 0.99, Learning rate 0.001", limit) == cut


@pytest.mark.parametrize(
    "hostile", ["**bold**", "<script>alert(1)</script>", "$x^2$", "[a](http://b)", "# title", "`code`", ":red[x]", "- item", "|a|b|"]
)
def test_markdown_in_a_name_is_disarmed(hostile: str) -> None:
    made = escaped(hostile)
    assert made.replace("\\", "").replace(JOINER, "") == hostile
    for place, character in enumerate(made):
        if character in "*<>$[]()#`|_~":
            assert made[place - 1] == "\\", f"{character} is live in {made}"


@pytest.mark.parametrize(
    ("hostile", "live"),
    [(":smile:", ":smile"), ("a->b", "->"), ("a -- b", "--"), ("http://x", "http:/"), ("www.x.y", "www."), ("a@b.c", "@b")],
)
def test_what_streamlit_replaces_after_markdown_is_broken_up(hostile: str, live: str) -> None:
    assert live not in escaped(hostile).replace("\\", "")
