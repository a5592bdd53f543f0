"""How a run is said to be, with real locks, real processes and real signals."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import psutil
import pytest

from tests.trainer.conftest import Pretend
from tests.waiting import wait_until
from trainer import children, probing
from trainer.children import Child
from trainer.probing import probe, trainer_process
from trainer.run_files.control import update_control
from trainer.run_files.placements import Placement, read_placement, write_placement
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.status import Best, Status, read_status, write_status
from trainer.starting import prepare_resume


def _status(**fields: Any) -> Status:
    """A status of a process of this machine, of which no start in ticks is known."""
    here = psutil.Process()
    process = ProcessIdentity(fields.pop("pid", here.pid), here.create_time(), "h")
    always: dict[str, Any] = {"state": "running", "process": process, "total_timesteps": 1_000}
    return Status(**(always | fields))


def test_a_run_just_made_is_starting_and_one_never_started_has_crashed(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    probed = probe(run)
    assert (probed.state, probed.active, probed.status, probed.problem, probed.pending) == ("starting", True, None, None, True)
    monkeypatch.setattr(probing, "START_PATIENCE_S", 0.0)
    assert (probe(run).state, probe(run).active, probe(run).pending) == ("crashed", False, False)


def test_a_trainer_that_has_not_yet_spoken_is_starting(run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "START_PATIENCE_S", 0.0)
    pretend()
    assert probe(run).state == "starting"


@pytest.mark.parametrize("state", ["starting", "running", "paused", "stopping"])
def test_a_living_trainer_is_believed_and_a_killed_one_has_crashed(run: RunDirectory, pretend: Pretend, state: str) -> None:
    child = pretend(state=state, applied_seq=1)
    assert (probe(run).state, probe(run).active, probe(run).pending) == (state, True, False)
    child.kill()
    child.wait()
    assert (probe(run).state, probe(run).active) == ("crashed", False)


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_the_last_word_of_a_trainer_stays(run: RunDirectory, pretend: Pretend, state: str) -> None:
    child = pretend(state=state)
    child.communicate()
    assert (probe(run).state, probe(run).active, probe(run).pending) == (state, False, False)


def test_a_command_is_pending_until_the_trainer_has_applied_it(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running", applied_seq=1)
    assert not probe(run).pending
    seq = update_control(run, by="app", run="paused").seq
    assert probe(run).pending
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, applied_seq=seq))
    assert not probe(run).pending


def test_a_frozen_step_or_a_silent_heartbeat_is_stalled(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running", seconds_since_step=31.0)
    assert (probe(run).state, probe(run).active) == ("stalled", True)
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, state="paused"))
    assert probe(run).state == "paused"  # a pause makes no steps
    write_status(run, replace(status, state="paused", heartbeat_monotonic_s=time.monotonic() - 31))
    assert probe(run).state == "stalled"
    write_status(run, replace(status, seconds_since_step=0.5))
    assert probe(run).state == "running"


def test_a_deleted_run_is_gone(run: RunDirectory) -> None:
    for path in run.path.iterdir():
        path.unlink()
    run.path.rmdir()
    probed = probe(run)
    assert (probed.state, probed.active) == ("gone", False)
    assert probed.problem == f"The run {run.run_id} was deleted from disk."
    assert not run.path.exists()


@pytest.mark.parametrize("name", ["config.json", "control.json", "status.json"])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"version": 5}', b"\xff" * 2_000_000, b'{"version": 4}', b'{"version": 4, "seq": ""}']
)
def test_a_damaged_file_is_named_and_never_raises(
    run: RunDirectory, pretend: Pretend, name: str, damage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "START_PATIENCE_S", 0.0)
    write_status(run, _status())
    if name == "config.json":  # once with a living trainer is enough
        pretend(state="running")
    (run.path / name).write_bytes(damage)
    probed = probe(run)
    assert probed.problem is not None
    assert name in probed.problem
    assert probed.state == ("running" if name == "config.json" else "crashed")


def test_a_damaged_start_time_or_pid_never_raises(run: RunDirectory) -> None:
    run.config.write_bytes(run.config.read_bytes().replace(b'"created_at": "', b'"created_at": "x'))
    assert probe(run).state == "crashed"
    for pid in (-1, 0, 2**40):
        assert trainer_process(run, _status(pid=pid)) is None
    assert trainer_process(run, None) is None


def test_a_trainer_is_found_until_it_dies_though_nobody_has_collected_it(run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running")
    status = read_status(run)
    process = trainer_process(run, status)
    assert process is not None
    assert process.pid == child.pid
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: trainer_process(run, status) is None, 10, "the death to be seen although the process is a zombie")


def test_a_child_that_has_not_yet_taken_the_lock_is_starting(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    monkeypatch.setattr(children, "_children", {run.path: Child(child, run.log)})
    monkeypatch.setattr(probing, "START_PATIENCE_S", 0.0)
    assert probe(run).state == "starting"
    write_status(run, _status(state="stopped"))
    assert probe(run).state == "starting"  # the word of an earlier process
    write_status(run, _status(state="finished", pid=child.pid))
    assert probe(run).state == "finished"  # its own, on its way out
    write_status(run, _status(state="running", pid=child.pid))
    child.kill()
    child.communicate()
    assert probe(run).state == "crashed"


def test_a_status_with_everything_in_it_is_probed(run: RunDirectory) -> None:
    write_status(run, _status(state="finished", best=Best("eval_lines", 512.5, 900), degraded="disk", error=None))
    probed = probe(run)
    assert probed.status is not None
    assert probed.status.best == Best("eval_lines", 512.5, 900)


def test_what_an_earlier_process_wrote_is_not_said_of_one_that_starts(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running")
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, state="stopped"))
    assert probe(run).state == "stopped"  # its last moments

    earlier = replace(
        status.process,
        started_at=status.process.started_at - 100,
        start_ticks=(status.process.start_ticks or 0) - 10_000,
    )
    write_status(run, replace(status, state="stopped", process=earlier))
    assert probe(run).state == "starting"


def test_a_run_on_another_machine_whose_files_nobody_brings_is_said_to_be_there(run: RunDirectory) -> None:
    write_status(run, Status("running", ProcessIdentity.own(), 1_000))
    hold_run_lock(run).release()
    write_placement(run.path.parent, run.run_id, Placement("ray:10.0.0.7:6379", 1, node="far"))
    probed = probe(run)
    assert probed.state == "crashed"
    assert probed.error == (
        "It is trained on far; the process that brings its files has ended and starts again with the next look at the queue."
    )
    prepare_resume(run, by="cli")
    assert read_placement(run.path.parent, run.run_id) is None, "a trainer here takes it from there"
