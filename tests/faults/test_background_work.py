"""The faults: an evaluation in the background is killed, or the app that started it is; a model is for another game."""

import io
import os
import shutil
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import torch as th
from streamlit.testing.v1 import AppTest

from tests.faults.trainers import PATIENCE_S, said
from tests.pages.conftest import APP, MODELS, opened
from tests.trainer.learning.tiny import finished_run
from tests.waiting import wait_until
from trainer import children
from trainer.__main__ import main
from trainer.endings import Ending
from trainer.jobs import Job, look, start_job
from trainer.run_files.files import sha256
from trainer.run_files.jobs import JobRequest
from trainer.run_files.run_directory import RunDirectory


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(honest: RunDirectory, runs_dir: Path) -> Iterator[RunDirectory]:
    """A copy of it, where the app looks; what still works on it at the end is ended."""
    copy = RunDirectory(runs_dir / honest.run_id)
    shutil.copytree(honest.path, copy.path)
    yield copy
    for child in children._children.values():
        if child.ending() is None:
            os.kill(child.pid, signal.SIGKILL)
            child.ending(PATIENCE_S)
    children._children.clear()


def evaluation(runs_dir: Path) -> Job:
    """The evaluation; there must be one."""
    job = look(runs_dir, "evaluate")
    assert job is not None
    return job


def begin_a_long_evaluation(run: RunDirectory, runs_dir: Path) -> int:
    """One that would take hours; returns the id of its process, when it has played the first games."""
    words = ["evaluate", str(run.path), "--save", "--games", "100000", "--max-pieces", "0"]
    start_job(runs_dir, JobRequest("evaluate", "tiny · best", [run.run_id]), words)
    wait_until(lambda: (said := evaluation(runs_dir).progress) is not None and said.done > 0, PATIENCE_S, "the first games")
    progress = evaluation(runs_dir).progress
    assert progress is not None
    return progress.process.pid


@pytest.mark.long
def test_an_evaluation_that_is_killed_is_said_and_another_one_can_be_started(app: AppTest, run: RunDirectory, runs_dir: Path) -> None:
    page = opened(app, MODELS)
    os.kill(begin_a_long_evaluation(run, runs_dir), signal.SIGKILL)
    wait_until(lambda: evaluation(runs_dir).state == "lost", PATIENCE_S, "the death to be noticed")
    words = said(page.run())
    assert "The process died unexpectedly; what had been finished before stays." in words
    assert " was killed by SIGKILL, " in words
    assert not run.reports.exists()
    page.selectbox(key="evaluation_episodes").set_value(20).run()
    page.button(key="evaluate_model").click().run()
    wait_until(lambda: evaluation(runs_dir).state == "done", PATIENCE_S, "the second evaluation")
    said(page.run())
    assert len(list(run.reports.glob("*.json"))) == 1


@pytest.mark.long
def test_an_app_that_was_restarted_finds_an_evaluation_again_and_cancels_it(run: RunDirectory, runs_dir: Path) -> None:
    begin_a_long_evaluation(run, runs_dir)
    child = next(iter(children._children.values()))
    children._children.clear()  # another app knows nothing of the children of the first
    page = opened(AppTest.from_file(str(APP), default_timeout=60), MODELS)
    assert "Evaluating **tiny · best** · Running 100,000 episodes" in page.get("progress")[0].proto.text.replace("\\", "")
    page.button(key="cancel_evaluate").click().run()
    assert child.ending(PATIENCE_S) == Ending(1)
    assert "It was cancelled; what had been finished before stays." in said(page.run())
    page.button(key="dismiss_evaluate").click().run()
    assert look(runs_dir, "evaluate") is None
    assert not run.reports.exists()


def test_a_model_with_other_observations_is_not_evaluated(run: RunDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(run.best / "model.zip") as source, zipfile.ZipFile(target, "w") as archive:
        weights = th.load(io.BytesIO(source.read("policy.pth")), weights_only=True)
        weights["q_net_average.q_net.0.weight"] = th.zeros(8, 9)
        packed = io.BytesIO()
        th.save(weights, packed)
        archive.writestr("policy.pth", packed.getvalue())
    (run.best / "model.zip").write_bytes(target.getvalue())
    metadata = orjson.loads((run.best / "metadata.json").read_bytes())
    (run.best / "metadata.json").write_bytes(orjson.dumps(metadata | {"sha256": sha256(target.getvalue())}))
    assert main(["evaluate", str(run.path), "--save"]) == 1
    assert "error: A model must take the 11 features of this game for each placement; this one takes 9" in capsys.readouterr().err
    assert not run.reports.exists()
