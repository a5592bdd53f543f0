"""The table of algorithms is what is installed."""

import importlib
import inspect

import pytest

from trainer.tasks.gym.about import GROUP, OF_ALL, GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS

NOT_HYPERPARAMETERS = {
    *("self", "policy", "env", "tensorboard_log", "verbose", "seed", "device", "_init_setup_model", "policy_kwargs", "stats_window_size"),
    *("replay_buffer_class", "replay_buffer_kwargs", "rollout_buffer_class", "rollout_buffer_kwargs"),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_hyperparameter_of_an_algorithm_is_known_and_no_other(name: str) -> None:
    algorithm = ALGORITHMS[name]
    kind = getattr(importlib.import_module(algorithm.module), algorithm.class_name)
    assert algorithm.hyperparameters == set(inspect.signature(kind.__init__).parameters) - NOT_HYPERPARAMETERS
    assert {f"{policy}{algorithm.ending}" for policy in algorithm.policies} == set(kind.policy_aliases) - {"LinearPolicy"}


def test_every_hyperparameter_is_a_setting_and_every_such_setting_one_of_an_algorithm() -> None:
    settings = {one.name for one in GymSettings.described() if one.group == GROUP} - set(OF_ALL)
    assert settings == set().union(*(one.hyperparameters for one in ALGORITHMS.values()))


def test_a_hyperparameter_without_a_value_is_the_algorithms_own() -> None:
    for one in GymSettings.described():
        if one.group == GROUP and one.name != "schedule":
            assert one.default in (None, "default")
