"""`python -m trainer bundle`: a model with everything that is known about it in one `.zip`; see `trainer.run_files.bundle`.

| besides what every bundle holds | |
|---|---|
| `weights.npz` | the weights of the policy as plain arrays, by their names in stable-baselines3 |
| `normalization.json` | the averages of VecNormalize, where observations or rewards were normalised |
| `play.py` | plays episodes with what `requirements.txt` lists |
| `model.onnx` | observations to greedy actions, where the policy allows it; see `onnx_export` |
"""

import io
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from ....errors import reason
from ....learning.any_learner.normalization import FILE as AVERAGES_FILE
from ....learning.any_learner.normalization import read_statistics
from ....numbers import MISSING, count, interval, short
from ....program import PROGRAM
from ....run_files.bundle import (
    CONFIG_FILE,
    EVALUATION_FILE,
    README_FILE,
    REQUIREMENTS_FILE,
    config_for,
    pack_bundle,
    requirements,
)
from ....run_files.jobs import Work
from ....run_files.models import MODEL_FILE
from ....run_files.reports import Report, keep_report, read_report, report_bytes
from ....run_files.slots import StoredModel, model_files
from ..about import GymSettings
from ..algorithms import ALGORITHMS, SB3
from ..environments import OBSERVATIONS
from . import bundled_player
from .onnx_export import ACTION, OBSERVATION, NotExportableError, onnx_model
from .report import evaluate
from .saved_model import SavedModel, stored_model

WEIGHTS_FILE, PLAYER_FILE, ONNX_FILE = "weights.npz", "play.py", "model.onnx"
EXTRAS = {"box2d": "box2d", "mujoco": "mujoco", "classic_control": "classic-control", "toy_text": "toy-text"}
README = """# A policy for {env}, trained by Control Room

{mean} reward per episode ({interval}; median {median}, best {most}) over {episodes}
that had no part in choosing it.{success}

Trained with {algorithm} for {step:,} steps in the run `{run}`.

## Play it

Install what `requirements.txt` lists, and in this folder: `python play.py --episodes 3` (`--render` shows a window).

In Python, `{algorithm}.load("model.zip", device="cpu").predict(observation, deterministic=True)`. {observations}

In any other language: {onnx}

In another Control Room: Models, Import, or `{program} import THIS_FILE.zip`. That reads plain numbers alone.

## What it is

`model.zip` is a stable-baselines3 model. Such a file holds pickled code: load it only if you know where it is from. Its SHA-256:

    {sha256}

`metadata.json` says how it came to be, `config.json` with which settings, `evaluation.json` how good it is, `weights.npz` holds the
weights of the policy as plain arrays, `bundle.json` the SHA-256 of every file here.
"""
NORMALIZED = (
    "It has learned from normalised\nobservations: (observation - mean) / sqrt(var + epsilon), clipped to ±clip_obs, with the numbers in "
    "`normalization.json`."
)
WRAPPED = "It takes observations\nthrough the wrappers of its training, which `make_envs` in `play.py` puts around the environment."
PLAIN = "It takes observations as the environment\ngives them."
GRAPH = "`model.onnx` maps `{takes}` {shape} to the greedy `{gives}`, within 1e-5 of stable-baselines3{normalized}."


def make_bundle(model: StoredModel, *, episodes: int, seed: int, work: Work) -> bytes:
    """The bundle of a model of a run. It is evaluated if that has not been done yet.

    Args:
        model: what is bundled.
        episodes: of the evaluation, if one is needed.
        seed: which set of them.
        work: is told how far it is, and may be cancelled.

    Raises:
        ModelNotFoundError, FormatError: the model is gone or damaged.
        SettingError: its environment cannot be made here.
        RunDirectoryError: the report cannot be written.
        JobCancelledError: it was cancelled.
    """
    files = model_files(model)
    config, saved = config_for(model), stored_model(model, files[MODEL_FILE])
    report = read_report(model.run, model.metadata.sha256)
    if report is None:
        work.begin(f"Running {episodes:,} episodes", model.key)
        report = keep_report(model.run, model.name, evaluate(saved, episodes=episodes, seed=seed, work=work))
    work.begin("Exporting", model.key)
    added = {WEIGHTS_FILE: _weights(saved), PLAYER_FILE: Path(bundled_player.__file__).read_bytes()}
    averages = read_statistics(files[MODEL_FILE])
    if averages is not None:
        added[AVERAGES_FILE] = averages
    try:
        added[ONNX_FILE] = onnx_model(saved.learner.policy, saved.envs)
        onnx = _graph_words(saved)
    except NotExportableError as why:
        onnx = f"there is no `{ONNX_FILE}`, because {reason(why)}; `weights.npz` holds the weights."
    described = {
        README_FILE: _readme(model, saved, report, onnx).encode(),
        CONFIG_FILE: config,
        EVALUATION_FILE: report_bytes(report),
        REQUIREMENTS_FILE: requirements(packages_for(saved.config, saved.envs)),
    }
    return pack_bundle(model.run.run_id, model.name, files | described | added)


def packages_for(config: GymSettings, envs: VecEnv) -> list[str]:
    """The packages that play a model, by the names that pip knows."""
    contrib = [] if ALGORITHMS[config.algo].module == SB3 else ["sb3-contrib"]
    folders = type(envs.get_attr("unwrapped")[0]).__module__.split(".")
    extra = next((f"[{EXTRAS[name]}]" for name in folders if name in EXTRAS), "") if folders[0] == "gymnasium" else ""
    modules = [name for name in (folders[0], *(["cv2"] if config.atari == "on" else [])) if name != "gymnasium"]
    installed = packages_distributions() if modules else {}  # a third of a second: it reads what every package has installed
    others = [name for module in modules for name in installed.get(module, [])]
    return ["numpy", "torch", "stable-baselines3", *contrib, f"gymnasium{extra}", *dict.fromkeys(others)]


def _weights(saved: SavedModel) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **{name: value.numpy() for name, value in saved.learner.policy.state_dict().items()})
    return packed.getvalue()


def _text(value: float | None) -> str:
    return MISSING if value is None else short(value)


def _readme(model: StoredModel, saved: SavedModel, report: Report, onnx: str) -> str:
    success, config = report.value("success_rate"), saved.config
    wrapped = config.atari == "on" or config.frame_stack > 1
    return README.format(
        env=config.env, algorithm=ALGORITHMS[config.algo].class_name, mean=_text(report.mean_reward),
        interval=interval(report.ci95 or (None, None), in_full=True), median=_text(report.median_reward), most=_text(report.max_reward),
        episodes=count(report.episodes, "greedy episode"), success="" if success is None else f" Of these {success:.0%} were a success.",
        step=report.step, run=model.run.run_id, sha256=report.sha256, onnx=onnx, program=PROGRAM,
        observations=WRAPPED if wrapped else NORMALIZED if _is_normalized(config) else PLAIN,
    )  # fmt: skip


def _graph_words(saved: SavedModel) -> str:
    shape = ", ".join(["batch", *map(str, saved.learner.policy.observation_space.shape or ())])
    normalized = "; normalising is part of the graph" if _is_normalized(saved.config) else ""
    return GRAPH.format(takes=OBSERVATION, shape=f"({shape})", gives=ACTION, normalized=normalized)


def _is_normalized(config: GymSettings) -> bool:
    return OBSERVATIONS in config.normalize
