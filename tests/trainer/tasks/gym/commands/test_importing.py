"""A bundle of any learner becomes a run that can be evaluated, forked and bundled again; one that does not fit becomes nothing."""

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tests.commands import call
from tests.trainer.learning.tiny import train
from tests.trainer.tasks.gym.commands.test_report import Payload, evaluated, model_with
from tests.trainer.tasks.gym.tiny import copy_of, trained
from trainer.creating import create_run
from trainer.errors import FormatError
from trainer.learning.control_watcher import ControlEvents
from trainer.probing import probe
from trainer.run_files.bundle import Bundle, pack_bundle, read_bundle, unpack_bundle
from trainer.run_files.config_file import Parent, read_config
from trainer.run_files.jobs import Work
from trainer.run_files.models import read_best
from trainer.run_files.reports import read_report
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.commands.importing import import_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Of a model that has learned from normalised observations."""
    folder = tmp_path_factory.mktemp("bundle")
    assert call("bundle", copy_of(trained("ppo"), folder).path, "--out", folder / "b.zip", "--episodes", "1").returncode == 0
    return read_bundle(folder / "b.zip")


def changed(bundle: Bundle, changes: Mapping[str, bytes | None]) -> Bundle:
    """The bundle with some files changed or left out by one who knows how to write the hashes too."""
    contents = {name: content for name, content in (bundle.contents | dict(changes)).items() if content is not None}
    return unpack_bundle(pack_bundle(bundle.manifest.run, bundle.manifest.model, contents))


def imported(bundle: Bundle, folder: Path, *, trust: bool = False) -> RunDirectory:
    """The run that becomes of it."""
    return import_bundle(bundle, runs_dir=folder / "runs", trust=trust, work=Work(None))


def with_fields(bundle: Bundle, name: str, **fields: Any) -> bytes:
    """A document of the bundle with other fields."""
    return orjson.dumps(orjson.loads(bundle.contents[name]) | fields)


def with_settings(bundle: Bundle, **settings: Any) -> Bundle:
    """The bundle with other settings, in both documents."""
    names = ("config.json", "metadata.json")
    documents = {name: orjson.loads(bundle.contents[name])["settings"] | settings for name in names}
    return changed(bundle, {name: with_fields(bundle, name, settings=documents[name]) for name in names})


@pytest.mark.long
def test_an_imported_model_plays_as_it_did_and_is_forked_but_not_resumed(bundle: Bundle, tmp_path: Path) -> None:
    run, original = imported(bundle, tmp_path), trained("ppo")
    assert evaluated(run.path, "--episodes", "2")["mean_reward"] == evaluated(original.path, "--episodes", "2")["mean_reward"]
    config, metadata = read_config(run), read_best(run)
    assert metadata is not None
    assert (probe(run).state, probe(run).problem) == ("imported", None)
    assert config.parent == Parent(original.run_id, "bundle", metadata.step)
    assert config.settings == read_config(original).settings
    assert read_report(run, metadata.sha256) is None, "nobody here has evaluated it"
    assert call("resume", run.path).returncode == 2

    settings = GymSettings.from_json(config.settings | {"total_timesteps": 64})
    fork = create_run(settings, runs_dir=tmp_path / "runs", fork=(run, "best"))
    train(fork, settings, ControlEvents())
    assert probe(fork).state == "finished"


@pytest.mark.long
def test_a_model_without_averages_goes_the_same_way(tmp_path: Path) -> None:
    original = copy_of(trained("sac"), tmp_path)
    assert call("bundle", original.path, "--out", tmp_path / "b.zip", "--episodes", "1").returncode == 0
    run = imported(read_bundle(tmp_path / "b.zip"), tmp_path / "there")
    assert evaluated(run.path, "--episodes", "1")["mean_reward"] == evaluated(original.path, "--episodes", "1")["mean_reward"]


def test_a_trusted_bundle_of_any_learner_keeps_its_own_file_and_its_evaluation(bundle: Bundle, tmp_path: Path) -> None:
    run = imported(bundle, tmp_path, trust=True)
    metadata = read_best(run)
    assert metadata is not None
    assert (run.best / "model.zip").read_bytes() == bundle.contents["model.zip"]
    assert read_report(run, metadata.sha256) is not None


def test_a_hostile_pickle_in_a_bundle_of_any_learner_is_never_loaded(bundle: Bundle, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    harm = pickle.dumps(Payload(proof), protocol=2)
    hostile = changed(bundle, {"model.zip": model_with(bundle.contents["model.zip"], {"policy.pth": harm, "data": harm})})
    run = imported(hostile, tmp_path)
    assert b"proof" not in (run.best / "model.zip").read_bytes()
    arrays = io.BytesIO()
    np.savez(arrays, anything=np.array([Payload(proof)], dtype=object))
    with pytest.raises(FormatError, match=r"weights\.npz must hold plain arrays"):
        imported(changed(bundle, {"weights.npz": arrays.getvalue()}), tmp_path)
    with pytest.raises(FormatError, match=r"model\.zip of the bundle must be the file that its metadata\.json describes"):
        imported(hostile, tmp_path, trust=True)
    named = changed(hostile, {"metadata.json": with_fields(bundle, "metadata.json", sha256=hostile.manifest.sha256["model.zip"])})
    with pytest.raises(FormatError, match="must be plain tensors; these hold code, which is not run"):
        imported(named, tmp_path, trust=True)
    assert not proof.exists()
    assert len(list_runs(tmp_path / "runs")) == 1


def test_the_code_of_a_strangers_environment_is_only_run_for_who_trusts_it(bundle: Bundle, tmp_path: Path) -> None:
    foreign = with_settings(bundle, env="antigravity:Env-v0")
    with pytest.raises(FormatError, match=r"antigravity:Env-v0 would run the code of antigravity here\."):
        imported(foreign, tmp_path)
    with pytest.raises(FormatError, match="json:Env-v0 must be an environment that is registered here"):
        imported(with_settings(bundle, env="json:Env-v0"), tmp_path, trust=True)


def test_a_bundle_that_does_not_fit_is_refused_in_one_sentence(bundle: Bundle, tmp_path: Path) -> None:
    cases = {
        r"Pendulom-v1 must be an environment that is registered here": with_settings(bundle, env="Pendulom-v1"),
        r"weights\.npz must fit the settings": with_settings(bundle, net_arch=[16]),
        r"normalize must stay as it was": with_settings(bundle, normalize="off"),
        r"it must hold weights\.npz": changed(bundle, {"weights.npz": None}),
        r"must hold averages": changed(bundle, {"normalization.json": b"{}"}),
        r"normalize must stay": changed(bundle, {"normalization.json": None}),
        r"its metadata\.json and its config\.json name other settings": changed(
            bundle, {"config.json": with_settings(bundle, gamma=0.5).contents["config.json"]}
        ),
        r"colour is not a setting": with_settings(bundle, colour=1),
    }
    for sentence, wrong in cases.items():
        with pytest.raises(FormatError, match=f"The bundle cannot be imported: .*{sentence}"):
            imported(wrong, tmp_path)
    assert list_runs(tmp_path / "runs") == []
