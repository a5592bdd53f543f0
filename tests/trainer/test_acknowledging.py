"""A command is acknowledged by `status.json` alone."""

import threading
from dataclasses import replace

import pytest

from tests.trainer.conftest import Pretend
from trainer.acknowledging import wait_until_applied
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status, write_status


def _acknowledge(run: RunDirectory, seq: int) -> None:
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, applied_seq=seq, applied_at_step=80))


def test_a_command_is_applied_when_its_number_or_a_later_one_is_acknowledged(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running", applied_seq=1)
    assert wait_until_applied(run, 2, patience_s=0.0) is None
    timer = threading.Timer(0.1, _acknowledge, (run, 3))
    timer.start()
    status = wait_until_applied(run, 2, patience_s=30.0)
    timer.join()
    assert status is not None
    assert (status.applied_seq, status.applied_at_step) == (3, 80)


@pytest.mark.parametrize("damage", [None, b"", b"{", b'{"version": 9}'])
def test_no_status_and_a_damaged_one_acknowledge_nothing(run: RunDirectory, damage: bytes | None) -> None:
    if damage is not None:
        run.status.write_bytes(damage)
    assert wait_until_applied(run, 1, patience_s=0.05) is None


def test_no_other_file_is_needed(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running", applied_seq=2)
    run.control.write_bytes(b"{")
    run.config.unlink()
    status = wait_until_applied(run, 2, patience_s=0.0)
    assert status is not None
    assert status.applied_seq == 2
