"""What was worked out once, kept for the next time that the same is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Values by key. When they take too much memory, those that were asked for longest ago go first. Safe for several threads.

    Args:
        most_bytes: all values together.
        size: of a value, in bytes.
    """

    def __init__(self, most_bytes: int, size: Callable[[Any], int]) -> None:
        self._most, self._size = most_bytes, size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returned for this key; the key names all that it depends on."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                kept: T = self._values[key]
                return kept
        value = make()  # outside the lock: it may ask for others
        with self._lock:
            if key not in self._values:  # another thread may have been faster
                self._values[key] = value
                self._bytes += self._size(value)
            while self._bytes > self._most:
                self._bytes -= self._size(self._values.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._values.clear()
            self._bytes = 0
