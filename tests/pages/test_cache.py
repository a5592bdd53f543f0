"""What was worked out is there the next time, but neither what has changed since nor too much of it."""

import ast
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pages
from pages.ui.cache import Cache, clear_all
from trainer.run_files.opening import stamp

PAGES = Path(pages.__file__).parent
CACHES = {"cache", "lru_cache", "cache_data", "cache_resource"}


def made_twice() -> bytes:
    """What must not be asked for."""
    pytest.fail("made twice")


def giving(value: bytes) -> Callable[[], bytes]:
    """Makes a value."""
    return lambda: value


def test_what_is_there_is_not_made_again_and_another_key_is_another_value() -> None:
    cache = Cache(100, len)
    assert cache.get("a", 1, giving(b"1")) == b"1"
    assert cache.get("a", 1, made_twice) == b"1"
    assert cache.get("b", 1, giving(b"2")) == b"2"
    assert ("a" in cache, "c" in cache) == (True, False)
    cache.clear()
    assert cache.get("a", 1, giving(b"3")) == b"3"


def test_another_version_takes_the_place_of_the_one_before() -> None:
    cache = Cache(10, len)
    for version in range(5):
        assert cache.last("a") == (b"%d" % (version - 1) * 4 if version else None)
        assert cache.get("a", version, giving(b"%d" % version * 4)) == b"%d" % version * 4
    cache.get("b", 0, giving(b"b" * 6))
    assert cache.get("a", 4, made_twice) == b"4444", "the older ones took no room"
    assert cache.get("b", 0, made_twice) == b"bbbbbb"


def test_a_file_that_is_replaced_by_one_of_the_same_size_is_another_version(tmp_path: Path) -> None:
    cache, path = Cache(10), tmp_path / "file"
    for content in (b"old", b"new"):
        (tmp_path / "aside").write_bytes(content)
        (tmp_path / "aside").replace(path)
        assert cache.get(path, stamp(path), path.read_bytes) == content


def test_a_value_that_holds_no_longer_is_made_again() -> None:
    cache = Cache(10)
    assert cache.get("a", 1, giving(b"1"), lambda value: value == b"2") == b"1"
    assert cache.get("a", 1, giving(b"2"), lambda value: value == b"2") == b"2"
    assert cache.get("a", 1, made_twice, lambda value: value == b"2") == b"2"


def test_what_fails_is_not_remembered() -> None:
    cache = Cache(10)

    def fail() -> bytes:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        cache.get("a", 1, fail)
    assert cache.get("a", 1, giving(b"1")) == b"1"


def test_when_there_is_too_much_what_was_asked_for_longest_ago_goes_first() -> None:
    cache = Cache(10, len)
    for key in "abc":
        cache.get(key, 1, giving(key.encode() * 3))
    cache.get("a", 1, made_twice)
    cache.get("d", 1, giving(b"dddd"))
    for key in "acd":
        cache.get(key, 1, made_twice)
    assert "b" not in cache


def test_without_a_size_values_are_counted() -> None:
    cache = Cache(2)
    for key in "abc":
        cache.get(key, 1, giving(b"x" * 1_000))
    assert [key in cache for key in "abc"] == [False, True, True]


def test_what_alone_is_too_large_is_given_and_not_remembered() -> None:
    cache = Cache(10, len)
    assert cache.get("a", 1, giving(b"x" * 11)) == b"x" * 11
    assert cache.get("a", 1, giving(b"y")) == b"y"


def test_threads_that_ask_at_once_get_the_same_and_it_counts_once() -> None:
    cache = Cache(10, len)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: cache.get(number % 3, 1, giving(bytes([number % 3]) * 3)), range(600)))
    assert set(got) == {b"\0\0\0", b"\1\1\1", b"\2\2\2"}
    for key in range(3):
        cache.get(key, 1, made_twice)


def test_of_two_threads_that_make_the_same_both_get_the_first_one() -> None:
    cache, both = Cache(10), threading.Barrier(2, timeout=20)

    def make() -> object:
        both.wait()
        return object()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: cache.get("a", 1, make), range(2))
    assert one is other is cache.get("a", 1, made_twice)


def test_a_value_may_ask_for_another_while_it_is_made() -> None:
    cache = Cache(100, len)
    assert cache.get("outer", 1, lambda: cache.get("inner", 1, giving(b"in")) + b"out") == b"inout"


def test_all_caches_can_be_emptied_at_once() -> None:
    caches = [Cache(10), Cache(10)]
    for cache in caches:
        cache.get("a", 1, giving(b"1"))
    clear_all()
    assert not any("a" in cache for cache in caches)


def test_nothing_else_in_the_pages_remembers_what_was_made_of_files() -> None:
    found = list[str]()
    for path in sorted(PAGES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                named = [ast.unparse(one.func if isinstance(one, ast.Call) else one).split(".")[-1] for one in node.decorator_list]
                if CACHES & set(named) and (node.args.args or node.args.kwonlyargs):
                    found.append(f"{path.name}: {node.name}")
    assert found == [], "`functools.cache` is for constants of the program; all else has a version and a bound in `pages.ui.cache`"
