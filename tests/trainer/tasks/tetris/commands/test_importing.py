"""A bundle becomes a run that can be evaluated, forked and bundled again; one that does not fit becomes nothing."""

import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tests.trainer.learning.tiny import finished_run, tiny_config
from trainer.creating import create_run
from trainer.errors import FormatError, JobCancelledError, RunDirectoryError, RunFinishedError
from trainer.learning.process import run_trainer
from trainer.probing import probe
from trainer.run_files.bundle import Bundle, pack_bundle, unpack_bundle
from trainer.run_files.config_file import Parent, read_config
from trainer.run_files.jobs import Work
from trainer.run_files.models import read_best
from trainer.run_files.reports import read_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.slots import find_model
from trainer.starting import prepare_resume
from trainer.tasks import find_task
from trainer.tasks.tetris.commands.bundling import make_bundle
from trainer.tasks.tetris.commands.importing import import_bundle
from trainer.tasks.tetris.learner.saved_model import read_network

QUICK = {"games": 5, "seed": 1, "max_pieces": 300}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def bundle(trained: RunDirectory) -> Bundle:
    """Its bundle."""
    return unpack_bundle(make_bundle(find_model(trained, None), **QUICK, work=Work(None)))


def imported(bundle: Bundle, folder: Path, changed: Mapping[str, bytes] | None = None, *, trust: bool = False) -> RunDirectory:
    """The run that becomes of the bundle, with some files changed by one who knows how to write the hashes too."""
    known = unpack_bundle(pack_bundle(bundle.manifest.run, bundle.manifest.model, bundle.contents | dict(changed or {})))
    return import_bundle(known, runs_dir=folder / "runs", trust=trust, work=Work(None))


def arrays_of(bundle: Bundle) -> dict[str, Any]:
    """What `weights.npz` holds."""
    with np.load(io.BytesIO(bundle.contents["weights.npz"])) as arrays:
        return dict(arrays)


def saved(arrays: dict[str, Any]) -> bytes:
    """A `weights.npz`."""
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


def changed_json(bundle: Bundle, name: str, **changes: Any) -> bytes:
    """A document of the bundle with other fields."""
    return orjson.dumps(orjson.loads(bundle.contents[name]) | changes)


def test_an_imported_model_is_the_same_player_and_says_where_it_is_from(bundle: Bundle, trained: RunDirectory, tmp_path: Path) -> None:
    run = imported(bundle, tmp_path)
    config, metadata, original = read_config(run), read_best(run), read_best(trained)
    assert metadata is not None
    assert original is not None
    assert probe(run).state == "imported"
    assert config.name == "tiny"
    assert config.parent == Parent(trained.run_id, "bundle", metadata.step)
    assert config.settings == read_config(trained).settings
    assert (metadata.value, metadata.step, metadata.settings) == (original.value, original.step, original.settings)
    ours, theirs = read_network(run.best), read_network(trained.best)
    for layer, same_layer in zip(ours.layers, theirs.layers, strict=True):
        assert all(np.array_equal(mine, yours) for mine, yours in zip(layer, same_layer, strict=True))


def test_nothing_is_wrong_with_an_imported_run_that_nobody_controls(bundle: Bundle, tmp_path: Path) -> None:
    probed = probe(imported(bundle, tmp_path))

    assert (probed.state, probed.problem) == ("imported", None)


def test_an_imported_run_has_no_report_for_nobody_here_has_evaluated_it(bundle: Bundle, tmp_path: Path) -> None:
    run = imported(bundle, tmp_path)
    metadata = read_best(run)
    assert metadata is not None
    assert read_report(run, metadata.sha256) is None


def test_a_bundle_that_is_trusted_keeps_its_own_file_and_its_evaluation(bundle: Bundle, trained: RunDirectory, tmp_path: Path) -> None:
    run = imported(bundle, tmp_path, trust=True)
    metadata, original = read_best(run), read_best(trained)
    assert metadata is not None
    assert original is not None
    assert (run.best / "model.zip").read_bytes() == (trained.best / "model.zip").read_bytes()
    assert read_report(run, metadata.sha256) == read_report(trained, original.sha256)


def test_an_imported_run_is_forked_and_bundled_but_not_resumed(bundle: Bundle, tmp_path: Path) -> None:
    run = imported(bundle, tmp_path)
    with pytest.raises(RunFinishedError, match="was imported: it has a model and no past to go on with"):
        prepare_resume(run, by="cli")
    again = unpack_bundle(make_bundle(find_model(run, None), **QUICK, work=Work(None)))
    assert again.contents["weights.npz"] == bundle.contents["weights.npz"]
    assert again.contents["model.onnx"] == bundle.contents["model.onnx"]
    fork = create_run(tiny_config(total_timesteps=200), runs_dir=tmp_path / "runs", fork=(run, "best"))
    assert run_trainer(fork, find_task, control_seq=0)
    assert probe(fork).state == "finished"


