"""A lease ends when nobody renews it, whatever the clocks say."""

import os
import threading
from pathlib import Path

import pytest

from trainer.learning.lease import Lease, LeaseWatcher


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """It is renewed by being touched."""
    (tmp_path / "lease").touch()
    return tmp_path / "lease"


def test_a_lease_lasts_from_its_last_renewal_by_a_clock_that_nobody_sets(file: Path) -> None:
    now = 0.0
    watcher = LeaseWatcher(Lease(file, 10.0), lambda _: None, clock=lambda: now)
    now = 9.0
    assert not watcher.look()
    os.utime(file, ns=(1, 1))  # a clock that was set to 1970
    assert not watcher.look()
    now = 19.0
    assert not watcher.look()
    file.unlink()
    now = 19.1
    assert watcher.look(), "a file that is gone renews nothing"


def test_it_is_told_once_on_a_thread_of_its_own(file: Path) -> None:
    told, called = list[str](), threading.Event()

    def tell(sentence: str) -> None:
        told.append(sentence)
        called.set()

    watcher = LeaseWatcher(Lease(file, 0.05), tell)
    watcher.start()
    assert called.wait(10)
    watcher.close()
    assert len(told) == 1
    assert told[0].startswith("Nobody has asked for this run's files for 0.05 s")
