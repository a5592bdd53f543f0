"""The form asks what to train: another task, or an environment with an algorithm that fits it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import start_form
from pages.ui.gym import known
from tests.pages.conftest import everything_said, labelled, opened, read_out
from tests.pages.other_tasks import install_archery
from trainer.creating import create_run
from trainer.run_files.config_file import read_config
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.run_directory import list_runs
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.catalogue import Answer, Catalogue, Environment

INSTALL = 'pip install "gymnasium[jax]"'
LISTED = (
    Environment("CartPole-v1", "Classic control", "Discrete", "Box"),
    Environment("CartPole-v0", "Classic control", "Discrete", "Box", old=True),
    Environment("Pendulum-v1", "Classic control", "Box", "Box"),
    Environment("ALE/Pong-v5", "Atari", "Discrete", "image"),
    Environment("Mine-v0", "Others"),
    Environment("phys2d/Pendulum-v0", "Jax", needs=INSTALL, problem="phys2d/Pendulum-v0 needs packages that are not installed."),
)
EPS = {"exploration_initial_eps": "1", "exploration_final_eps": "0.05"}
CATALOGUE = Catalogue(LISTED, {"ppo": {"gamma": "0.99", "normalize_advantage": "on"}, "dqn": {"buffer_size": "1,000,000", **EPS}})
Answers = Callable[[str, str], Answer]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Answer]:
    """What the process says, by what it is asked: for an environment it knows nothing of, it is at work."""
    said = {("", ""): Answer(CATALOGUE)}
    monkeypatch.setattr(known, "ask", lambda _dir, name="", options="": said.get((name, options), Answer()))
    monkeypatch.setattr(start_form, "start_trainer", lambda _: 1)
    return said


@pytest.fixture
def form(app: AppTest, answers: dict[tuple[str, str], Answer]) -> AppTest:
    """The form, asking for an environment."""
    assert answers
    return chosen(app)


def chosen(app: AppTest, task: str = "gym") -> AppTest:
    """The form of a task."""
    opened(app, "streamlit_app.py").button(key="start_new_run").click().run()
    app.button_group(key="new_task").set_value(task).run()
    assert not app.exception
    return app


def take(form: AppTest, what: str, value: str) -> None:
    """Choose the environment or the algorithm, or type one."""
    box = form.selectbox(key=f"new_{what}")
    if value not in (*box.options, *ALGORITHMS):
        box.options.append(value)  # as a browser does with what is typed; the test's own widgets know no new options
    box.set_value(value).run()
    assert not form.exception


def said_in(form: AppTest) -> str:
    """What the form says is wrong."""
    return read_out(form.error[0].value)


def field(form: AppTest, label: str) -> Any:
    """A field of a setting."""
    return labelled([one for one in (*form.text_input, *form.selectbox) if str(one.key).startswith("new_")], label)


def labels(form: AppTest) -> set[str]:
    """What the fields are called."""
    return {one.label for one in (*form.text_input, *form.selectbox)}


def start(form: AppTest, runs_dir: Path) -> dict[str, Any]:
    """Start the run; its settings."""
    form.button(key="start_training").click().run()
    return read_config(list_runs(runs_dir)[0]).settings


def test_another_task_keeps_the_name_and_the_seed_and_nothing_else(form: AppTest) -> None:
    field(form, "Name").set_value("My run")
    field(form, "Seed").set_value("7")
    field(form, "Total steps").set_value("5000")
    form.button_group(key="new_task").set_value("tetris").run()
    assert [field(form, label).value for label in ("Name", "Seed", "Total steps")] == ["My run", "7", "1,000,000"]
    assert "Environment" not in labels(form)
    form.button_group(key="new_task").set_value("gym").run()
    assert [field(form, label).value for label in ("Name", "Seed")] == ["My run", "7"]


def test_a_task_of_somebody_else_is_offered_with_its_own_settings(app: AppTest, monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> None:
    install_archery(monkeypatch)
    monkeypatch.setattr(start_form, "start_trainer", lambda _: 1)
    chosen(app, "archery")
    assert {"Distance", "Bow", "Seed"} <= labels(app)
    assert not [one for one in app.button_group if "preset" in str(one.key)], "there is nothing to choose"
    field(app, "Distance").set_value("30")
    assert start(app, runs_dir)["distance"] == 30


def test_environments_are_listed_by_family_without_older_versions(form: AppTest) -> None:
    assert form.selectbox(key="new_env").options == [
        "CartPole-v1 · Classic control", "Pendulum-v1 · Classic control", "ALE/Pong-v5 · Atari", "Mine-v0 · Others",
        "phys2d/Pendulum-v0 · Jax · not installed",
    ]  # fmt: skip


def test_environment_and_algorithm_fill_in_the_tuned_settings_unless_something_else_was_typed(form: AppTest, runs_dir: Path) -> None:
    assert [field(form, label).value for label in ("Total steps", "Parallel environments", "Steps a rollout")] == ["100,000", "8", "32"]
    assert "PPO** learns **CartPole-v1** with the tuned settings of RL Baselines3 Zoo" in read_out(everything_said(form))
    field(form, "Discount γ").set_value("0.5")
    take(form, "env", "Pendulum-v1 · Classic control")
    assert [field(form, label).value for label in ("Parallel environments", "Steps a rollout", "Discount γ")] == ["4", "1,024", "0.5"]
    form.button_group(key="new_preset_gym").set_value("defaults").run()
    assert [field(form, label).value for label in ("Parallel environments", "Steps a rollout", "Discount γ")] == ["1", "", "0.5"]
    settings = start(form, runs_dir)
    assert (settings["env"], settings["algo"], settings["gamma"], settings["n_steps"]) == ("Pendulum-v1", "ppo", 0.5, None)


def test_a_run_that_nobody_names_is_called_by_what_it_trains(form: AppTest, runs_dir: Path) -> None:
    start(form, runs_dir)
    (run,) = list_runs(runs_dir)
    assert read_config(run).name == "PPO on CartPole-v1"
    assert run.run_id.endswith("-ppo-on-cartpole-v1")


def test_where_nothing_is_published_the_algorithms_own_settings_hold_until_something_is(form: AppTest) -> None:
    take(form, "env", "Mine-v0 · Others")
    assert not [one for one in form.button_group if one.key == "new_preset_gym"], "there is nothing to choose"
    assert "PPO** learns **Mine-v0** with the algorithm's own settings; no tuned ones are published" in read_out(everything_said(form))
    take(form, "env", "Pendulum-v1 · Classic control")
    assert form.button_group(key="new_preset_gym").value == "tuned"
    form.button_group(key="new_preset_gym").set_value("defaults").run()
    take(form, "env", "CartPole-v1 · Classic control")
    assert form.button_group(key="new_preset_gym").value == "defaults", "as a person has chosen"


@pytest.mark.long
def test_only_algorithms_that_can_take_the_actions_are_offered(form: AppTest, runs_dir: Path) -> None:
    assert "SAC" not in form.selectbox(key="new_algo").options
    assert "Not offered, for want of such actions: SAC, TD3" in read_out(everything_said(form))
    take(form, "env", "Pendulum-v1 · Classic control")
    assert not {"DQN · tuned", "QRDQN · tuned"} & set(form.selectbox(key="new_algo").options)
    take(form, "algo", "sac")
    take(form, "env", "ALE/Pong-v5 · Atari")
    assert form.selectbox(key="new_algo").value == "ppo", "sac cannot take a button"
    assert start(form, runs_dir)["algo"] == "ppo"


def test_the_algorithms_own_settings_are_shown_with_what_they_are_if_nobody_says_anything(form: AppTest) -> None:
    assert {"Clip range", "Discount γ"} <= labels(form)
    assert not {"Replay buffer", "gSDE", "Action noise σ"} & labels(form)
    assert field(form, "Discount γ").placeholder == "0.99, the algorithm's own"
    assert field(form, "Normalise advantages").options[0] == "default (on)"
    field(form, "Clip range").set_value("nonsense")
    take(form, "algo", "dqn")
    assert "Clip range" not in labels(form)
    assert field(form, "Replay buffer").placeholder == "1,000,000, the algorithm's own"
    form.button(key="start_training").click().run()
    assert not form.error, "a setting that means nothing is not asked for"


def test_what_the_settings_say_of_each_other_is_said_at_the_field(form: AppTest, runs_dir: Path) -> None:
    for label, typed, said in (
        ("Entropy coefficient", "much", "must be a number"),
        ("Network's options", '{"activation_fn": "Soft"}', "activation_fn of policy_kwargs must be one of Tanh, ReLU"),
    ):
        field(form, label).set_value(typed)
        form.button(key="start_training").click().run()
        assert said in said_in(form)
        field(form, label).set_value("")
    field(form, "Entropy coefficient").set_value("much")
    form.button(key="start_training").click().run()
    assert "Must be a number." in read_out(" ".join(str(one.value) for one in form.caption))
    assert list_runs(runs_dir) == []


def test_while_the_process_is_at_work_the_usual_environments_are_there(
    app: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path
) -> None:
    answers["", ""] = Answer()
    form = chosen(app)
    assert "Looking what is installed here" in everything_said(form)
    assert "LunarLander-v3" in form.selectbox(key="new_env").options
    assert {"PPO · tuned", "SAC"} <= set(form.selectbox(key="new_algo").options)
    take(form, "env", "LunarLander-v3")
    answers["", ""] = Answer(CATALOGUE)
    form.run()
    assert form.selectbox(key="new_env").value == "LunarLander-v3", "what was chosen stays when the list comes"
    assert start(form, runs_dir)["env"] == "LunarLander-v3"


def test_a_process_that_fails_is_quoted_and_can_be_asked_again(
    app: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers["", ""] = Answer(problem="no space left on *device*")
    forgotten = list[Any]()
    monkeypatch.setattr(known, "ask_again", lambda *question: forgotten.append(question[1:]))
    form = chosen(app)
    assert "It could not be told what is here: no space left on *device*" in read_out(everything_said(form))
    answers["", ""] = Answer(CATALOGUE)
    form.button(key="look_again").click().run()
    assert () in forgotten
    assert "Actions: Discrete" in everything_said(form)
    assert start(form, runs_dir)["env"] == "CartPole-v1"


def test_an_environment_that_needs_a_package_says_so_and_is_not_started(form: AppTest, runs_dir: Path) -> None:
    take(form, "env", "phys2d/Pendulum-v0 · Jax · not installed")
    assert INSTALL in [one.value for one in form.code]
    form.button(key="start_training").click().run()
    assert f"phys2d/Pendulum-v0 needs packages that are not installed. Install them, then look again: {INSTALL}" in said_in(form)
    assert list_runs(runs_dir) == []


def test_an_environment_that_was_typed_is_looked_at_by_itself(
    form: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path
) -> None:
    take(form, "env", "mine:Env-v0")
    assert "Looking what is installed here" in everything_said(form)
    found = Environment("mine:Env-v0", "Others", "MultiDiscrete", "Dict")
    answers["mine:Env-v0", ""] = Answer(Catalogue((found,), {}))
    form.run()
    assert "Actions: MultiDiscrete · observations: Dict" in everything_said(form)
    assert "DQN" not in form.selectbox(key="new_algo").options
    assert start(form, runs_dir)["env"] == "mine:Env-v0"


def test_a_part_of_a_name_takes_the_first_environment_that_has_it(form: AppTest) -> None:
    for typed, expected in (("pong", "ALE/Pong-v5 · Atari"), ("pendulum", "Pendulum-v1 · Classic control"), ("CartPole-v0", "CartPole-v0")):
        take(form, "env", typed)
        assert str(form.selectbox(key="new_env").value).startswith(expected)


@pytest.mark.long
def test_a_name_that_nobody_knows_is_refused_with_the_sentence_of_the_trainer(
    form: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path
) -> None:
    problem = "CartPol-v9 must be an environment that is registered here; near it are CartPole-v1."
    answers["CartPol-v9", ""] = Answer(Catalogue((Environment("CartPol-v9", "Others", problem=problem),), {}))
    take(form, "env", "CartPol-v9")
    assert problem in read_out(everything_said(form))
    form.button(key="start_training").click().run()
    assert problem in said_in(form)
    assert list_runs(runs_dir) == []


def test_action_masks_are_asked_for_where_there_are_some(form: AppTest, answers: dict[tuple[str, str], Answer]) -> None:
    assert "MaskablePPO" not in form.selectbox(key="new_algo").options
    assert "MaskablePPO (needs action masks)" in read_out(everything_said(form))
    answers["Mine-v0", ""] = Answer(Catalogue((Environment("Mine-v0", "Others", "Discrete", "Box", masks=True),), {}))
    take(form, "env", "Mine-v0 · Others")
    assert "MaskablePPO" in form.selectbox(key="new_algo").options


@pytest.mark.parametrize(
    ("actions", "observations", "said"), [("Discrete", "Tuple", "observations of Tuple"), ("Text", "Box", "actions of Text")]
)
def test_spaces_that_nothing_can_learn_from_are_refused(
    form: AppTest, answers: dict[tuple[str, str], Answer], actions: str, observations: str, said: str
) -> None:
    answers["Mine-v0", ""] = Answer(Catalogue((Environment("Mine-v0", "Others", actions, observations),), {}))
    take(form, "env", "Mine-v0 · Others")
    form.button(key="start_training").click().run()
    assert f"Mine-v0 has {said}, which none of the algorithms can take." in said_in(form)


def test_with_other_options_an_environment_may_have_other_actions(
    form: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path
) -> None:
    answers["CartPole-v1", '{"force": 1}'] = Answer(Catalogue((Environment("CartPole-v1", "Classic control", "Box", "Box"),), {}))
    form.text_input(key="new_env_kwargs").set_value("{force}").run()
    form.button(key="start_training").click().run()
    assert "Environment's options must be an object of JSON" in read_out(form.error[0].value)
    form.text_input(key="new_env_kwargs").set_value('{"force": 1}').run()
    assert "SAC" in form.selectbox(key="new_algo").options
    assert start(form, runs_dir)["env_kwargs"] == '{"force": 1}'


@pytest.mark.long
def test_a_fork_goes_on_in_the_same_environment_with_the_same_algorithm(
    app: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path
) -> None:
    assert answers
    parent = create_run(GymSettings(env="Pendulum-v1", algo="sac", gamma=0.9), name="Parent", runs_dir=runs_dir)
    save_best(parent, b"a model", BestMetadata("gym", "mean_reward", 9.0, 9.0, 4_000, 1, 5, 1.0))
    form = chosen(app)
    take(form, "env", "CartPole-v1 · Classic control")
    form.button_group(key="new_preset_gym").set_value("fork").run()
    boxes = {one.label: one for one in form.selectbox if one.label in ("Environment", "Algorithm")}
    assert [(box.value, box.disabled) for box in boxes.values()] == [("Pendulum-v1", True), ("sac", True)]
    assert field(form, "Discount γ").value == "0.9"
    form.button(key="start_training").click().run()
    child = next(run for run in list_runs(runs_dir) if run != parent)
    config = read_config(child)
    assert (config.settings["env"], config.settings["algo"], config.settings["gamma"]) == ("Pendulum-v1", "sac", 0.9)
    assert config.parent is not None


def test_a_fork_says_from_where_it_explores(app: AppTest, answers: dict[tuple[str, str], Answer], runs_dir: Path) -> None:
    assert answers
    create_run(GymSettings(algo="dqn"), name="Parent", runs_dir=runs_dir)
    form = chosen(app)
    take(form, "algo", "dqn")
    form.button_group(key="new_preset_gym").set_value("defaults").run()
    assert field(form, "Initial ε").placeholder == "1, the algorithm's own"
    form.button_group(key="new_preset_gym").set_value("fork").run()
    assert field(form, "Initial ε").placeholder == "0.05, the algorithm's own"
