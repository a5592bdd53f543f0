"""How a run is said to be when the machine does strange things: clocks that jump, restarts, suspended processes, bad starts."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psutil
import pytest

from tests.trainer.conftest import REPOSITORY, Pretend
from tests.waiting import wait_until
from trainer import probing
from trainer.children import child_about
from trainer.probing import probe, trainer_process
from trainer.run_files import files, locks, run_lock
from trainer.run_files.control import read_control, update_control
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import State, Status, read_status, write_status
from trainer.run_files.tails import log_tail
from trainer.starting import prepare_resume, start_trainer

DAY_S = 86_400.0
ON_LINUX = sys.platform.startswith("linux")


@contextmanager
def clock_set_by(seconds: float) -> Iterator[None]:
    """The machine's clock is set; what the system derives from it (the time of the boot, start times) moves with it."""
    with pytest.MonkeyPatch.context() as patch:
        started = psutil.boot_time()
        if ON_LINUX:
            patch.setattr("psutil._pslinux.boot_time", lambda: started + seconds)
        patch.setattr(psutil, "boot_time", lambda: started + seconds)
        honest = files.seconds_since
        patch.setattr(probing, "seconds_since", lambda text: honest(text) + seconds)
        patch.setattr(time, "time", lambda honest=time.time: honest() + seconds)
        yield


def _status(run: RunDirectory) -> Status:
    status = read_status(run)
    assert status is not None
    return status


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S, 7.0, -7.0])
@pytest.mark.parametrize("state", ["starting", "running", "paused", "stopping"])
def test_a_living_trainer_is_what_it_says_whatever_happens_to_the_clock(
    run: RunDirectory, pretend: Pretend, state: str, jump_s: float
) -> None:
    child = pretend(state=state)
    with clock_set_by(jump_s):
        assert probe(run).state == state
        process = trainer_process(run, _status(run))
        assert process is not None, "a stop can still be carried through"
        assert process.pid == child.pid


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_dead_trainer_has_crashed_whatever_happens_to_the_clock(run: RunDirectory, pretend: Pretend, jump_s: float) -> None:
    child = pretend(state="running")
    child.kill()
    child.wait()
    with clock_set_by(jump_s):
        assert (probe(run).state, trainer_process(run, _status(run))) == ("crashed", None)


def test_a_heartbeat_is_timed_by_the_clock_that_nobody_sets(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="paused")
    status = _status(run)
    for written_at in ("2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"):
        write_status(run, replace(status, heartbeat_at=written_at))
        assert probe(run).state == "paused"
    write_status(run, replace(status, heartbeat_monotonic_s=time.monotonic() - 31))
    assert probe(run).state == "stalled"
    write_status(run, replace(status, heartbeat_monotonic_s=time.monotonic() - 31, process=replace(status.process, host="elsewhere")))
    assert probe(run).state == "paused", "another machine's clock says nothing"


