"""The faults: a lock file is deleted while it is held, its holder stands still, or it leads elsewhere."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.trainers import PATIENCE_S, app_on, endless_run, real_trainer, said, status_of, stop, wait_for_steps
from tests.pages.fake_runs import live, new_run
from tests.waiting import wait_until
from trainer.errors import RunIsActiveError
from trainer.probing import probe
from trainer.run_files import control
from trainer.run_files.control import read_control, update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import is_run_locked
from trainer.starting import prepare_resume

HOLDS_A_LOCK = """
import sys
from filelock import FileLock

with FileLock(sys.argv[1], preserve_lock_file=True):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _holder(lock: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that holds a lock until its standard input is closed."""
    with subprocess.Popen([sys.executable, "-c", HOLDS_A_LOCK, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


@pytest.mark.long
def test_a_run_whose_lock_file_is_deleted_is_still_trained_by_one_trainer_alone(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with real_trainer(run) as trainer:
        wait_for_steps(run)
        run.run_lock.unlink()
        with pytest.raises(RunIsActiveError, match="is being trained already"):
            prepare_resume(run, by="app")  # at once, before the trainer has seen it
        wait_until(lambda: is_run_locked(run), PATIENCE_S, "the trainer to make its lock again")
        with real_trainer(run) as second:
            assert second.wait(PATIENCE_S) == 3
        assert "One trainer a run" in run.log.read_text("utf-8")
        wait_for_steps(run)
        assert status_of(run).process.pid == trainer.pid
        assert "Running" in said(app_on(runs_dir))
        stop(run)
        assert trainer.wait(PATIENCE_S) == 0


def test_a_control_lock_deleted_while_it_is_held_leaves_a_whole_control_file(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with _holder(run.control_lock) as holder:
        run.control_lock.unlink()
        assert update_control(run, by="app", run="paused").seq == 2
        assert holder.stdin is not None
        holder.stdin.close()
        assert holder.wait(PATIENCE_S) == 0
    assert update_control(run, by="cli", run="running").seq == 3
    assert (read_control(run).seq, read_control(run).run) == (3, "running")


def test_a_lock_holder_that_stands_still_costs_a_click_a_message_and_nothing_else(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "LOCK_TIMEOUT_S", 0.5)
    with live(new_run(runs_dir)) as run:
        with _holder(run.control_lock) as holder:
            os.kill(holder.pid, signal.SIGSTOP)
            page = app_on(runs_dir)
            page.button(key="pause_or_resume").click().run()
            assert "control.json is locked by another program for over 0.5 s; try again." in said(page)
            assert "Running" in said(page)
            assert read_control(run).seq == 1
        page.button(key="pause_or_resume").click().run()
        assert "is locked by another program" not in said(page)
        assert (read_control(run).seq, read_control(run).run) == (2, "paused")


def _elsewhere(folder: Path) -> Path:
    path = folder / "elsewhere"
    path.write_bytes(b"not ours")
    return path


def test_a_run_whose_lock_is_a_link_is_not_trained_and_the_page_says_why(runs_dir: Path, tmp_path: Path) -> None:
    run = endless_run(runs_dir)
    run.run_lock.symlink_to(_elsewhere(tmp_path))
    with _holder(tmp_path / "elsewhere"), real_trainer(run) as trainer:
        assert trainer.wait(PATIENCE_S) == 1
        assert probe(run).state == "crashed", "a stranger who holds the other file is no trainer"
    assert _said_about(run) == f"error: run.lock must be a file of {run.run_id} itself; it is a symbolic link. Delete it and try again."
    assert "it is a symbolic link. Delete it" in said(app_on(runs_dir))
    assert (tmp_path / "elsewhere").read_bytes() == b"not ours"
    assert not run.status.exists()


def test_a_command_over_a_lock_that_is_a_link_is_refused(runs_dir: Path, tmp_path: Path) -> None:
    with live(new_run(runs_dir)) as run:
        run.control_lock.unlink()
        run.control_lock.symlink_to(_elsewhere(tmp_path))
        page = app_on(runs_dir)
        page.button(key="pause_or_resume").click().run()
        assert "control.json.lock must be a file of" in said(page)
        assert read_control(run).seq == 1
    assert (tmp_path / "elsewhere").read_bytes() == b"not ours"


def _said_about(run: RunDirectory) -> str:
    return run.log.read_text("utf-8").strip()
