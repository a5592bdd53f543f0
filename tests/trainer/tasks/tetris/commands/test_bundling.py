"""A bundle plays wherever it is taken: as its README says, with NumPy alone, and in another runtime. All of them play the same."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import orjson
import pytest
import torch as th
from numpy.typing import NDArray
from stable_baselines3 import DQN

from tests.trainer.learning.tiny import finished_run
from trainer.errors import FormatError, JobCancelledError, ModelNotFoundError
from trainer.learning import plain_weights
from trainer.learning.onnx_graph import check_export
from trainer.numbers import short
from trainer.processes import PROJECT_DIR
from trainer.run_files import archives
from trainer.run_files.bundle import REQUIRED_FILES, read_bundle
from trainer.run_files.files import sha256
from trainer.run_files.jobs import Work
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.slots import find_model, keep_model
from trainer.tasks.tetris.commands.bundling import make_bundle, positions_and_values
from trainer.tasks.tetris.game.numpy_player import NumpyPlayer
from trainer.tasks.tetris.learner.saved_model import read_network

QUICK = {"games": 5, "seed": 1, "max_pieces": 300}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished tiny run."""
    return finished_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def unpacked(trained: RunDirectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle, in an otherwise empty folder."""
    folder = tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(io.BytesIO(make_bundle(find_model(trained, None), **QUICK, work=Work(None)))) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def positions(unpacked: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions of a game, and the log-odds that stable-baselines3's own loader and network give them."""
    features, _ = positions_and_values(read_network(unpacked), QUICK["seed"])
    model = DQN.load(unpacked / "model.zip", device="cpu")
    with th.no_grad():
        values = model.policy.q_net_average(th.as_tensor(features.reshape(len(features), -1))).numpy()  # type: ignore[operator]
    return features, values


def python_in(folder: Path, *arguments: str) -> str:
    """What a fresh Python process prints that runs in a folder, with the project on its path."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT_DIR)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def code_in_the_readme(folder: Path) -> str:
    """The lines that load and play the model."""
    found = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.long
def test_the_five_lines_of_the_readme_play_a_game_in_an_empty_folder(unpacked: Path) -> None:
    code = code_in_the_readme(unpacked)
    assert len(code.splitlines()) == 5
    assert sorted(path.name for path in unpacked.iterdir()) == sorted(
        [*REQUIRED_FILES, "bundle.json", "model.onnx", "play.py", "weights.npz"]
    )
    assert re.fullmatch(r"\d+ lines\n", python_in(unpacked, "-c", code))


@pytest.fixture(scope="module")
def only_numpy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a virtual environment holds after `pip install numpy`."""
    folder = tmp_path_factory.mktemp("packages")
    for package in ("numpy", "numpy.libs"):
        installed = Path(np.__file__).parent.with_name(package)
        if installed.exists():
            (folder / package).symlink_to(installed)
    return folder


def play_with_numpy_alone(packages: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python play.py` in a folder, by an interpreter that finds nothing but itself and some packages."""
    code = f"import runpy, sys; sys.path.append({str(packages)!r}); runpy.run_path('play.py', run_name='__main__')"
    command = [sys.executable, "-I", "-S", "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.long
def test_the_numpy_player_plays_the_same_games_where_there_is_only_numpy(unpacked: Path, only_numpy: Path) -> None:
    played, same_games = list[str](), list[str]()
    said = 'print(f"{step.finished[0].lines:,} lines, {step.finished[0].pieces:,} pieces")'
    for seed in (7, 2**53 - 1):
        done = play_with_numpy_alone(only_numpy, unpacked, "--seed", str(seed))
        assert re.fullmatch(r"[\d,]+ lines, [\d,]+ pieces\n", done.stdout), done.stderr
        played.append(done.stdout)
        same_games += [*code_in_the_readme(unpacked).replace("while", f"game.reset([{seed}])\nwhile").splitlines()[:-1], said]
    assert python_in(unpacked, "-c", "\n".join(same_games)) == "".join(played)


@pytest.mark.long
def test_the_numpy_player_names_what_is_missing(unpacked: Path, only_numpy: Path, tmp_path: Path) -> None:
    (tmp_path / "play.py").write_bytes((unpacked / "play.py").read_bytes())
    (tmp_path / "empty").mkdir()
    without_weights = play_with_numpy_alone(only_numpy, tmp_path)
    assert "weights.npz is missing: play.py needs weights.npz of its bundle beside it." in without_weights.stderr
    without_numpy = play_with_numpy_alone(tmp_path / "empty", tmp_path)
    assert "install it: python -m pip install numpy" in without_numpy.stderr
    wrong_seed = play_with_numpy_alone(only_numpy, unpacked, "--seed", "-1")
    assert "--seed must be a whole number from 0 to 2**53 - 1; got -1" in wrong_seed.stderr
    assert "Traceback" not in without_weights.stderr + without_numpy.stderr + wrong_seed.stderr


def test_torch_numpy_and_onnx_agree_to_five_decimals(unpacked: Path, positions: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    features, expected = positions
    session = onnxruntime.InferenceSession(unpacked / "model.onnx", providers=["CPUExecutionProvider"])
    (values,) = session.run(None, {"features": features})
    assert values.shape == expected.shape == (len(features), 34)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(NumpyPlayer(unpacked / "weights.npz").values(features), expected, rtol=1e-5, atol=1e-5)


def test_an_export_that_plays_otherwise_is_refused(unpacked: Path, positions: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    features, expected = positions
    graph = (unpacked / "model.onnx").read_bytes()
    assert check_export(graph, features, expected) <= 1e-5
    for wrong in (expected + np.float32(0.01), np.full_like(expected, np.nan)):
        with pytest.raises(FormatError, match="must agree with torch to 1e-05; this one differs by"):
            check_export(graph, features, wrong)


def test_a_bundle_says_how_good_its_model_is_and_which_file_it_speaks_of(unpacked: Path, trained: RunDirectory) -> None:
    evaluation = orjson.loads((unpacked / "evaluation.json").read_bytes())
    readme = (unpacked / "README.md").read_text("utf-8")
    digest = sha256((unpacked / "model.zip").read_bytes())
    assert (evaluation["episodes"], evaluation["sha256"], evaluation["settings"]["board_height"]) == (5, digest, 10)
    lines = evaluation["named"]
    assert f"{short(lines['mean_lines'])} lines per game (95 % interval {short(lines['lines_ci95_low'])} to" in readme
    assert digest in readme
    assert trained.run_id in readme
    assert "torch==" in (unpacked / "requirements.txt").read_text("utf-8")
    assert (unpacked / "config.json").read_bytes() == trained.config.read_bytes()
    assert (unpacked / "metadata.json").read_bytes() == (trained.best / "metadata.json").read_bytes()


def test_a_report_that_is_there_is_taken_and_a_model_without_one_is_evaluated(trained: RunDirectory, tmp_path: Path) -> None:
    keep_model(find_model(trained, None), trained, "copy")
    bundle = make_bundle(find_model(trained, "copy"), games=3, seed=1, max_pieces=10, work=Work(None))
    (tmp_path / "bundle.zip").write_bytes(bundle)
    made = read_bundle(tmp_path / "bundle.zip")
    assert made.manifest.model == "copy"
    assert orjson.loads(made.contents["evaluation.json"])["episodes"] == 5  # of the same model, when it was the best one


def test_a_model_is_parsed_once_for_the_whole_bundle(trained: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(tmp_path / trained.run_id)
    shutil.copytree(trained.path, run.path, ignore=shutil.ignore_patterns("reports"))
    parsed = list[bytes]()

    def read(content: bytes, *arguments: Any, **options: Any) -> Iterator[tuple[str, bytes]]:
        parsed.append(content)
        return archives.read_members(content, *arguments, **options)

    monkeypatch.setattr(plain_weights, "read_members", read)
    make_bundle(find_model(run, None), **QUICK, work=Work(None))
    assert parsed.count((run.best / "model.zip").read_bytes()) == 1


def test_a_bundle_that_was_cancelled_or_whose_run_is_deleted_is_not_made(trained: RunDirectory, tmp_path: Path) -> None:
    model = find_model(trained, None)
    work = Work(None)
    work.cancelled.set()
    with pytest.raises(JobCancelledError):
        make_bundle(model, **QUICK, work=work)
    trained.path.rename(tmp_path / "elsewhere")
    try:
        with pytest.raises(ModelNotFoundError, match="is gone; is the run still there"):
            make_bundle(model, **QUICK, work=Work(None))
    finally:
        (tmp_path / "elsewhere").rename(trained.path)
