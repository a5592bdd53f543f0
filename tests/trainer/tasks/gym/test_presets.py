"""Known settings are settings that an algorithm has."""

import pytest

from trainer.tasks.gym.about import ABOUT, GROUP, OF_ALL, GymSettings, follow
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.presets import DEFAULTS, TUNED, TUNED_PRESET


@pytest.mark.parametrize(("env", "algo"), TUNED)
def test_known_settings_can_be_trained(env: str, algo: str) -> None:
    settings = GymSettings(**{"env": env, "algo": algo, **follow({"env": env, "algo": algo}, TUNED_PRESET)})
    given = {one.name for one in settings.described() if one.group == GROUP and getattr(settings, one.name) not in (None, "default")}
    assert given - set(OF_ALL) <= ALGORITHMS[settings.algo].hyperparameters


def test_known_settings_follow_from_environment_and_algorithm_alone() -> None:
    assert follow({"env": "CartPole-v1", "algo": "ppo"}, TUNED_PRESET) == TUNED["CartPole-v1", "ppo"]
    assert follow({}, TUNED_PRESET) == TUNED["CartPole-v1", "ppo"], "the defaults"
    assert follow({"env": "Mine-v0"}, TUNED_PRESET) == {}
    assert ABOUT.presets[ABOUT.default_preset] == {}


def test_whoever_wants_the_defaults_gets_them() -> None:
    assert follow({"env": "CartPole-v1", "algo": "ppo"}, DEFAULTS) == {}
    assert set(ABOUT.presets) == {TUNED_PRESET, DEFAULTS} == set(ABOUT.preset_labels) == set(ABOUT.preset_help)
