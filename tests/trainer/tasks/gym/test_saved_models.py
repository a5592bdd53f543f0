"""A saved model is whole: it plays as it did when it was saved, whatever was learned since."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.trainer.tasks.gym.test_learner import QUICK, task
from trainer.creating import create_run
from trainer.errors import FormatError
from trainer.learning.session import RunSession
from trainer.run_files.origin import save_origin
from trainer.tasks.gym.about import ABOUT, GymSettings
from trainer.tasks.gym.learner import GymTask

NORMALIZED: dict[str, Any] = {"env": "Pendulum-v1", "algo": "ppo", "normalize": "observations and rewards", **QUICK["ppo"]}


def test_an_evaluation_that_was_cut_short_sees_the_averages_of_its_own_model(tmp_path: Path) -> None:
    made = task(tmp_path, **NORMALIZED)
    made.model.learn(64)
    content, first = made.model_bytes(), made.evaluate(made.copy_policy(made.model_bytes()), lambda: True)
    made.model.learn(256)
    again = made.evaluate(made.read_policy(content), lambda: True)
    assert first is not None
    assert again is not None
    assert again.rewards == first.rewards
    fresh = task(tmp_path, **NORMALIZED)
    resumed = fresh.evaluate(fresh.read_policy(content), lambda: True)
    assert resumed is not None
    assert resumed.rewards == first.rewards, "a resume reads it before its environments are put back"


def test_a_fork_begins_with_weights_and_averages(tmp_path: Path) -> None:
    parent, child = task(tmp_path, **NORMALIZED), task(tmp_path, **NORMALIZED)
    parent.model.learn(128)
    child.start_from(parent.model_bytes())
    played = [one.evaluate(one.copy_policy(one.model_bytes()), lambda: True) for one in (parent, child)]
    assert played[0] is not None
    assert played[1] is not None
    assert played[0].rewards == played[1].rewards
    with pytest.raises(FormatError, match="normalize must stay as it was"):
        task(tmp_path, **NORMALIZED | {"normalize": "off"}).start_from(parent.model_bytes())


def test_what_is_needed_to_play_it_goes_with_its_metadata(tmp_path: Path) -> None:
    made = task(tmp_path, **NORMALIZED)
    metadata = made.describe_model([])
    again = GymSettings.from_json(metadata.settings)
    assert again.of_learning == made.config.of_learning == metadata.settings
    assert not {"eval_every", "device", "checkpoint_every_s"} & set(metadata.settings), "how it was measured is of no use"


def test_a_fork_of_a_learner_that_adapts_its_entropy_goes_on_with_it(tmp_path: Path) -> None:
    settings = {"env": "Pendulum-v1", "algo": "sac", **QUICK["sac"]}
    parent, child, fixed = (task(tmp_path, **settings | changes) for changes in ({}, {}, {"ent_coef": "0.2"}))
    parent.model.learn(120)
    for one in (child, fixed):
        one.start_from(parent.model_bytes())
    adapted = vars(parent.model)["log_ent_coef"].item()
    assert vars(child.model)["log_ent_coef"].item() == adapted != 0
    assert vars(fixed.model)["ent_coef_tensor"].item() == pytest.approx(0.2), "a setting is kept"


def test_a_fork_explores_as_its_parent_did_at_the_end() -> None:
    assert ABOUT.fork_of(GymSettings(algo="dqn", exploration_final_eps=0.04))["exploration_initial_eps"] == 0.04
    assert ABOUT.fork_of(GymSettings(algo="ppo"))["exploration_initial_eps"] is None


@pytest.mark.parametrize("algo", ["dqn", "qrdqn", "sac"])
def test_a_fork_acts_as_its_model_does_from_the_first_step_on(tmp_path: Path, algo: str) -> None:
    env = "Pendulum-v1" if algo == "sac" else "CartPole-v1"
    settings = {"env": env, "algo": algo, **QUICK[algo], "learning_starts": 10_000}
    parent = task(tmp_path / "parent", **settings)
    config = GymSettings(**{**settings, "net_arch": (8,)})
    run = create_run(config, runs_dir=tmp_path / "child")
    save_origin(run, parent.model_bytes())
    child = GymTask(RunSession(run, total_timesteps=100), config)
    child.start_from(parent.model_bytes())
    acted = list[int]()
    for one in (parent.model, child.model):
        with mock.patch.object(one, "predict", wraps=one.predict) as predict:
            one.learn(20)
        acted.append(predict.call_count)
    assert acted == [0, 20]
    if algo != "sac":
        eps = [vars(one.model)["exploration_initial_eps"] for one in (parent, child)]
        assert eps == [1.0, vars(child.model)["exploration_final_eps"]]
    assert vars(child.model)["learning_starts"] == 10_000, "nothing is learned before there is something to learn from"
