"""The children of the app: one thread tells the end of each, whoever asks, and none stays behind."""

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until
from trainer import children
from trainer.children import Child, child_about, end_process, forget_child, start_child
from trainer.endings import Ending
from trainer.errors import TrainerStartError


def _child(code: str, log: Path) -> Child:
    return Child(subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE), log)


def test_ended_children_are_collected_whoever_looks(tmp_path: Path) -> None:
    made = [_child(f"raise SystemExit({number})", tmp_path / "log") for number in range(20)]
    told: list[list[Ending | None]] = []

    def look() -> None:
        while not all(child.ending() for child in made):
            pass
        told.append([child.ending() for child in made])

    threads = [threading.Thread(target=look) for _ in range(4)]  # as many sessions of the app
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert told == [[Ending(number) for number in range(20)]] * 4
    assert not [child for child in made if psutil.pid_exists(child.pid)]


def test_a_child_that_nobody_asks_about_is_collected_too(tmp_path: Path) -> None:
    child = _child("", tmp_path / "log")
    wait_until(lambda: not psutil.pid_exists(child.pid), 20, "the child to be collected")


def test_a_death_that_four_sessions_see_is_recorded_once(tmp_path: Path) -> None:
    child = _child("import os; os.kill(os.getpid(), 11)", tmp_path / "log")
    threads = [threading.Thread(target=child.ending, args=(30.0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (tmp_path / "log").read_text().count("was killed by SIGSEGV") == 1


def test_a_child_is_found_by_what_it_is_about_until_it_is_forgotten(tmp_path: Path) -> None:
    first = start_child(["--help"], tmp_path / "log", about=tmp_path)
    assert child_about(tmp_path) is first
    assert first.ending(60) == Ending(0)
    assert child_about(tmp_path) is first, "an end is there for whoever asks next"
    second = start_child(["no-such-command"], tmp_path / "log", about=tmp_path)
    assert child_about(tmp_path) is second
    forget_child(tmp_path)
    forget_child(tmp_path)
    assert child_about(tmp_path) is None
    assert second.ending(60) == Ending(2)
    assert "invalid choice: 'no-such-command'" in (tmp_path / "log").read_text()


def test_a_child_that_nobody_will_look_for_is_not_kept(tmp_path: Path) -> None:
    before = dict(children._children)
    child = start_child(["--help"], tmp_path / "log")
    assert children._children == before
    assert child.ending(60) == Ending(0)


def test_a_child_whose_log_cannot_be_opened_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(TrainerStartError, match="could not be started"):
        start_child(["--help"], tmp_path / "nowhere" / "log", about=tmp_path)
    assert child_about(tmp_path) is None


def test_a_process_is_ended_by_who_has_started_it() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    end_process(process, 10)
    assert process.returncode == -9
    end_process(process, 10)
    process.communicate()
