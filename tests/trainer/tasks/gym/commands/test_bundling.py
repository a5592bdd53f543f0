"""A bundle of any learner is whole: it plays where only stable-baselines3 and the environment are, as it did here."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import orjson
import pytest
from stable_baselines3.common.vec_env import VecEnv

from tests.commands import call
from tests.trainer.tasks.gym.tiny import TINY, copy_of, trained
from trainer.run_files.bundle import REQUIRED_FILES
from trainer.run_files.files import read_document, sha256
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.commands import bundled_player
from trainer.tasks.gym.commands.bundling import packages_for
from trainer.tasks.gym.commands.report import seeds_of
from trainer.tasks.gym.environments import make_envs

ADDED = {"bundle.json", "play.py", "weights.npz"}


def unpacked(algo: str, folder: Path) -> Path:
    """The bundle of a run, evaluated over two episodes, in an otherwise empty folder."""
    run = copy_of(trained(algo), folder)
    made = call("bundle", run.path, "--out", folder / "bundle.zip", "--episodes", "2")
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        archive.extractall(folder / "home")
    return folder / "home"


@pytest.mark.long
@pytest.mark.parametrize("algo", TINY)
def test_the_model_of_a_bundle_plays_the_same_episodes(algo: str, tmp_path: Path) -> None:
    folder = unpacked(algo, tmp_path)
    averages = folder / "normalization.json"
    settings = read_document(folder / "config.json")["settings"]
    envs = bundled_player.make_envs(settings, json.loads(averages.read_text()) if averages.exists() else None)
    model = bundled_player.algorithm(algo).load(folder / "model.zip", device="cpu")
    rewards = [bundled_player.play(model, envs, seed)[0] for seed in seeds_of(1, 2)]
    report = read_document(folder / "evaluation.json")
    assert np.mean(rewards) == pytest.approx(report["mean_reward"], rel=1e-6)
    assert report["sha256"] == sha256((folder / "model.zip").read_bytes())
    readme = (folder / "README.md").read_text("utf-8")
    assert f"`{ALGORITHMS[algo].class_name}.load(" in readme
    assert "over 2 greedy episodes\n" in readme
    wrapped, normalized = "which `make_envs` in `play.py` puts around", "It has learned from normalised\nobservations"
    assert (wrapped in readme, normalized in readme) == (algo == "dqn", algo == "ppo")
    names = {path.name for path in folder.iterdir()}
    expected = {*REQUIRED_FILES, *ADDED, *({"normalization.json"} if algo == "ppo" else set())}
    if algo in ("recurrentppo", "maskableppo"):
        assert names == expected
        assert "there is no `model.onnx`, because its" in readme
    else:
        assert names == {*expected, "model.onnx"}
        assert_acts_alike(folder, envs, model)
    with np.load(folder / "weights.npz", allow_pickle=False) as weights:
        held = model.policy.state_dict()
        assert set(weights.files) == set(held)
        assert all(np.array_equal(weights[name], value.numpy()) for name, value in held.items())


def assert_acts_alike(folder: Path, envs: VecEnv, model: object) -> None:
    """The graph does what the model does, of what the environment itself shows."""
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    observation = envs.reset()
    for _ in range(10):
        action = model.predict(observation, deterministic=True)[0]  # type: ignore[attr-defined]
        raw = getattr(envs, "get_original_obs", lambda seen=observation: seen)()
        np.testing.assert_allclose(session.run(None, {"observation": raw.astype(np.float32)})[0], action, rtol=1e-5, atol=1e-5)
        observation = envs.step(action)[0]


@pytest.mark.long
def test_play_py_needs_nothing_of_the_trainer(tmp_path: Path) -> None:
    folder = unpacked("ppo", tmp_path)
    (folder / "trainer.py").write_text("raise ImportError('the trainer is not here')")
    command = [sys.executable, "play.py", "--episodes", "2", "--seed", "3"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert re.fullmatch(r"(-[\d,.]+ reward, 200 steps\n){2}", done.stdout), done.stderr


@pytest.mark.long
def test_a_model_that_was_kept_in_another_run_is_bundled_with_its_own_settings(tmp_path: Path) -> None:
    run, other = copy_of(trained("ppo"), tmp_path), copy_of(trained("sac"), tmp_path)
    keep_model(find_model(run, None), other, "guest")
    assert call("bundle", other.path, "--slot", "guest", "--out", tmp_path / "guest.zip", "--episodes", "1").returncode == 0
    with zipfile.ZipFile(tmp_path / "guest.zip") as archive:
        config = orjson.loads(archive.read("config.json"))
    assert config["settings"] == read_document(run.config)["settings"]
    assert call("import", tmp_path / "guest.zip", "--runs-dir", tmp_path / "elsewhere").returncode == 0


def packages(**settings: str) -> list[str]:
    """Those besides what every model needs."""
    config = GymSettings(**settings)  # type: ignore[arg-type]
    envs = make_envs(config, 1, training=False)
    found = packages_for(config, envs)
    envs.close()
    assert found[:3] == ["numpy", "torch", "stable-baselines3"]
    return found[3:]


@pytest.mark.long
def test_what_must_be_installed_is_named_with_its_extra() -> None:
    assert packages(env="LunarLander-v3", algo="tqc") == ["sb3-contrib", "gymnasium[box2d]"]
    assert packages(env="Hopper-v5") == ["gymnasium[mujoco]"]
    atari = packages(env="ALE/Pong-v5", atari="on")
    assert atari[:2] == ["gymnasium", "ale-py"]
    assert any(name.startswith("opencv") for name in atari)
