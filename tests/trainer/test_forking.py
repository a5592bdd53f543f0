"""A copy of a process that leaves it. All happens in a process of its own: the one of the tests has threads and files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.processes import PROJECT_DIR

STORY = """
import atexit, json, os, signal, sys, threading, time
from pathlib import Path
from trainer.children import child_about, fork_child
from trainer.forking import may_fork
from trainer.run_files.locks import is_locked, make_lock, take_lock

folder, found = Path(sys.argv[1]), {"may": may_fork(), "pid": os.getpid()}
lock = make_lock(folder / "lock")
take_lock(lock, timeout_s=0)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: None)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
atexit.register(print, "at exit of", flush=True)

def look():
    facts = {"pid": os.getpid(), "leads": os.getsid(0) == os.getpid(), "files": len(os.listdir("/proc/self/fd")) - 1}
    facts["children"] = child_about("first") is not None
    facts["signals"] = [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    threading.Thread(target=lambda: (time.sleep(0.05), print("late", flush=True))).start()
    (folder / "facts").write_text(json.dumps(facts))
    return 7

def fail():
    raise ValueError("of the copy")

def wait():
    time.sleep(60)
    return 0

first = fork_child(look, folder / "first.log", about="first")
found["code"] = first.ending(30).exit_code
fork_child(look, folder / "second.log", about="second").ending(30)
found["failed"] = fork_child(fail, folder / "failed.log").ending(30).exit_code
waiting = fork_child(wait, folder / "killed.log")
lock.release()
deadline = time.monotonic() + 30
while is_locked(folder / "lock") and time.monotonic() < deadline:
    time.sleep(0.01)
found["free"] = not is_locked(folder / "lock")
found["alive"] = waiting.ending() is None
os.kill(waiting.pid, signal.SIGKILL)
found["killed"] = waiting.ending(30).words()
found["zombie"] = os.path.exists(f"/proc/{waiting.pid}")
threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
found["may_with_threads"] = may_fork()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the story has left its files."""
    return tmp_path_factory.mktemp("forking")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    """What came of it."""
    words = [sys.executable, "-c", STORY, str(folder)]
    done = subprocess.run(words, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    story: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return story


def test_a_copy_leaves_its_parent_for_good(found: dict[str, Any], folder: Path) -> None:
    facts = json.loads((folder / "facts").read_text())
    assert facts["pid"] != found["pid"]
    assert facts["leads"], "a session of its own"
    assert facts["files"] == 3, "nothing of what the parent had open"
    assert not facts["children"], "they are the parent's"
    default = "<built-in function default_int_handler>"
    assert facts["signals"] == ["0", default, "1"], "what they mean by default, unless they are ignored"


def test_a_copy_ends_as_a_process_does_and_is_collected(found: dict[str, Any], folder: Path) -> None:
    assert found["code"] == 7
    assert (folder / "first.log").read_text() == "late\nat exit of\n"
    assert found["failed"] == 1
    assert "ValueError: of the copy" in (folder / "failed.log").read_text()
    assert found["killed"].startswith("killed by SIGKILL")
    assert "was killed by SIGKILL" in (folder / "killed.log").read_text()
    assert not found["zombie"]


def test_a_copy_holds_no_lock_of_its_parent(found: dict[str, Any]) -> None:
    assert (found["free"], found["alive"]) == (True, True)


def test_only_a_process_with_one_thread_is_copied(found: dict[str, Any]) -> None:
    assert (found["may"], found["may_with_threads"]) == (True, False)
