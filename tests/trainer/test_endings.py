"""What is said of a process that was killed, with real processes and real signals; the kernel's counters are files here."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trainer.test_resources import write
from tests.waiting import wait_until
from trainer import endings, launcher, resources
from trainer.endings import Ending, ending_of, watch_child
from trainer.launcher import log_tail, probe, start_trainer
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory

SPEAKS = """
import os, sys
sys.argv.append('{"state": "running"}')
sys.stdin = os.fdopen(os.pipe()[0])
from tests.trainer.pretend_trainer import main
main()
"""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A control group of 2 GiB, in which nothing was killed yet; its folder."""
    monkeypatch.setattr(resources, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(resources, "VMSTAT", tmp_path / "vmstat")
    write(tmp_path / "own", "0::/job\n")
    write(tmp_path / "cgroup" / "job" / "memory.max", f"{2 * 2**30}\n")
    write(tmp_path / "cgroup" / "job" / "memory.events", "oom_kill 7\n")
    return tmp_path / "cgroup" / "job"


@pytest.fixture
def killable(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> int:
    """The pid of a trainer of this app that has said a word; it does nothing."""
    words = [sys.executable, "-c", SPEAKS, "start", str(run.path)]
    monkeypatch.setattr(launcher, "trainer_command", lambda _: words)
    pid = start_trainer(run)
    wait_until(lambda: probe(run).state == "running", 60, "the trainer to speak")
    return pid


def test_a_trainer_killed_for_memory_is_crashed_and_says_so(run: RunDirectory, killable: int, memory: Path) -> None:
    write(memory / "memory.events", "oom_kill 8\n")
    endings._watched[launcher._children[run.path]].earlier = (7, 0)
    os.kill(killable, signal.SIGKILL)
    wait_until(lambda: probe(run).state == "crashed", 10, "the death")

    why = "killed by SIGKILL, most likely because the memory ran out (limit 2.0 GiB)."
    assert probe(run).error == f"The trainer died unexpectedly: {why} Resume continues from the last checkpoint."
    assert log_tail(run, 1) == f"The process was {why}", "where another app finds it"
    launcher._ended.clear()
    assert probe(run).error == (
        "The trainer died unexpectedly. Resume continues from the last checkpoint. The end of trainer.log may say why."
    ), "another app knows no more"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGTERM, signal.SIGXCPU, signal.SIGUSR1])
def test_a_trainer_names_the_signal_that_killed_it(run: RunDirectory, killable: int, number: signal.Signals) -> None:
    os.kill(killable, number)
    wait_until(lambda: probe(run).state == "crashed", 10, "the death")

    assert str(probe(run).error).startswith(f"The trainer died unexpectedly: killed by {number.name}")


def test_a_trainer_that_was_to_stop_needs_no_other_reason(run: RunDirectory, killable: int) -> None:
    update_control(run, by="app", run="stopped")
    os.kill(killable, signal.SIGKILL)
    wait_until(lambda: probe(run).state == "crashed", 10, "the death")

    assert "did not end in good order: killed by SIGKILL. Resume" in str(probe(run).error)


def child_that(code: str, log: Path) -> subprocess.Popen[bytes]:
    """A child that runs a program and is watched; it has ended."""
    child = subprocess.Popen([sys.executable, "-S", "-c", code])
    watch_child(child, log)
    child.wait()
    return child


def test_a_kill_that_nobody_counted_is_not_put_down_to_memory_alone(memory: Path, tmp_path: Path) -> None:
    child = child_that("import os; os.kill(os.getpid(), 9)", tmp_path / "log")
    assert memory.exists()
    expected = "killed by SIGKILL, by another program, or by the system when memory ran out (limit 2.0 GiB)"
    assert [ending.words() for ending in (ending_of(child), ending_of(child)) if ending] == [expected] * 2
    assert (tmp_path / "log").read_text() == f"\nThe process was {expected}.\n", "once"


def test_a_kill_long_before_is_of_another_process(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "COUNT_INTERVAL_S", -1.0)
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    watch_child(child, tmp_path / "log")
    write(memory / "memory.events", "oom_kill 8\n")
    assert [ending_of(child), ending_of(child)] == [None, None]
    child.kill()
    child.communicate()
    ending = ending_of(child)
    assert ending is not None
    assert "most likely" not in ending.words()


def test_the_memory_of_the_machine_and_the_address_space_are_told(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = child_that("import os; os.kill(os.getpid(), 9)", tmp_path / "log")
    write(memory.parents[1] / "vmstat", "oom_kill 1\n")
    assert "the memory of the machine ran out" in str(ending_of(child))

    monkeypatch.setattr(endings, "_address_space", lambda: 3 * 2**30)
    child = child_that("import os; os.abort()", tmp_path / "log")
    assert "its address space is limited to 3.0 GiB (ulimit -v)" in str(ending_of(child))


def test_a_process_that_ended_by_itself_wrote_its_own_last_words(tmp_path: Path) -> None:
    assert ending_of(child_that("raise SystemExit(5)", tmp_path / "log")) == Ending(5)
    assert Ending(5).words() == "exit code 5"
    assert Ending(-64_000).words() == "killed by signal 64000"
    assert not (tmp_path / "log").exists()
