"""Settings of other programs, under our names."""

from typing import Any

import pytest

from trainer.importing.settings import algorithm_in, settings_of
from trainer.run_files.fields import MAX_SETTINGS, require_plain_values


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"env_id": "CartPole-v1", "algorithm": "PPO"}, {"env": "CartPole-v1", "algo": "ppo"}),
        ({"algo": "ppo_lstm"}, {"algo": "recurrentppo"}),
        ({"n_timesteps": 1e5, "seed": 3.0}, {"total_timesteps": 100_000, "seed": 3}),
        ({"use_sde": True, "normalize": False}, {"use_sde": "on", "normalize": "off"}),
        ({"learning_rate": "lin_0.001", "clip_range": "lin_0.2"}, {"schedule": "linear", "learning_rate": 0.001, "clip_range": 0.2}),
        ({"learning_rate": "lin_x"}, {"learning_rate": "lin_x"}),
        ({"ent_coef": 0.01, "net_arch": [64, 64]}, {"ent_coef": "0.01", "net_arch": [64, 64]}),
        ({"gamma": 7}, {"gamma": 7}),
        ({"env_kwargs": {"continuous": True}, "own": {"a": [1]}}, {"env_kwargs": '{"continuous": true}', "own": '{"a": [1]}'}),
        ({"_Created": "x", "nothing": None, "bad\n": 1, "long": "x" * 999}, {"long": "x" * 300}),
        ({"steps": -1.5, "big": 1e308}, {}),
    ],
)
def test_a_setting_is_kept_as_ours_or_as_it_is(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert settings_of(given) == kept


def test_there_are_never_more_than_can_be_shown() -> None:
    kept = settings_of({f"s{number}": number for number in range(10 * MAX_SETTINGS)})
    assert len(kept) < MAX_SETTINGS
    require_plain_values("settings", kept)


@pytest.mark.parametrize(
    ("folder", "algorithm"), [("PPO_1", "ppo"), ("SAC_12", "sac"), ("ppo_lstm_1", None), ("logs", None), ("DQN", "dqn")]
)
def test_a_folder_can_tell_the_algorithm(folder: str, algorithm: str | None) -> None:
    assert algorithm_in(folder) == algorithm
