"""The form that starts a sweep.

What it proposes, what it costs, where its mistakes are marked, and what comes of it.
"""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.sweeps import form, plan
from pages.ui.sweeps.proposals import proposal_of
from tests.pages.conftest import SWEEPS, labelled, opened, read_out, said
from trainer.errors import TrainerStartError
from trainer.run_files.studies import Study, Vary, make_study
from trainer.run_files.study_directory import StudyDirectory
from trainer.settings import Setting
from trainer.tasks import find_about
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.tetris.about import TetrisSettings

GYM = {one.name: one for one in GymSettings.described()}
TETRIS = {one.name: one for one in TetrisSettings.described()}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    """The studies that were started; no process is."""
    studies: list[Study] = []

    def start(runs_dir: Path, study: Study) -> StudyDirectory:
        studies.append(study)
        return make_study(runs_dir, study)

    monkeypatch.setattr(form, "start_sweep", start)
    return studies


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The form, open."""
    page = opened(app, SWEEPS)
    page.button(key="start_sweep").click().run()
    assert not page.exception
    return page


def field(page: AppTest, label: str) -> Any:
    """A field of the form."""
    return labelled([*page.text_input, *page.selectbox, *page.multiselect], label)


def start(page: AppTest) -> None:
    """Press the button."""
    page.button(key="start_the_sweep").click().run()
    assert not page.exception


def cost(page: AppTest) -> str:
    """What the form says that it costs; nothing if that cannot be told."""
    return next((read_out(one.value) for one in page.info if "steps** in all" in str(one.value)), "")


def mistakes(page: AppTest) -> list[str]:
    """Every mistake, below the form."""
    return read_out(page.error[0].value).split("  \n") if page.error else []


def test_the_proposals_are_ready_to_start(page: AppTest, started: list[Study]) -> None:
    assert field(page, "Settings that vary").value == ["learning_rate"]
    assert (field(page, "Learning rate").value, field(page, "Learning rate: from").value) == (
        "log",
        "0.0001",
    )
    assert cost(page) == "20 trials × 3 seeds + 3 best × 5 new seeds = **75 runs** of 1,000,000 steps: **75.0M steps** in all."
    start(page)
    (study,) = started
    assert study.vary == [Vary("learning_rate", "log", 1e-4, 1e-2)]
    assert (study.task, study.method, study.trials, study.seeds) == ("tetris", "tpe", 20, [1, 2, 3])
    assert (study.metric, study.decide, study.pruner, study.confirm_top) == (
        find_about("tetris").default_metric,
        "iqm",
        "",
        3,
    )
    assert study.confirm_seeds == [4, 5, 6, 7, 8]
    assert "Tetris: learning_rate" in said(page), "the sweep is shown"
    assert not page.button(key="start_sweep").disabled


@pytest.mark.long
def test_what_is_chosen_is_what_is_searched(page: AppTest, started: list[Study]) -> None:
    page.button_group(key="new_task").set_value("gym").run()
    field(page, "Settings that vary").set_value(["gamma", "batch_size", "normalize_advantage"]).run()
    field(page, "Discount γ").set_value("choices").run()
    field(page, "Discount γ: values").set_value("0.9, 0.99").run()
    field(page, "Batch size: from").set_value("32")
    field(page, "Batch size: to").set_value("64")
    field(page, "Method").set_value("random").run()
    field(page, "Trials").set_value("8").run()
    field(page, "Seeds").set_value("1,4,9").run()
    field(page, "Steps of each run").set_value("20,000").run()
    field(page, "Best to confirm").set_value("2")
    field(page, "Unseen seeds").set_value("11-13").run()
    field(page, "Runs at once").set_value("2")
    field(page, "Name of the sweep").set_value("  Rates  and more ")
    assert cost(page) == "8 trials × 3 seeds + 2 best × 3 new seeds = **30 runs** of 20,000 steps: **600k steps** in all."
    start(page)
    (study,) = started
    assert [one.setting for one in study.vary] == ["gamma", "batch_size", "normalize_advantage"]
    assert study.vary[0].values == [0.9, 0.99]
    assert (study.vary[1].scale, study.vary[1].low, study.vary[1].high) == ("log", 32, 64)
    assert study.vary[2].values == ["default", "on", "off"]
    assert (study.method, study.trials, study.seeds, study.confirm_seeds) == (
        "random",
        8,
        [1, 4, 9],
        [11, 12, 13],
    )
    assert (study.workers, study.name, study.settings["total_timesteps"]) == (
        2,
        "Rates and more",
        20_000,
    )


def test_a_grid_has_choices_alone_and_as_many_trials_as_they_make(page: AppTest, started: list[Study]) -> None:
    field(page, "Settings that vary").set_value(["learning_rate", "gamma"]).run()
    field(page, "Method").set_value("grid").run()
    assert field(page, "Learning rate").options == ["Choices"]
    field(page, "Discount γ: values").set_value("0.9, 0.99").run()
    assert field(page, "Trials").value == "6: every combination"
    assert cost(page).startswith("6 trials × 3 seeds")
    start(page)
    assert [study.trials for study in started] == [6]


def test_every_mistake_is_marked_at_its_field_in_one_sentence(page: AppTest, started: list[Study]) -> None:
    field(page, "Learning rate: from").set_value("0.1")
    field(page, "Learning rate: to").set_value("0.001")
    field(page, "Trials").set_value("0").run()
    field(page, "Seeds").set_value("3-1").run()
    field(page, "Steps of each run").set_value("many").run()
    field(page, "Runs at once").set_value("")
    start(page)
    assert started == []
    assert mistakes(page) == [
        "Total steps must be a whole number from 1 to 10,000,000,000; got “many”.",
        "Learning rate must vary from a smaller to a larger value; got 0.1 to 0.001.",
        "Trials must be a whole number from 1 to 10,000; got “0”.",
        "Runs at once must be a whole number from 1 to 10,000; got “”.",
        "Seeds must be a range that grows, 1-3; got '3-1'.",
    ]
    beside = [read_out(caption.value) for caption in page.caption if ":red[" in str(caption.value)]
    assert len(beside) == 5
    assert beside[0] == ":red[:material/error: Must vary from a smaller to a larger value.]"
    assert next(one for one in page.expander if one.label.startswith("Confirmation")).proto.expanded, "a mistake is never out of sight"
    assert cost(page) == ""
    field(page, "Trials").set_value("5").run()
    assert len(mistakes(page)) == 4, "what is right is no longer marked"
    page.button(key="reset_sweep").click().run()
    assert mistakes(page) == []
    assert (field(page, "Trials").value, field(page, "Seeds").value) == ("20", "1-3")


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"Settings that vary": []}, "Choose at least one setting that varies."),
        (
            {"Unseen seeds": "3-5"},
            "The seeds to confirm with must be ones that the search never saw; 3 is among both.",
        ),
        ({"Learning rate: to": "9"}, "Learning rate must be a number from 1e-07 to 1; got '9'."),
        ({"Learning rate: from": "0"}, "Learning rate must be a number from 1e-07 to 1; got '0'."),
        (
            {"Seeds": "7", "Pruning": "median"},
            "median looks at a trial after each of its seeds, so that it needs two or more; got 1.",
        ),
    ],
)
def test_what_cannot_be_is_said(page: AppTest, started: list[Study], fields: dict[str, Any], mistake: str) -> None:
    for label, value in fields.items():
        field(page, label).set_value(value).run()
    start(page)
    assert mistakes(page) == [mistake]
    assert started == []


def test_no_more_are_confirmed_than_there_are(page: AppTest, started: list[Study]) -> None:
    field(page, "Trials").set_value("2").run()
    assert cost(page).startswith("2 trials × 3 seeds + 2 best × 5 new seeds = **16 runs**")
    start(page)
    assert [study.confirm_top for study in started] == [2]


def test_pruning_is_off_and_warns_when_it_is_not(page: AppTest, started: list[Study]) -> None:
    assert field(page, "Pruning").value == ""
    assert "may mislead" not in said(page)
    field(page, "Pruning").set_value("median").run()
    assert "Pruning saves time and may mislead" in said(page)
    start(page)
    assert [study.pruner for study in started] == ["median"]


def test_a_sweep_that_cannot_be_started_leaves_the_form_as_it_was(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise TrainerStartError("The process could not be started: no memory.")

    monkeypatch.setattr(form, "start_sweep", refuse)
    field(page, "Trials").set_value("7").run()
    start(page)
    assert "The process could not be started: no memory." in said(page)
    assert field(page, "Trials").value == "7"


def test_what_was_typed_stays_when_the_form_is_closed(page: AppTest) -> None:
    field(page, "Trials").set_value("7").run()
    page.session_state["open_dialog"] = None
    page.run()
    page.button(key="start_sweep").click().run()
    assert field(page, "Trials").value == "7"


@pytest.mark.parametrize(
    ("setting", "now", "scale", "low", "high"),
    [
        (GYM["learning_rate"], "0.0003", "log", "3e-05", "0.003"),
        (TETRIS["learning_rate"], "0.5", "log", "0.05", "1"),
        (GYM["gamma"], "0.99", "linear", "0.9", "0.999"),
        (GYM["gae_lambda"], "0.95", "linear", "0.5", "0.995"),
        (GYM["gamma"], "1", "log", "0.1", "1"),
        (GYM["exploration_final_eps"], "0", "linear", "0", "1"),
        (GYM["batch_size"], "64", "log", "16", "256"),
        (GYM["n_steps"], "2,048", "log", "512", "8,192"),
        (GYM["n_envs"], "1", "log", "1", "4"),
        (GYM["gradient_steps"], "-1", "linear", "-1", "9"),
        (GYM["learning_rate"], None, "log", "", ""),
        (GYM["normalize_advantage"], "on", "choices", "", ""),
        (GYM["net_arch"], "64, 64", "choices", "", ""),
    ],
    ids=lambda value: value.name if isinstance(value, Setting) else str(value),
)
def test_sensible_values_are_proposed(setting: Setting, now: str | None, scale: str, low: str, high: str) -> None:
    proposal = proposal_of(setting, now)
    assert (proposal.scales[0], proposal.low, proposal.high) == (scale, low, high)


def test_choices_are_proposed_too() -> None:
    assert proposal_of(GYM["normalize_advantage"], "on").values == "on, default, off"
    assert proposal_of(GYM["net_arch"], "64, 64").values == "64x64"
    assert proposal_of(GYM["gamma"], "0.99").values == "0.9, 0.95, 0.999"
    assert proposal_of(GYM["batch_size"], "64").values == "16, 64, 256"


def test_another_task_has_other_settings_to_vary(page: AppTest, started: list[Study]) -> None:
    page.button_group(key="new_task").set_value("gym").run()
    field(page, "Settings that vary").set_value(["gamma", "n_steps"]).run()
    page.button_group(key="new_task").set_value("tetris").run()
    assert not page.exception
    assert field(page, "Settings that vary").value == ["gamma"]
    assert [one.label for one in page.text_input if one.label.endswith(": from")] == ["Discount γ: from"]
    start(page)
    assert [[one.setting for one in study.vary] for study in started] == [["gamma"]]


def test_the_algorithm_decides_what_can_vary(page: AppTest) -> None:
    page.button_group(key="new_task").set_value("gym").run()
    assert "GAE λ" in page.multiselect[0].options
    labelled(page.selectbox, "Algorithm").set_value("dqn").run()
    assert not page.exception
    assert "Target update (steps)" in page.multiselect[0].options
    assert "GAE λ" not in page.multiselect[0].options


def test_a_task_without_settings_of_its_own_cannot_be_searched(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "offered_settings", lambda _: [])
    page = opened(app, SWEEPS)
    page.button(key="start_sweep").click().run()
    start(page)
    assert mistakes(page) == ["Tetris has no setting that a sweep could vary."]
