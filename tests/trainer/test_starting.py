"""Starting a trainer, with real processes: what cannot be started is explained."""

import sys

import pytest

from tests.trainer.conftest import Pretend
from trainer.children import child_about
from trainer.errors import RunIsActiveError, TrainerStartError
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import prepare_resume, start_trainer


def test_a_trainer_that_cannot_be_started_is_explained(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TrainerStartError, match=r"The trainer could not be started \(No such file or directory\); see .*trainer\.log"):
        start_trainer(run)
    assert child_about(run.path) is None


def test_a_run_that_is_being_trained_is_not_resumed(run: RunDirectory, pretend: Pretend) -> None:
    pretend(state="running")
    with pytest.raises(RunIsActiveError, match=r"is being trained already \(running\)"):
        prepare_resume(run, by="app")
    assert read_control(run).seq == 1
