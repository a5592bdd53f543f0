"""The one cache of the app: what was worked out once is there the next time that the same is asked for.

A value has a key, which names it, and a version, which says what it was made of: stamps of files (`trainer.run_files.opening.stamp`:
time of change, bytes and inode), or which rows of a log. A value of another version is made anew and takes the place of the old one.

Only constants of the program, which need neither key nor version nor bound, are left to `functools.cache`.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Value(NamedTuple):
    version: object
    value: Any
    size: int


class Cache:
    """Values by key. When there is too much, what was asked for longest ago goes first. Safe for several threads.

    Args:
        most: all values together, in what `size` counts.
        size: of a value; if not given, each counts 1.
    """

    def __init__(self, most: int, size: Callable[[Any], int] = lambda _: 1) -> None:
        self._most, self._size_of = most, size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, _Value] = OrderedDict()
        self._size = 0
        _every.add(self)

    def get(self, key: Hashable, version: object, make: Callable[[], T], holds: Callable[[T], bool] | None = None) -> T:
        """The value of a key, made by `make` unless there is one of this version.

        Args:
            key: names the value.
            version: what it is made of; compared with `==`.
            make: makes it. What it raises is raised here, and nothing is remembered.
            holds: whether a value that is there may be used once more; if not given, each may.
        """
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
        if found is not None and found.version == version and (holds is None or holds(found.value)):
            value: T = found.value
            return value
        value = make()  # outside the lock: it may ask for others
        with self._lock:
            there = self._values.get(key)
            if there is not None and there is not found and there.version == version:  # another thread was faster
                faster: T = there.value
                return faster
            self._put(key, _Value(version, value, self._size_of(value)))
        return value

    def _put(self, key: Hashable, value: _Value) -> None:
        before = self._values.pop(key, None)
        self._values[key] = value
        self._size += value.size - (before.size if before else 0)
        while self._size > self._most:
            self._size -= self._values.popitem(last=False)[1].size

    def last(self, key: Hashable) -> Any | None:
        """The value of a key, of whatever version; None if there is none."""
        with self._lock:
            found = self._values.get(key)
        return found.value if found is not None else None

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values

    def clear(self) -> None:
        """Forget every value."""
        with self._lock:
            self._values.clear()
            self._size = 0


_every: "weakref.WeakSet[Cache]" = weakref.WeakSet()


def clear_all() -> None:
    """Forget every value of every cache, as in an app that has just been started."""
    for cache in list(_every):
        cache.clear()
