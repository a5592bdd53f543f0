"""What was worked out is kept, but not too much of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui.kept import Kept


def made_twice() -> bytes:
    """What must not be asked for."""
    pytest.fail("made twice")


def test_what_is_kept_is_not_made_again_and_another_key_is_another_value() -> None:
    kept = Kept(100, len)
    assert kept.get("a", lambda: b"1") == b"1"
    assert kept.get("a", made_twice) == b"1"
    assert kept.get("b", lambda: b"2") == b"2"
    kept.clear()
    assert kept.get("a", lambda: b"3") == b"3"


def test_when_there_is_too_much_what_was_asked_for_longest_ago_goes_first() -> None:
    kept = Kept(10, len)
    for key in "abc":
        kept.get(key, lambda key=key: key.encode() * 3)  # type: ignore[misc]
    kept.get("a", made_twice)
    kept.get("d", lambda: b"dddd")
    for key in "acd":
        kept.get(key, made_twice)
    assert kept.get("b", lambda: b"new") == b"new"


def test_what_alone_is_too_large_is_given_and_not_kept() -> None:
    kept = Kept(10, len)
    assert kept.get("a", lambda: b"x" * 11) == b"x" * 11
    assert kept.get("a", lambda: b"y") == b"y"


def test_threads_that_ask_at_once_get_the_same_and_it_counts_once() -> None:
    kept = Kept(10, len)

    def ask(number: int) -> bytes:
        return kept.get(number % 3, lambda: bytes([number % 3]) * 3)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(ask, range(600)))
    assert set(got) == {b"\0\0\0", b"\1\1\1", b"\2\2\2"}
    for key in range(3):
        kept.get(key, made_twice)


def test_a_value_may_ask_for_another_while_it_is_made() -> None:
    kept = Kept(100, len)
    assert kept.get("outer", lambda: kept.get("inner", lambda: b"in") + b"out") == b"inout"
