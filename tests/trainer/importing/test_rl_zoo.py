"""A folder of RL Baselines3 Zoo that the Zoo itself has written: its settings and its logs."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.importing.conftest import ZOO
from trainer.importing.recognise import find_sources
from trainer.importing.rl_zoo import settings_folder, zoo_settings

RUN = ZOO / "ppo" / "CartPole-v1_1"
SETTINGS = {
    "algo": "ppo", "env": "CartPole-v1", "seed": 3, "n_envs": 2, "n_steps": 128, "batch_size": 64, "n_epochs": 20, "gamma": 0.98,
    "gae_lambda": 0.8, "clip_range": 0.2, "ent_coef": "0.0", "learning_rate": 0.001, "schedule": "linear",
    "normalize": "observations and rewards", "policy": "MlpPolicy", "policy_kwargs": "dict(net_arch=[8,8])", "total_timesteps": 1024,
    "vec_env": "dummy", "device": "auto",
}  # fmt: skip


def test_settings_are_under_our_names() -> None:
    notes: list[str] = []
    assert zoo_settings(RUN / "CartPole-v1", notes) == SETTINGS
    assert notes == []


def test_the_whole_folder_is_one_run_with_every_value() -> None:
    (source,) = find_sources(ZOO)
    logs = source.read(True)

    assert (source.program, source.name, logs.settings) == ("RL Baselines3 Zoo", "CartPole-v1_1", SETTINGS)
    rows = [line.split(",") for name in ("0", "1") for line in (RUN / f"{name}.monitor.csv").read_text().splitlines()[2:]]
    assert sorted((one.reward, one.length) for one in logs.episodes) == sorted((float(row[0]), int(row[1])) for row in rows)
    arrays = np.load(RUN / "evaluations.npz")
    assert [one.step for one in logs.evaluations] == arrays["timesteps"].tolist()
    assert [one.rewards for one in logs.evaluations] == arrays["results"].tolist()
    assert [one.lengths for one in logs.evaluations] == arrays["ep_lengths"].tolist()
    assert logs.metrics[-1].named.keys() == {"rollout/ep_rew_mean", "rollout/ep_len_mean"}


def test_damaged_settings_cost_only_themselves(tmp_path: Path) -> None:
    run = Path(shutil.copytree(RUN, tmp_path / "CartPole-v1_1"))
    (run / "CartPole-v1" / "config.yml").write_text("- [")
    (source,) = find_sources(tmp_path)

    logs = source.read(True)

    assert logs.settings == {
        "algo": "ppo",
        "env": "CartPole-v1",
        "seed": 3,
        "n_envs": 2,
        "total_timesteps": 1024,
        "vec_env": "dummy",
        "device": "auto",
    }
    assert [note[:40] for note in logs.notes] == ["config.yml must hold settings as YAML; i"]


@pytest.mark.parametrize("names", [[], ["args.yml"], ["config.yml"]])
def test_a_folder_without_both_files_is_none_of_the_zoo(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert settings_folder([tmp_path]) is None
