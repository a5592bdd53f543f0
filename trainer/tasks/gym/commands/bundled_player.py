"""Play episodes with the model of this bundle. In a bundle this file is `play.py`, and needs only what `requirements.txt` lists.

`python play.py --help` says what it can do. It loads `model.zip` as stable-baselines3 does, which runs code in that file: play only
what you trust.
"""

import argparse
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import stable_baselines3
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecNormalize

AVERAGES = "normalization.json"


def make_env(settings: dict[str, Any], render_mode: str | None) -> "gymnasium.Env[Any, Any]":
    """One environment, as `make_envs` needs it."""
    name, options = settings["env"], json.loads(settings["env_kwargs"] or "{}")
    if name not in gymnasium.registry and importlib.util.find_spec("ale_py"):
        importlib.import_module("ale_py")  # registers the games of Atari
    if settings["atari"] == "on" and name.startswith("ALE/"):
        options = {"frameskip": 1, **options}
    if render_mode is not None:
        options["render_mode"] = render_mode
    env: gymnasium.Env[Any, Any] = Monitor(gymnasium.make(name, **options))
    return AtariWrapper(env, clip_reward=False) if settings["atari"] == "on" else env


def make_envs(settings: dict[str, Any], averages: dict[str, Any] | None, render_mode: str | None = None) -> VecEnv:
    """The environment in the wrappers that the model was trained in.

    Args:
        settings: of the training.
        averages: the content of `normalization.json`; None if nothing was normalised.
        render_mode: `human` shows a window.
    """
    envs: VecEnv = DummyVecEnv([lambda: make_env(settings, render_mode)])
    if averages is not None and averages["observations"]:
        clipped = {name: averages[name] for name in ("clip_obs", "epsilon")}
        envs = normalizer = VecNormalize(envs, training=False, norm_reward=False, **clipped)
        for one in averages["observations"]:
            running: Any = normalizer.obs_rms if one["key"] is None else normalizer.obs_rms[one["key"]]
            running.mean, running.var, running.count = np.array(one["mean"]), np.array(one["var"]), one["count"]
    return VecFrameStack(envs, settings["frame_stack"]) if settings["frame_stack"] > 1 else envs


def play(model: BaseAlgorithm, envs: VecEnv, seed: int) -> tuple[float, int]:
    """Play one greedy episode; returns its reward and its length."""
    envs.seed(seed)
    observation, state, start = envs.reset(), None, np.ones(1, bool)
    while True:
        masks = {"action_masks": np.stack(envs.env_method("action_masks"))} if takes_masks(model) else {}
        action, state = model.predict(observation, state, start, deterministic=True, **masks)  # type: ignore[arg-type]
        observation, _, start, (info,) = envs.step(action)
        if "episode" in info:
            return float(info["episode"]["r"]), int(info["episode"]["l"])


def takes_masks(model: BaseAlgorithm) -> bool:
    """Whether its actions are masked."""
    return "action_masks" in model.predict.__code__.co_varnames


def algorithm(name: str) -> type[BaseAlgorithm]:
    """The class of an algorithm: of stable-baselines3, else of sb3-contrib."""
    found: dict[str, type[BaseAlgorithm]] = {one.lower(): getattr(stable_baselines3, one) for one in stable_baselines3.__all__}
    if name not in found:
        import sb3_contrib  # noqa: PLC0415 - most need it not

        found = {one.lower(): getattr(sb3_contrib, one) for one in sb3_contrib.__all__}
    return found[name]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Play episodes with the model of this bundle.")
    parser.add_argument("--episodes", type=int, default=1, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of the first one; the next has the next (default: %(default)s)")
    parser.add_argument("--render", action="store_true", help="show a window")
    options = parser.parse_args()
    folder = Path(__file__).parent
    if missing := [name for name in ("model.zip", "config.json") if not (folder / name).exists()]:
        sys.exit(f"{', '.join(missing)} is missing: play.py needs the files of its bundle beside it.")
    settings = json.loads((folder / "config.json").read_text("utf-8"))["settings"]
    averages = json.loads((folder / AVERAGES).read_text("utf-8")) if (folder / AVERAGES).exists() else None
    envs = make_envs(settings, averages, "human" if options.render else None)
    model = algorithm(settings["algo"]).load(folder / "model.zip", device="cpu")
    for number in range(options.episodes):
        reward, length = play(model, envs, options.seed + number)
        print(f"{reward:,.6g} reward, {length:,} steps")


if __name__ == "__main__":
    main()
