"""`run.lock` tells who is alive."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trainer.errors import RunIsActiveError
from trainer.run_files import run_lock
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock, is_run_locked

REPOSITORY = Path(__file__).parents[3]
HOLDS_THE_RUN = """
import sys
from pathlib import Path
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock

lock = hold_run_lock(RunDirectory(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_run_that_was_never_trained_is_free_and_looking_makes_no_file(run: RunDirectory, tmp_path: Path) -> None:
    assert not is_run_locked(run)
    assert not is_run_locked(RunDirectory(tmp_path / "gone"))
    assert list(run.path.iterdir()) == []
    assert not (tmp_path / "gone").exists()


def test_one_trainer_a_run_until_its_process_dies(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lock, "PROBE_PATIENCE_S", 0.1)
    command = [sys.executable, "-c", HOLDS_THE_RUN, str(run.path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as trainer:
        assert trainer.stdout is not None
        assert trainer.stdout.readline() == b"held\n"
        assert is_run_locked(run)
        with pytest.raises(RunIsActiveError, match=f"another one is already training {run.run_id}. Stop it first."):
            hold_run_lock(run)
        trainer.kill()
    assert not is_run_locked(run)
    hold_run_lock(run).release()


def test_many_who_look_at_once_do_not_take_each_other_for_a_trainer(run: RunDirectory) -> None:
    run.run_lock.touch()
    answers: list[bool] = []

    def look() -> None:
        answers.extend(is_run_locked(run) for _ in range(200))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [False] * 800


def test_a_trainer_that_starts_is_not_kept_out_by_those_who_look(run: RunDirectory) -> None:
    run.run_lock.touch()
    looked, done = threading.Event(), threading.Event()

    def look() -> None:
        while not done.is_set():
            is_run_locked(run)
            looked.set()

    thread = threading.Thread(target=look)
    thread.start()
    assert looked.wait(10)
    for _ in range(20):
        lock = hold_run_lock(run)  # would raise RunIsActiveError
        assert is_run_locked(run)
        lock.release()
    done.set()
    thread.join()
    assert not is_run_locked(run)
