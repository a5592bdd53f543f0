"""A fork begins with the weights of another run, says so, and does not need it any more."""

import shutil
from pathlib import Path

import pytest
import torch as th

from tests.trainer.learning.tiny import finished_run, new_run, tiny_config
from trainer.creating import create_run
from trainer.errors import FormatError, ModelNotFoundError, SettingError
from trainer.learning.process import run_trainer
from trainer.learning.session import RunSession
from trainer.run_files.config_file import Parent, read_config
from trainer.run_files.models import read_best
from trainer.run_files.origin import read_origin
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks import find_task
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.training import TetrisTraining


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A tiny run that is finished."""
    return finished_run(tmp_path_factory.mktemp("parents"))


@pytest.mark.parametrize("model", ["best", "checkpoint"])
def test_a_fork_begins_with_the_parents_weights_and_says_so(parent: RunDirectory, tmp_path: Path, model: str) -> None:
    config = tiny_config(seed=7, gamma=0.95)
    run = create_run(config, runs_dir=tmp_path, fork=(parent, model))
    best = read_best(parent)
    assert best is not None
    assert read_config(run).parent == Parent(parent.run_id, model, best.step if model == "best" else 1_200)  # type: ignore[arg-type]

    with RunSession(run, total_timesteps=1) as session:
        task = TetrisTraining(session, config)
        origin = read_origin(run)
        assert origin is not None
        task.start_from(origin)
        forked = task.model
    if model == "checkpoint":
        from trainer.run_files.checkpoints import latest_checkpoint  # noqa: PLC0415
        from trainer.tasks.tetris.learner.resuming import restore_weights  # noqa: PLC0415

        expected = make_model(config)
        checkpoint, _ = latest_checkpoint(parent)
        assert checkpoint is not None
        restore_weights(expected, checkpoint.contents["model.zip"])
        for one, other in zip(forked.q_net.parameters(), expected.q_net.parameters(), strict=True):
            th.testing.assert_close(one, other)
    fresh = make_model(config)
    assert not all(th.equal(one, other) for one, other in zip(forked.q_net.parameters(), fresh.q_net.parameters(), strict=True))
    assert forked.num_timesteps == 0


def test_a_fork_trains_after_its_parent_was_deleted(parent: RunDirectory, tmp_path: Path) -> None:
    copy = RunDirectory(tmp_path / parent.run_id)
    shutil.copytree(parent.path, copy.path)
    run = create_run(tiny_config(seed=3), runs_dir=tmp_path, fork=(copy, "best"))
    shutil.rmtree(copy.path)

    assert run_trainer(run, find_task, control_seq=0)

    status = read_status(run)
    assert status is not None
    assert (status.state, status.num_timesteps) == ("finished", 1_200)


def test_another_network_or_a_run_without_a_model_cannot_be_forked(parent: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="net_arch must stay 8 in a fork of"):
        create_run(tiny_config(net_arch=(9,)), runs_dir=tmp_path, fork=(parent, "best"))
    young = new_run(tmp_path / "young", tiny_config())
    for model, words in (("best", "no best model yet"), ("checkpoint", "no checkpoint yet")):
        with pytest.raises(ModelNotFoundError, match=words):
            create_run(tiny_config(), runs_dir=tmp_path, fork=(young, model))
    assert [path.name for path in tmp_path.iterdir()] == ["young"]


def test_a_damaged_model_is_not_begun_with(parent: RunDirectory, tmp_path: Path) -> None:
    run = create_run(tiny_config(), runs_dir=tmp_path, fork=(parent, "best"))
    model = run.origin / "model.zip"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(FormatError, match="is damaged; fork the parent again"):
        read_origin(run)
    copy = RunDirectory(tmp_path / parent.run_id)
    shutil.copytree(parent.path, copy.path)
    (copy.best / "model.zip").write_bytes(b"no model")
    with pytest.raises(FormatError, match="is not the file that its metadata"):
        create_run(tiny_config(), runs_dir=tmp_path, fork=(copy, "best"))
