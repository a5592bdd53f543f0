"""Every failure is one class with one sentence, and an error can quote anything."""

import inspect

import pytest

from trainer import errors
from trainer.errors import ControlRoomError, SettingError, shown, visible

CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass)]


def test_every_failure_is_explained_in_one_sentence_and_caught_as_one() -> None:
    for one in CLASSES:
        assert issubclass(one, ControlRoomError)
        sentence = one.__doc__ or ""
        assert sentence.endswith(".")
        assert sentence.count("\n") == 0
    assert issubclass(SettingError, ValueError)


def test_whatever_came_is_quoted_short_and_on_one_line() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    for value in ("x" * 1_000, "a\nb\x1b\u202e", 10**10_000, nested, {"a": object()}, b"\xff" * 99, None, 0.1):
        assert len(shown(value)) <= 60
        assert shown(value).isprintable()
    assert shown("7") == shown(7) == "'7'"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("over\rwritten\nline", "over\\rwritten\\nline"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\u2066x\u2069\u200e\u061c", "\\u2066x\\u2069\\u200e\\u061c"),
        ("\u2028\u2029\x85\x00\x7f", "\\u2028\\u2029\\x85\\x00\\x7f"),
        ("\udcff\U000e0041", "\\udcff\\U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown
    assert visible(f"Größe {hostile} 你") == f"Größe {shown} 你"


def test_ordinary_text_in_any_script_stays_as_it_is() -> None:
    for text in ("", "Größe “x” — γ × 你 \u05d0\u05d1", "می\u200cخواهم", "👩\u200d💻"):
        assert visible(text) == text
    assert visible("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"
