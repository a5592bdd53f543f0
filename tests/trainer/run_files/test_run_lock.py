"""`run.lock` tells who is alive."""

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.waiting import wait_until
from trainer.errors import RunDirectoryError, RunIsActiveError
from trainer.run_files import locks, run_lock
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock, is_lock_readable, is_run_locked, names_of_lock

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


def _as_a_run(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    run.config.touch()
    monkeypatch.setattr(run_lock, "KEEP_INTERVAL_S", 0.02)
    monkeypatch.setattr(run_lock, "PROBE_PATIENCE_S", 0.1)


def test_a_lock_file_that_was_deleted_is_made_and_held_again(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_a_run(run, monkeypatch)
    lock = hold_run_lock(run)
    lock.keep(lambda: pytest.fail("nobody else wants it"))
    for _ in range(3):
        run.run_lock.unlink()
        wait_until(lambda: is_run_locked(run), 30, "the lock to be there again")
    with pytest.raises(RunIsActiveError):
        hold_run_lock(run)
    lock.release()
    assert not is_run_locked(run)


def test_of_two_trainers_the_one_whose_lock_file_was_deleted_gives_way(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_a_run(run, monkeypatch)
    lost = threading.Event()
    first = hold_run_lock(run)
    run.run_lock.unlink()
    second = hold_run_lock(run)
    first.keep(lost.set)
    assert lost.wait(30)
    first.release()
    assert is_run_locked(run)
    second.release()


def test_a_copy_made_of_hard_links_is_not_called_alive(run: RunDirectory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _as_a_run(run, monkeypatch)
    lock = hold_run_lock(run)
    lock.keep(lambda: pytest.fail("nobody else wants it"))
    for name in ("first", "second"):
        shutil.copytree(run.path, tmp_path / name, copy_function=os.link)
        copy = RunDirectory(tmp_path / name)
        wait_until(lambda copy=copy: not is_run_locked(copy) and is_run_locked(run), 30, "each to have its own lock")  # type: ignore[misc]
        hold_run_lock(copy).release()
    with pytest.raises(RunIsActiveError):
        hold_run_lock(run)
    lock.release()
    assert (is_run_locked(run), names_of_lock(run)) == (False, 1)


def test_a_lock_that_another_user_keeps_to_himself_may_be_held(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    run.run_lock.touch()
    assert (is_run_locked(run), is_lock_readable(run)) == (False, True)

    def refuse(path: Path) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(run_lock, "open_to_read", refuse)
    monkeypatch.setattr(locks, "open_to_read", refuse)
    assert (is_run_locked(run), is_lock_readable(run)) == (True, False)


def test_a_run_that_is_being_deleted_gets_no_new_lock(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_a_run(run, monkeypatch)
    lock = hold_run_lock(run)
    looks: list[bool] = []
    identity = run_lock._identity

    def looked(path: Path) -> int | None:
        looks.append(True)
        return identity(path)

    monkeypatch.setattr(run_lock, "_identity", looked)
    run.config.unlink()
    run.run_lock.unlink()
    lock.keep(lambda: pytest.fail("nobody else wants it"))
    wait_until(lambda: len(looks) > 5, 30, "a few looks")
    lock.release()
    assert list(run.path.iterdir()) == []


def test_a_lock_that_is_a_link_is_refused_and_protects_nothing(run: RunDirectory, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    run.run_lock.symlink_to(elsewhere)
    with pytest.raises(RunDirectoryError, match=rf"run\.lock must be a file of {run.run_id} itself; it is a symbolic link\. Delete it"):
        hold_run_lock(run)
    assert not is_run_locked(run)


def test_a_lock_that_cannot_be_made_is_explained(run: RunDirectory) -> None:
    run.run_lock.mkdir()
    with pytest.raises(RunDirectoryError, match=r"run\.lock must be a file of .*; it is a folder\. Delete it"):
        hold_run_lock(run)
