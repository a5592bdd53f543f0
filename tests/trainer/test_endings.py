"""What is said of a process that was killed, with real processes and real signals; the kernel's counters are files here."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import cli
from tests.trainer.conftest import Pretend
from tests.trainer.test_resources import write
from tests.waiting import wait_until
from trainer import children, endings, probing, resources
from trainer.children import Child, child_about
from trainer.endings import Ending
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status, write_status
from trainer.run_files.tails import log_tail
from trainer.starting import start_trainer

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
    monkeypatch.setattr(children, "trainer_command", lambda _: words)
    pid = start_trainer(run)
    wait_until(lambda: probe(run).state == "running", 60, "the trainer to speak")
    return pid


def _status(run: RunDirectory) -> Status:
    status = read_status(run)
    assert status is not None
    return status


@pytest.mark.long
def test_a_trainer_killed_for_memory_is_crashed_and_says_so(run: RunDirectory, killable: int, memory: Path) -> None:
    write(memory / "memory.events", "oom_kill 8\n")
    child = child_about(run.path)
    assert child is not None
    child._kills_before = (7, 0)
    os.kill(killable, signal.SIGKILL)
    wait_until(lambda: probe(run).state == "crashed", 10, "the death")

    why = "killed by SIGKILL, most likely because the memory ran out (limit 2.0 GiB)."
    said = f"The trainer died unexpectedly: {why} Resume continues from the last checkpoint."
    assert probe(run).error == said
    assert log_tail(run.log, 1) == f"Process {killable} was {why}"
    probing._ended.clear()
    assert probe(run).error == said, "in another app"
    assert said in cli("status", run.path).stdout
    assert said in cli("list", "--runs-dir", run.path.parent).stdout
    assert [one["error"] for one in json.loads(cli("list", "--json", "--runs-dir", run.path.parent).stdout)] == [said]


def test_a_death_is_recorded_though_nobody_looks(run: RunDirectory, killable: int) -> None:
    os.kill(killable, signal.SIGSEGV)
    wait_until(lambda: log_tail(run.log, 1) == f"Process {killable} was killed by SIGSEGV, an error in compiled code.", 20, "the last line")


def test_a_trainer_whose_parent_is_gone_leaves_places_to_look_at(run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running")
    child.kill()
    child.wait()
    assert probe(run).error == (
        "The trainer died unexpectedly. Resume continues from the last checkpoint. "
        "The end of trainer.log may say why, or dmesg if the memory ran out."
    )


def test_a_trainer_killed_before_its_first_word_failed_to_start_in_every_app(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-S", "-c", "import os; os.kill(os.getpid(), 9)"]
    monkeypatch.setattr(children, "trainer_command", lambda _: words)
    start_trainer(run)
    wait_until(lambda: probe(run).state == "failed", 10, "the death")
    said = probe(run).error
    assert str(said).startswith("The run could not be started: its trainer ended at once (killed by SIGKILL, ")
    probing._ended.clear()
    assert (probe(run).state, probe(run).error) == ("failed", said)


@pytest.mark.parametrize(
    ("last", "known"),
    [
        ("Process PID was killed by SIGKILL, by another program, or by the system when memory ran out.", True),
        ("Process PID was killed by SIGABRT, most likely because its address space is limited to 3.0 GiB (ulimit -v).", True),
        ("Process PID was killed by SIGUSR1.", True),
        ("Process PID was killed by signal 63.", True),
        ("Process PID was killed by SIGKILL, because you have won: see https://example.org.", False),
        ("Process PID was killed by SIGPRIZE.", False),
        ("Process PID was killed by signal 0.", False),
        ("Process PID was killed by SIGKILL, most likely because the memory ran out (limit 9999999.0 GiB).", False),
        ("Process PID was killed by SIGUSR1. Really.", False),
        ("It was killed by SIGKILL.", False),
        ("MemoryError", False),
        ("", False),
    ],
)
def test_of_a_log_only_our_own_words_about_this_process_are_believed(run: RunDirectory, pretend: Pretend, last: str, known: bool) -> None:
    child = pretend(state="running")
    child.kill()
    child.wait()
    run.log.write_text("2026-01-01 step 5: Training began\n" + last.replace("PID", str(child.pid)) + "\n")
    said = str(probe(run).error)
    assert ("killed by" in said) == known, said
    if known:
        assert f"The trainer died unexpectedly: {last.split(' was ')[1]} Resume continues" in said


def test_a_resume_that_was_killed_before_its_first_word_failed(run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running")
    child.kill()
    child.wait()
    run.log.write_text(f"Process {child.pid} was killed by SIGKILL.\n\nProcess {child.pid + 1} was killed by SIGSEGV.\n")
    assert (probe(run).state, probe(run).error) == (
        "failed",
        "The run could not be resumed: its trainer ended at once (killed by SIGSEGV). The end of trainer.log says why.",
    )


def test_what_ended_a_trainer_before_is_not_said_of_the_next(run: RunDirectory, pretend: Pretend) -> None:
    run.log.write_text("Process 1 was killed by SIGKILL.\n")
    child = pretend(state="paused")
    assert (probe(run).state, probe(run).error) == ("paused", None)
    child.communicate()
    write_status(run, replace(_status(run), state="stopped"))
    assert (probe(run).state, probe(run).error) == ("stopped", None)


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


def child_that(code: str, log: Path, meanwhile: Callable[[], object] = lambda: None) -> Child:
    """A child that runs a program after something has happened; it has ended."""
    words = [sys.executable, "-S", "-c", f"input(); {code}"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child = Child(process, log)
    meanwhile()
    process.communicate(b"\n")
    return child


def test_a_kill_that_nobody_counted_is_not_put_down_to_memory_alone(memory: Path, tmp_path: Path) -> None:
    child = child_that("import os; os.kill(os.getpid(), 9)", tmp_path / "log")
    assert memory.exists()
    expected = "killed by SIGKILL, by another program, or by the system when memory ran out (limit 2.0 GiB)"
    assert [ending.words() for ending in (child.ending(), child.ending()) if ending] == [expected] * 2
    assert (tmp_path / "log").read_text() == f"\nProcess {child.pid} was {expected}.\n", "once"


def test_a_kill_long_before_is_of_another_process(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "COUNT_INTERVAL_S", -1.0)
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    child = Child(process, tmp_path / "log")
    write(memory / "memory.events", "oom_kill 8\n")
    assert [child.ending(), child.ending()] == [None, None]
    process.kill()
    process.communicate()
    ending = child.ending()
    assert ending is not None
    assert "most likely" not in ending.words()


def test_the_memory_of_the_machine_and_the_address_space_are_told(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vmstat = memory.parents[1] / "vmstat"
    child = child_that("import os; os.kill(os.getpid(), 9)", tmp_path / "log", lambda: write(vmstat, "oom_kill 1\n"))
    assert "the memory of the machine ran out" in str(child.ending())

    monkeypatch.setattr(endings, "_address_space", lambda: 3 * 2**30)
    child = child_that("import os; os.abort()", tmp_path / "log")
    assert "its address space is limited to 3.0 GiB (ulimit -v)" in str(child.ending())


def test_a_process_that_ended_by_itself_wrote_its_own_last_words(tmp_path: Path) -> None:
    assert child_that("raise SystemExit(5)", tmp_path / "log").ending() == Ending(5)
    assert Ending(5).words() == "exit code 5"
    assert Ending(-64_000).words() == "killed by signal 64000"
    assert not (tmp_path / "log").exists()
