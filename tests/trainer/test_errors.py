"""Every failure is one class with one sentence, and an error can quote anything."""

import inspect

from trainer import errors
from trainer.errors import ControlRoomError, SettingError, shown

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
