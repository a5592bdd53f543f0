"""Every failure is one class with one sentence, and an error can quote anything."""

import errno
import inspect
import struct
import zlib

import numpy as np
import pytest

from trainer import errors
from trainer.errors import (
    ControlRoomError,
    FormatError,
    SettingError,
    SpecialFileError,
    described,
    is_out_of_memory,
    reason,
    shown,
    visible,
)

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


class NoWords(Exception):  # noqa: N818 - it stands for whatever a library calls its own
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise self


class _PrivateError(MemoryError):
    """NumPy's own kind of `MemoryError` has a name that begins like this."""


LINES = "Error(s) in loading:\n\tsize mismatch for 0.weight:\r\n\n  copying a param.\n"
OF_TORCH = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."


@pytest.mark.parametrize(
    ("error", "why", "with_kind"),
    [
        (ValueError("it is too large."), "it is too large", "ValueError: it is too large"),
        (AssertionError(), "AssertionError without a message", "AssertionError without a message"),
        (ValueError("  \n"), "ValueError without a message", "ValueError without a message"),
        (StopIteration(), "StopIteration without a message", "StopIteration without a message"),
        (KeyboardInterrupt(), "KeyboardInterrupt without a message", "KeyboardInterrupt without a message"),
        (NoWords(), "NoWords without a message", "NoWords without a message"),
        (KeyError("games"), "'games' is missing", "KeyError: 'games' is missing"),
        (KeyError(7), "'7' is missing", "KeyError: '7' is missing"),
        (KeyError("There is no item named 'x' in the archive"), "There is no item named 'x' in the archive", None),
        (KeyError(), "KeyError without a message", "KeyError without a message"),
        (MemoryError(), "not enough memory", "not enough memory"),
        (MemoryError("Unable to allocate 7 TiB"), "not enough memory: Unable to allocate 7 TiB", None),
        (_PrivateError("Unable to allocate 7 TiB"), "not enough memory: Unable to allocate 7 TiB", None),
        (RuntimeError(OF_TORCH), f"not enough memory: {OF_TORCH[:-1]}", f"not enough memory: {OF_TORCH[:-1]}"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "not enough memory", "not enough memory"),
        (OSError(errno.ENOSPC, "No space left", "/x"), "No space left", "OSError: [Errno 28] No space left: '/x'"),
        (OSError("ffmpeg has no encoder"), "ffmpeg has no encoder", "OSError: ffmpeg has no encoder"),
        (OSError(), "OSError without a message", "OSError without a message"),
        (OSError(errno.EIO, None), "[Errno 5] None", None),
        (RuntimeError(LINES), "Error(s) in loading: size mismatch for 0.weight: copying a param", None),
        (zlib.error("Error -3"), "Error -3", "zlib.error: Error -3"),
        (struct.error(), "struct.error without a message", "struct.error without a message"),
        (FormatError("The file is damaged."), "The file is damaged", "The file is damaged."),
        (SpecialFileError("it is a link", "/x"), "it is a link", "/x cannot be used (it is a link)."),
    ],
)  # fmt: skip
def test_every_exception_has_a_reason_in_one_line(error: BaseException, why: str, with_kind: str | None) -> None:
    assert reason(error) == why
    if with_kind is not None:
        assert described(error) == with_kind


def test_a_reason_is_short_whatever_a_library_says() -> None:
    long = reason(RuntimeError("x" * 100_000))
    assert len(long) == errors.LONGEST_REASON
    assert long.endswith("…")
    assert reason(KeyError("k" * 1_000)).endswith(" is missing")


def test_what_numpy_raises_is_a_lack_of_memory() -> None:
    with pytest.raises(MemoryError) as raised:
        np.empty(2**50)
    assert is_out_of_memory(raised.value)
    assert described(raised.value).startswith("not enough memory: Unable to allocate 8.00 PiB")
    assert not is_out_of_memory(OSError(errno.ENOSPC, "No space left on device"))
