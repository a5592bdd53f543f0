"""Logs of stable-baselines3 and TensorBoard, made by a real tiny training: once for all tests."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch as th
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, EvalCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.logger import KVWriter, configure

from trainer.importing.write_run import Chosen

FIXTURES = Path(__file__).parent / "fixtures"
ZOO = FIXTURES / "rl_zoo"
TRACKIO = FIXTURES / "cartpole.db"


@dataclass
class Truth(KVWriter):
    """What the training itself knew, beside what it logged."""

    folder: Path
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    """Names that stable-baselines3 keeps from TensorBoard."""
    episodes: list[tuple[int, float, int]] = field(default_factory=list)
    evaluations: dict[int, tuple[list[float], list[int]]] = field(default_factory=dict)

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        """Keep what stable-baselines3's logger hands to every format."""
        self.hidden |= {name for name, formats in key_excluded.items() if formats and "tensorboard" in formats}
        self.rows.append((step, {name: float(value) for name, value in key_values.items() if isinstance(value, int | float | np.number)}))

    def close(self) -> None:
        """Nothing is open."""


class _Episodes(BaseCallback):
    """Keeps every episode as the environment reported it."""

    def __init__(self, truth: Truth) -> None:
        super().__init__()
        self.truth = truth

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self.truth.episodes.append((self.num_timesteps, info["episode"]["r"], info["episode"]["l"]))
        return True


def train(folder: Path, *, steps: int = 512, seed: int = 1) -> Truth:
    """Train PPO in CartPole with every log that stable-baselines3 has."""
    th.set_num_threads(1)
    truth = Truth(folder)
    envs = make_vec_env("CartPole-v1", n_envs=2, seed=seed, monitor_dir=str(folder))
    model = PPO("MlpPolicy", envs, n_steps=64, batch_size=64, n_epochs=1, policy_kwargs={"net_arch": [8]}, seed=seed, device="cpu")
    logger = configure(str(folder), ["csv", "json", "tensorboard"])
    logger.output_formats.append(truth)
    model.set_logger(logger)
    evaluating = EvalCallback(
        make_vec_env("CartPole-v1", n_envs=1, seed=99), log_path=str(folder), eval_freq=64, n_eval_episodes=3, verbose=0, warn=False
    )
    model.learn(steps, callback=[_Episodes(truth), evaluating], log_interval=1)
    for step, rewards, lengths in zip(
        evaluating.evaluations_timesteps, evaluating.evaluations_results, evaluating.evaluations_length, strict=True
    ):
        truth.evaluations[step] = ([float(one) for one in rewards], [int(one) for one in lengths])
    logger.close()
    return truth


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A run of stable-baselines3; nobody may change its folder."""
    return train(tmp_path_factory.mktemp("logs") / "PPO_1")


@pytest.fixture
def logs(trained: Truth, tmp_path: Path) -> Path:
    """A copy of its folder."""
    return Path(shutil.copytree(trained.folder, tmp_path / "logs" / "PPO_1"))


@pytest.fixture
def chosen(tmp_path: Path) -> Chosen:
    """A folder for runs."""
    return Chosen(tmp_path / "runs")
