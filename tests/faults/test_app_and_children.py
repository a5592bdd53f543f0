"""The faults: a trainer that the app starts ends before it has said anything, or cannot import what it needs."""

from pathlib import Path

import orjson
import pytest

from tests.faults.trainers import PATIENCE_S, app_on, endless_run, said
from tests.pages.fake_runs import ended, new_run
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import prepare_resume, start_trainer


def _spoil(run: RunDirectory) -> None:
    """A setting that no trainer accepts."""
    config = orjson.loads(run.config.read_bytes())
    config["settings"]["gamma"] = 7
    run.config.write_bytes(orjson.dumps(config))


def _start(run: RunDirectory) -> None:
    """Start a trainer as the app does, and wait until its end is noticed."""
    start_trainer(run)
    wait_until(lambda: not probe(run).active, PATIENCE_S, "the end to be noticed")


def test_a_child_that_dies_before_its_first_status_has_failed_at_once_and_its_last_words_are_shown(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    _spoil(run)
    _start(run)
    assert probe(run).state == "failed"
    page = said(app_on(runs_dir))
    assert "The run could not be started: its trainer ended at once (exit code 2)." in page
    assert "error: gamma must be a number from 0 to 0.9999; got '7'" in page
    assert not run.status.exists()
    assert not run.metrics.exists()


def test_a_resumed_run_whose_trainer_dies_at_once_keeps_its_files_and_says_why(runs_dir: Path) -> None:
    run = new_run(runs_dir)
    update_control(run, by="app", run="stopped")
    ended(run, "stopped", num_timesteps=50_000, applied_seq=2)
    before = run.status.read_bytes()
    _spoil(run)
    prepare_resume(run, by="app")
    _start(run)
    page = said(app_on(runs_dir))
    assert "The run could not be resumed: its trainer ended at once (exit code 2)." in page
    assert "error: gamma must be" in page
    assert run.status.read_bytes() == before


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        ("psutil", "The run could not be started: its trainer ended at once (exit code 1)."),
        ("torch", "Training failed: ImportError: this library is broken"),
    ],
)
def test_an_import_error_in_the_child_is_shown_with_what_it_wrote(runs_dir: Path, module: str, sentence: str) -> None:
    run = endless_run(runs_dir)
    broken = runs_dir.parent / "broken"
    broken.mkdir()
    (broken / f"{module}.py").write_text("raise ImportError('this library is broken')\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(broken))
        _start(run)
    assert probe(run).state == "failed"
    page = said(app_on(runs_dir))
    assert sentence in page
    assert "ImportError: this library is broken" in page
    assert "Traceback (most recent call last)" in page
