"""The faults: a run directory is moved while it is trained, or is a symbolic link; a checkpoint is a symbolic link."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.faults.trainers import PATIENCE_S, app_on, endless_run, has_event, real_trainer, said
from tests.pages.conftest import APP
from tests.pages.fake_runs import fill
from tests.trainer.learning.tiny import new_run, tiny_config, train
from tests.trainer.tasks.tetris.learner.test_resuming import stop_at
from tests.waiting import wait_until
from trainer.errors import FormatError
from trainer.learning.process import run_trainer
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.checkpoints import latest_checkpoint, list_checkpoints
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.tasks import find_task


def _cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trainer", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


@pytest.mark.long
def test_a_run_moved_while_it_is_trained_is_stopped_and_can_go_on_from_its_new_place(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with real_trainer(run) as trainer:
        wait_until(lambda: list_checkpoints(run), PATIENCE_S, "a checkpoint")
        page = app_on(runs_dir)
        moved = RunDirectory(runs_dir / f"{run.run_id}-moved")
        run.path.rename(moved.path)
        assert f"{run.run_id} was deleted from disk" in said(page.run())
        assert "Running" in said(_page_of(moved))
        assert trainer.wait(PATIENCE_S) == 0
    assert not run.path.exists()
    assert probe(moved).state == "stopped"
    assert has_event(moved, "The checkpoint could not be saved")
    assert has_event(moved, "it can go on from the checkpoint before")
    checkpoint, complaints = latest_checkpoint(moved)
    assert checkpoint is not None
    assert complaints == []
    assert list(runs_dir.iterdir()) == [moved.path]


@pytest.mark.long
def test_a_run_directory_that_is_a_link_is_refused_and_not_listed(runs_dir: Path, tmp_path: Path) -> None:
    run = endless_run(tmp_path / "elsewhere")
    fill(run, rows=3)
    files = sorted(run.path.iterdir())
    runs_dir.mkdir()
    link = runs_dir / "20260102-030405-link"
    link.symlink_to(run.path)
    assert list_runs(runs_dir) == []
    for arguments in (("status", link), ("start", link), ("resume", link.name), ("control", link, "pause"), ("evaluate", link.name)):
        refused = _cli(*arguments, "--runs-dir", runs_dir)
        assert refused.returncode == 1
        assert refused.stderr == f"error: A run directory must be a folder; {link} is a symbolic link. Name {run.path} instead.\n"
    page = _page_of(RunDirectory(link))
    assert f"There is no run “{link.name}”" in said(page)
    assert sorted(run.path.iterdir()) == files


def _page_of(run: RunDirectory) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=PATIENCE_S)
    page.query_params["run"] = run.run_id
    return page.run()


@pytest.mark.long
def test_a_checkpoint_that_is_a_link_is_passed_over_and_without_another_one_nothing_is_lost(tmp_path: Path) -> None:
    config = tiny_config()
    run = new_run(tmp_path, config)
    for step in (300, 700):
        with pytest.MonkeyPatch.context() as patch:
            train(run, config, stop_at(patch, step))
    newest, _ = list_checkpoints(run)
    elsewhere = newest.rename(tmp_path / "elsewhere")
    newest.symlink_to(elsewhere)
    assert run_trainer(run, find_task, control_seq=9)
    assert has_event(run, f"{newest.name} is a symbolic link). It is passed over for an older one.")
    assert has_event(run, "Training goes on from the checkpoint of step 300")
    assert len(list(elsewhere.iterdir())) >= 4, "what the link leads to is not touched"

    run.checkpoints.rename(tmp_path / "checkpoints")
    run.checkpoints.symlink_to(tmp_path / "checkpoints")
    before = run.metrics.read_bytes()
    with pytest.raises(FormatError, match=rf"No other one is left: delete checkpoints/ of {run.run_id} to begin anew\.") as refusal:
        run_trainer(run, find_task, control_seq=9)
    assert "checkpoints is a symbolic link" in str(refusal.value)
    assert run.metrics.read_bytes() == before
