"""What can be trained here is found without making a thousand environments, and said as it is."""

import importlib
import inspect
import json
from typing import Any

import gymnasium
import pytest

from tests.commands import call
from trainer.tasks.gym import listing
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.catalogue import Catalogue
from trainer.tasks.gym.listing import defaults_of, list_environments


@pytest.fixture(scope="module")
def listed() -> Catalogue:
    """Everything that is registered here."""
    return list_environments()


def test_the_usual_environments_come_first_with_the_spaces_they_have(listed: Catalogue) -> None:
    assert listed.environments[0].id.startswith("CartPole")
    assert list(dict.fromkeys(one.family for one in listed.environments))[:5] == [
        *("Classic control", "Box2D", "MuJoCo", "Atari", "Toy text"),
    ]
    spaces = {"Pendulum-v1": ("Box", "Box"), "ALE/Pong-v5": ("Discrete", "image"), "CarRacing-v3": ("Box", "image")}
    for name, expected in spaces.items():
        found = listed.find(name)
        assert found is not None
        assert (found.actions, found.observations) == expected
        assert not found.old


def test_one_game_stands_for_all_of_atari(listed: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    made, make = list[str](), gymnasium.make

    def note(name: str, **options: Any) -> Any:
        made.append(name)
        return make(name, **options)

    monkeypatch.setattr(gymnasium, "make", note)
    listing._stands_for_all.cache_clear()
    assert list_environments() == listed
    assert len([name for name in made if "ALE/" in name]) == 1
    assert {one.actions for one in listed.environments if one.family == "Atari"} == {"Discrete"}


def test_older_versions_are_marked_and_what_has_moved_elsewhere_is_not_listed(listed: Catalogue) -> None:
    assert {name: found.old for name in ("CartPole-v0", "CartPole-v1", "Pong-v4") if (found := listed.find(name))} == {
        "CartPole-v0": True, "CartPole-v1": False, "Pong-v4": True,
    }  # fmt: skip
    assert listed.find("HalfCheetah-v2") is None
    assert listed.find("GymV26Environment-v0") is None


def test_an_environment_whose_package_is_missing_is_listed_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(name: str, **_: Any) -> Any:
        raise ModuleNotFoundError(f"no module for {name}", name="Box2D")

    monkeypatch.setattr(listing, "_stands_for_all", lambda family: listing._make(listing.ONE_FOR_ALL[family], family))
    monkeypatch.setattr(gymnasium, "make", make)
    found = list_environments().find("LunarLander-v3")
    assert found is not None
    assert found.needs == 'python -m pip install "gymnasium[box2d]"'
    assert found.problem == "LunarLander-v3 needs packages that are not installed."
    monkeypatch.setattr(listing, "_register_atari", lambda: False)
    monkeypatch.setattr(gymnasium, "registry", {"CartPole-v1": gymnasium.registry["CartPole-v1"]})
    game = list_environments().find("ALE/Pong-v5")
    assert game is not None
    assert game.needs == 'python -m pip install "gymnasium[atari]"'


def test_an_environment_of_somebody_else_is_made_only_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        gymnasium.registry, "Mine-v0", gymnasium.envs.registration.EnvSpec("Mine-v0", "tests.trainer.tasks.gym.test_listing:no_env")
    )
    listed = list_environments().find("Mine-v0")
    assert listed is not None
    assert (listed.family, listed.actions, listed.problem) == ("Others", "", "")
    assert "no_env" in list_environments(["Mine-v0"]).environments[0].problem
    assert "CartPole" in list_environments(["CartPole-v7"]).environments[0].problem


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_defaults_are_those_of_the_constructor(name: str) -> None:
    algorithm = ALGORITHMS[name]
    kind = getattr(importlib.import_module(algorithm.module), algorithm.class_name)
    signature = inspect.signature(kind.__init__).parameters
    defaults = defaults_of(algorithm)
    assert set(defaults) == algorithm.hyperparameters
    for hyperparameter, words in defaults.items():
        value = signature[hyperparameter].default
        if value is None or isinstance(value, bool | str):
            assert words == {"True": "on", "False": "off", "None": "none"}.get(str(value), value)
        else:
            assert float(words.replace(",", "")) == value


def test_the_command_prints_the_newest_a_line_and_json_holds_all() -> None:
    text = call("environments").stdout
    assert "  LunarLander-v3 " in text
    assert "CartPole-v0" not in text
    assert "CartPole-v0" in call("environments", "--all").stdout
    assert "Box " in call("environments", "LunarLander-v3", "--env-kwargs", '{"continuous": true}').stdout
    document = json.loads(call("environments", "CartPole-v0", "--json").stdout)
    assert [one["id"] for one in document["environments"]] == ["CartPole-v0"]
    document = json.loads(call("environments", "--json").stdout)
    assert "CartPole-v0" in [one["id"] for one in document["environments"]]
    assert document["defaults"]["dqn"]["buffer_size"] == "1,000,000"
