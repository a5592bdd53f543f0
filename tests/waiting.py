"""The one way to wait in tests: for a condition, with a deadline."""

import time
from collections.abc import Callable

import pytest

LOOK_INTERVAL_S = 0.01


def wait_until(condition: Callable[[], object], timeout_s: float, what: str, now: Callable[[], object] = str) -> None:
    """Return as soon as the condition is truthy; fail the test when it still is not after `timeout_s` seconds.

    Args:
        condition: looked at again and again.
        timeout_s: patience.
        what: is waited for.
        now: how things are, for whoever reads that it was in vain.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s in vain for {what} {now()}".rstrip())
        time.sleep(LOOK_INTERVAL_S)