def test_a_bundle_imported_twice_becomes_two_runs(bundle: Bundle, tmp_path: Path) -> None:
    first, second = imported(bundle, tmp_path), imported(bundle, tmp_path)
    assert first.path != second.path
    assert len(list_runs(tmp_path / "runs")) == 2


@dataclass(frozen=True, slots=True)
class _Payload:
    """Makes a file when it is unpickled."""

    proof: Path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (open, (str(self.proof), "w"))


def _model_with(honest: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(honest)) as source, zipfile.ZipFile(target, "w") as archive:
        for one in source.namelist():
            archive.writestr(one, content if one == name else source.read(one))
    return target.getvalue()


def test_a_hostile_pickle_in_a_bundle_never_reaches_the_disk_and_is_never_loaded(bundle: Bundle, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    hostile = _model_with(bundle.contents["model.zip"], "policy.pth", pickle.dumps(_Payload(proof), protocol=2))
    run = imported(bundle, tmp_path, {"model.zip": hostile})
    assert b"proof" not in (run.best / "model.zip").read_bytes()
    with pytest.raises(FormatError, match="must be plain tensors; these hold code, which is not run"):
        imported(bundle, tmp_path, {"model.zip": hostile}, trust=True)
    arrays = arrays_of(bundle) | {"bias_0": np.array([_Payload(proof)], dtype=object)}
    with pytest.raises(FormatError, match=r"weights\.npz of the bundle must hold plain arrays"):
        imported(bundle, tmp_path, {"weights.npz": saved(arrays)})
    assert not proof.exists()
    assert len(list_runs(tmp_path / "runs")) == 1


def test_observations_that_do_not_fit_the_board_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    arrays = arrays_of(bundle)
    with pytest.raises(FormatError, match="must take the 11 features of this game for each placement; this one takes 9"):
        imported(bundle, tmp_path, {"weights.npz": saved(arrays | {"weight_0": np.zeros((8, 9), dtype=np.float32)})})
    with pytest.raises(FormatError, match="must scale the features as this game does"):
        imported(bundle, tmp_path, {"weights.npz": saved(arrays | {"feature_scales": np.ones(11, dtype=np.float32)})})
    with pytest.raises(FormatError, match=r"layers of the shapes \[\(\(8, 11\), \(8,\)\), .* as its config\.json says, in float32; got "):
        imported(bundle, tmp_path, {"weights.npz": saved(arrays | {"bias_0": np.zeros(7, dtype=np.float32)})})
    with pytest.raises(FormatError, match="this one takes 0"):
        imported(
            bundle, tmp_path, {"weights.npz": saved({name: arrays[name] for name in arrays if name[0] not in "wb"} | {"board_height": 10})}
        )
    without = {name: content for name, content in bundle.contents.items() if name != "weights.npz"}
    with pytest.raises(FormatError, match=r"A bundle of Tetris must hold weights\.npz; this one does not\."):
        import_bundle(unpack_bundle(pack_bundle("run", "best", without)), runs_dir=tmp_path / "runs", work=Work(None))
    assert list_runs(tmp_path / "runs") == []


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("config.json", {"settings": {"board_height": 50}}, "board_height must be a whole number from 4 to 40; got '50'"),
        ("config.json", {"settings": {"board_height": 500}}, "board_height must be from 1 to 100; got '500'"),
        ("config.json", {"settings": {"colour": 1}}, "colour is not a setting of a run"),
        ("config.json", {"version": 5}, r"config\.json must be of format version 4; got '5'"),
        ("metadata.json", {"step": "many"}, "step must be a whole number; got 'many'"),
        ("metadata.json", {"settings": {"board_height": 20, "randomizer": "uniform"}}, r"its config\.json says"),
    ],
)
def test_a_bundle_whose_descriptions_are_wrong_is_refused(
    bundle: Bundle, tmp_path: Path, name: str, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(FormatError, match=f"The bundle cannot be imported: .*{sentence}"):
        imported(bundle, tmp_path, {name: changed_json(bundle, name, **changes)})
    assert not (tmp_path / "runs").exists()


def test_an_import_that_is_cancelled_or_cannot_be_written_leaves_nothing(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(None)
    work.cancelled.set()
    with pytest.raises(JobCancelledError):
        import_bundle(bundle, runs_dir=tmp_path / "runs", work=work)
    assert not (tmp_path / "runs").exists()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trainer.run_files.imported_run.write_status", full)
    with pytest.raises(RunDirectoryError, match=r"cannot be written \(No space left on device\); nothing was imported"):
        imported(bundle, tmp_path)
    assert list((tmp_path / "runs").iterdir()) == []
