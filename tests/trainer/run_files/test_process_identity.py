"""Which process it is, by what no clock changes; and by start times where the system tells no more."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until
from trainer.run_files import process_identity
from trainer.run_files.process_identity import ProcessIdentity, boot_id


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system that does not tell the boot."""
    monkeypatch.setattr(process_identity, "BOOT_ID", Path("/nowhere"))
    boot_id.cache_clear()
    yield
    boot_id.cache_clear()


def test_a_living_process_is_found_and_a_stranger_is_not() -> None:
    mine = ProcessIdentity.own()
    process = mine.find()
    assert process is not None
    assert process.pid == os.getpid()
    assert replace(mine, started_at=mine.started_at - 5, start_ticks=(mine.start_ticks or 500) - 500).find() is None
    for pid in (-1, 0, 2**40, 2**70):
        assert replace(mine, pid=pid).find() is None


def test_a_process_is_named_by_its_ticks_whatever_it_is_called(tmp_path: Path) -> None:
    odd = tmp_path / "a) b (c"
    odd.symlink_to(sys.executable)
    child = subprocess.Popen([str(odd), "-S", "-c", "input()"], stdin=subprocess.PIPE, env=os.environ | {"PYTHONHOME": sys.base_prefix})
    try:
        wait_until(lambda: " " in psutil.Process(child.pid).name(), 10, "the process to be called by its odd name")
        identity = ProcessIdentity.of(psutil.Process(child.pid))
        assert identity.start_ticks is not None
        assert identity.find() is not None
        assert replace(identity, start_ticks=identity.start_ticks - 1).find() is None
    finally:
        child.kill()
        child.communicate()
    assert identity.find() is None


@pytest.mark.usefixtures("untold")
def test_without_a_boot_id_start_times_decide() -> None:
    mine = ProcessIdentity.own()
    assert mine.boot_id == ""
    assert mine.find() is not None
    assert replace(mine, started_at=mine.started_at - 5).find() is None
    assert not mine.is_of_an_earlier_boot()
    assert replace(mine, started_at=psutil.boot_time() - 3_600).is_of_an_earlier_boot()
    assert not replace(mine, started_at=0.0, host="elsewhere").is_of_an_earlier_boot()