def test_a_run_whose_machine_was_restarted_is_orphaned_and_can_be_resumed(run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running", process={"boot_id": "an-earlier-boot"}, num_timesteps=500)
    child.kill()
    child.wait()

    probed = probe(run)
    assert (probed.state, probed.active) == ("orphaned", False)
    assert prepare_resume(run, by="app") == read_control(run).seq


def test_a_pid_that_was_given_out_again_after_a_restart_is_no_trainer(run: RunDirectory) -> None:
    mine = ProcessIdentity.own()
    write_status(run, Status(state="running", total_timesteps=1, process=replace(mine, boot_id="an-earlier-boot")))
    assert trainer_process(run, _status(run)) is None
    assert probe(run).state == "orphaned"


def test_another_machines_run_is_not_said_to_be_orphaned(run: RunDirectory) -> None:
    mine = replace(ProcessIdentity.own(), boot_id="another-machine's", host="elsewhere")
    write_status(run, Status(state="running", total_timesteps=1, process=mine))
    assert probe(run).state == "crashed"


def test_a_suspended_trainer_never_looks_crashed_and_goes_on(run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    child = pretend(state="running")
    child.send_signal(signal.SIGSTOP)
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED, 10, "the process to be suspended")
    assert probe(run).state == "running"  # for so short a time nobody could tell

    monkeypatch.setattr(probing, "STALLED_AFTER_S", 0.0)
    probed = probe(run)
    assert (probed.state, probed.active) == ("stalled", True)
    assert probed.error == f"The trainer's process is suspended (by SIGSTOP or a debugger). It goes on after: kill -CONT {child.pid}"

    child.send_signal(signal.SIGCONT)
    wait_until(lambda: probe(run).error is None, 10, "the process to go on")
    monkeypatch.setattr(probing, "STALLED_AFTER_S", 30.0)
    assert probe(run).state == "running"


def _end_at_once(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Whatever trainer is started from now on runs this instead."""
    honest: Any = subprocess.Popen

    def popen(_command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        started: subprocess.Popen[bytes] = honest([sys.executable, "-S", "-c", script], **options)
        return started

    monkeypatch.setattr(subprocess, "Popen", popen)


def test_a_trainer_that_dies_at_once_on_resume_is_said_to_have_failed(
    run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(state="stopped").communicate()
    assert probe(run).state == "stopped"
    with monkeypatch.context() as patch:
        _end_at_once(patch, "raise SystemExit('No module named torch')")
        prepare_resume(run, by="app")
        start_trainer(run)
        wait_until(lambda: probe(run).state == "failed", 10, "the failure")

    probed = probe(run)
    assert (probed.active, probed.pending) == (False, False)
    assert probed.error == "The run could not be resumed: its trainer ended at once (exit code 1). The end of trainer.log says why."
    assert log_tail(run.log) == "No module named torch"

    pretend(state="running")  # another start, by whomever, and all is well
    assert (probe(run).state, probe(run).error) == ("running", None)


def test_a_new_run_whose_trainer_dies_at_once_has_failed_without_a_wait(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _end_at_once(patch, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        start_trainer(run)
        wait_until(lambda: probe(run).state == "failed", 10, "the failure")
    assert "could not be started: its trainer ended at once (killed by SIGKILL, " in str(probe(run).error)


def test_a_real_trainer_that_finds_a_broken_config_on_resume_is_said_to_have_failed(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="stopped").communicate()
    run.config.write_bytes(run.config.read_bytes().replace(b'"gamma": 0.99', b'"gamma": 99'))
    prepare_resume(run, by="app")
    start_trainer(run)

    wait_until(lambda: probe(run).state == "failed", 60, "the failure")
    assert probe(run).error is not None
    assert "gamma must be" in log_tail(run.log)


@pytest.mark.long
def test_a_start_that_found_another_trainer_at_work_is_no_failure(run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running")
    second = subprocess.run(
        [sys.executable, "-m", "trainer", "start", str(run.path)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert second.returncode == probing.ALREADY_ACTIVE == 3
    assert second.stderr == f"error: One trainer a run: another one is already training {run.run_id}. Stop it first.\n"
    start_trainer(run)
    wait_until(lambda: bool(probe(run)) and child_about(run.path) is None, 60, "the second trainer to give up")
    child.communicate()
    assert probe(run).state == "crashed"


@pytest.mark.parametrize("how", [os.link, shutil.copy2], ids=["cp -al", "cp -a"])
def test_a_copy_of_a_run_that_is_being_trained_is_called_one_and_can_be_resumed(
    run: RunDirectory, pretend: Pretend, how: Callable[[str, str], object]
) -> None:
    child = pretend(state="running")
    copy = RunDirectory(run.path.with_name(f"{run.run_id}-copy"))
    shutil.copytree(run.path, copy.path, copy_function=how)
    if how is os.link:
        wait_until(lambda: not probe(copy).active, 30, "the trainer to take a lock of its own")
    probed = probe(copy)
    assert probed.state == "crashed"
    assert probed.error is not None
    assert probed.error.startswith(f"No trainer is at work on this folder; process {child.pid}, which its status names, is not its own.")
    assert prepare_resume(copy, by="app") == read_control(copy).seq
    assert probe(run).state == "running"


def test_a_copy_that_shares_the_lock_of_a_suspended_trainer_is_explained(
    run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = pretend(state="running")
    child.send_signal(signal.SIGSTOP)
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED, 10, "the process to be suspended")
    copy = RunDirectory(run.path.with_name(f"{run.run_id}-copy"))
    shutil.copytree(run.path, copy.path, copy_function=os.link)
    monkeypatch.setattr(probing, "STALLED_AFTER_S", 0.0)
    probed = probe(copy)
    assert probed.state == "stalled"
    assert str(probed.error).startswith("This is a copy, made of hard links, of a run that is being trained in another folder")
    copy.run_lock.unlink()
    assert prepare_resume(copy, by="app") == read_control(copy).seq


def test_a_run_whose_lock_cannot_be_read_is_what_its_status_says(
    run: RunDirectory, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = pretend(state="running")

    def refuse(path: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path.name)

    for module in (locks, run_lock):
        monkeypatch.setattr(module, "open_to_read", refuse)
    probed = probe(run)
    assert (probed.state, probed.problem) == ("running", probing.UNREADABLE_LOCK)
    status = _status(run)
    write_status(run, replace(status, state="finished"))
    assert probe(run).state == "finished"
    write_status(run, replace(status, process=replace(status.process, host="elsewhere")))
    assert probe(run).state == "running", "of another machine's process nothing is known"
    write_status(run, status)
    child.kill()
    child.wait()
    assert (probe(run).state, probe(run).problem) == ("crashed", probing.UNREADABLE_LOCK)


def test_an_absurd_number_in_the_control_file_is_said_and_the_next_command_mends_it(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running", applied_seq=3)
    run.control.write_bytes(b'{"version": 4, "seq": 9007199254740992, "run": "running"}')
    probed = probe(run)
    assert (probed.state, probed.control, probed.pending) == ("running", None, False)
    assert "seq must be at most" in str(probed.problem)
    assert update_control(run, by="app", applied_seq=3, run="paused").seq == 4
    assert probe(run).problem is None


@pytest.mark.parametrize(("state", "looks"), [("finished", 0), ("imported", 0), ("stopped", 1), ("failed", 1), ("running", 1)])
def test_the_lock_of_a_run_that_has_ended_for_good_is_not_looked_at(
    run: RunDirectory, state: State, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_status(run, Status(state=state, total_timesteps=1_000, process=ProcessIdentity.own()))
    looked = list[RunDirectory]()

    def look(at: RunDirectory) -> bool:
        looked.append(at)
        return False

    monkeypatch.setattr(probing, "is_run_locked", look)
    assert probe(run).state == ("crashed" if state == "running" else state)
    assert len(looked) == looks


def test_a_look_at_one_of_very_many_finished_runs_costs_few_system_calls(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    write_status(run, Status(state="finished", total_timesteps=1_000, process=ProcessIdentity.own()))
    called = list[str]()

    def counting(name: str) -> Callable[..., Any]:
        call = getattr(os, name)

        def counted(*given: Any, **more: Any) -> Any:
            called.append(name)
            return call(*given, **more)

        return counted

    for name in ("lstat", "open", "read"):
        monkeypatch.setattr(os, name, counting(name))
    assert probe(run).state == "finished"
    assert called.count("open") == called.count("read") == 4, "config.json, control.json and status.json, which is read twice"
    assert called.count("lstat") <= len(run.path.parts) + 5, "the folders above are looked at once"
