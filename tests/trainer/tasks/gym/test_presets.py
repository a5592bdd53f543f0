"""Known settings are settings that an algorithm has."""

import pytest

from trainer.tasks.gym.about import ABOUT, GROUP, OF_ALL, GymSettings, follow
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.presets import PRESETS, TUNED


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_trained(name: str) -> None:
    settings = GymSettings(**PRESETS[name])
    given = {one.name for one in settings.described() if one.group == GROUP and getattr(settings, one.name) not in (None, "default")}
    assert given - set(OF_ALL) <= ALGORITHMS[settings.algo].hyperparameters


def test_known_settings_follow_from_environment_and_algorithm_alone() -> None:
    assert follow({"env": "CartPole-v1", "algo": "ppo"}) == TUNED["CartPole-v1", "ppo"]
    assert follow({}) == TUNED["CartPole-v1", "ppo"], "the defaults"
    assert follow({"env": "Mine-v0"}) == {}
    assert ABOUT.presets[ABOUT.default_preset] == {}
