"""The fault: somebody else's model. Its pickles run a program when they are loaded; nothing of ours ever loads them."""

import base64
import io
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.models.card import model_bytes
from tests.faults.trainers import has_event, said
from tests.pages.conftest import MODELS, opened
from tests.trainer.learning.tiny import finished_run, tiny_config
from trainer.__main__ import main
from trainer.creating import create_run
from trainer.errors import FormatError
from trainer.learning.process import run_trainer
from trainer.run_files.checkpoints import list_checkpoints
from trainer.run_files.files import sha256
from trainer.run_files.limits import MAX_MODEL_BYTES
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import find_task
from trainer.tasks.tetris.learner import saved_model


@dataclass(frozen=True, slots=True)
class _Payload:
    """Makes a file when it is unpickled."""

    proof: Path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (open, (str(self.proof), "w"))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run with a best model and a checkpoint."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(honest: RunDirectory, runs_dir: Path) -> RunDirectory:
    """A copy of it, to be tampered with."""
    copy = RunDirectory(runs_dir / honest.run_id)
    shutil.copytree(honest.path, copy.path)
    return copy


def _hostile_model(honest: bytes, proof: Path, *, weights_too: bool) -> bytes:
    """The model with a payload where stable-baselines3 keeps pickles, and, if asked for, in the place of the weights."""
    payload = pickle.dumps(_Payload(proof), protocol=2)  # as torch writes them
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(honest)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "data":
                content = orjson.dumps({"policy_class": {":type:": "type", ":serialized:": base64.b64encode(payload).decode()}})
            archive.writestr(name, payload if weights_too and name == "policy.pth" else content)
    return target.getvalue()


def _vouch(folder: Path, document: str, content: bytes) -> None:
    """Write a model and its hash, as one who may write to the folder can."""
    described = orjson.loads((folder / document).read_bytes())
    described["sha256"] = sha256(content) if document == "metadata.json" else described["sha256"] | {"model.zip": sha256(content)}
    (folder / "model.zip").write_bytes(content)
    (folder / document).write_bytes(orjson.dumps(described))


def _evaluate(run: RunDirectory, *options: str) -> int:
    return main(["evaluate", str(run.path), "--games", "2", "--max-pieces", "50", *options])


def test_the_payload_is_one(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    pickle.loads(pickle.dumps(_Payload(proof))).close()  # noqa: S301 - that is the fault
    assert proof.exists()


def test_a_model_that_is_not_ours_is_played_only_if_the_user_says_so_and_never_unpickled(
    run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, model = tmp_path / "proof", run.best / "model.zip"
    model.write_bytes(_hostile_model(model.read_bytes(), proof, weights_too=False))
    assert _evaluate(run) == 1
    assert capsys.readouterr().err == (
        f"error: {model} must be the file that its metadata.json describes; its SHA-256 differs, so it is not loaded. "
        "If you know where it is from: evaluate --trust.\n"
    )
    assert _evaluate(run, "--trust") == 0
    assert "lines per game" in capsys.readouterr().out
    assert not proof.exists()


def test_a_model_whose_weights_are_code_is_refused_even_if_its_hash_fits(
    run: RunDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = tmp_path / "proof"
    _vouch(run.best, "metadata.json", _hostile_model((run.best / "model.zip").read_bytes(), proof, weights_too=True))
    assert _evaluate(run, "--trust") == 1
    expected = f"error: The weights in {run.best / 'model.zip'} must be plain tensors; these hold code, which is not run.\n"
    assert capsys.readouterr().err == expected
    assert not proof.exists()


def test_a_model_that_unpacks_to_more_than_the_memory_is_refused(run: RunDirectory) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("policy.pth", bytes(MAX_MODEL_BYTES + 1))
    _vouch(run.best, "metadata.json", bomb.getvalue())
    with pytest.raises(FormatError, match="must unpack to less than 200,000,000 bytes"):
        saved_model.read_network(run.best)


def test_a_fork_and_a_resumed_run_never_unpickle_a_model(run: RunDirectory, tmp_path: Path) -> None:
    proof, folder = tmp_path / "proof", list_checkpoints(run)[0]
    hostile = _hostile_model((run.best / "model.zip").read_bytes(), proof, weights_too=True)
    (run.best / "model.zip").write_bytes(hostile)
    with pytest.raises(FormatError, match=r"is not the file that its metadata\.json describes; it is not used"):
        create_run(tiny_config(), runs_dir=tmp_path / "forks", fork=(run, "best"))
    (folder / "model.zip").write_bytes(hostile)
    with pytest.raises(FormatError, match=r"model\.zip is not the file that was written"):
        run_trainer(run, find_task, control_seq=9)

    _vouch(run.best, "metadata.json", hostile)
    _vouch(folder, "manifest.json", hostile)
    fork = create_run(tiny_config(), runs_dir=tmp_path / "forks", fork=(run, "best"))
    for victim in (fork, run):
        assert not run_trainer(victim, find_task, control_seq=9)
        assert has_event(victim, "The weights of a model must be plain tensors; these hold code, which is not run.")
    assert not proof.exists()


def test_the_app_shows_and_hands_out_a_hostile_model_and_never_opens_it(app: AppTest, run: RunDirectory, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    hostile = _hostile_model((run.best / "model.zip").read_bytes(), proof, weights_too=True)
    (run.best / "model.zip").write_bytes(hostile)
    assert run.run_id in said(opened(app, MODELS))
    with pytest.raises(FormatError, match=r"is not the file that its metadata\.json describes; it is not used"):
        model_bytes(run, None)
    _vouch(run.best, "metadata.json", hostile)
    assert model_bytes(run, None) == hostile
    assert not proof.exists()
