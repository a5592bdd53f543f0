"""The form that starts a run: made from the settings, keeps what was typed, never starts two."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import start_form
from pages.ui.shell.navigation import WANTED
from pages.ui.start_form import as_text, crowd_note, field_key, read_settings
from tests.pages.conftest import opened
from tests.pages.fake_runs import live, new_run
from trainer.config import PRESETS, SETTINGS, RunConfig
from trainer.launcher import create_run
from trainer.run_files.config_file import Parent, read_config
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.origin import read_origin
from trainer.run_files.run_directory import list_runs


def _typed(**changes: str) -> dict[str, str]:
    return {setting.name: as_text(setting.default) for setting in SETTINGS} | changes


def test_the_defaults_as_they_are_shown_are_the_defaults() -> None:
    config, mistakes = read_settings(_typed())
    assert (config, mistakes) == (RunConfig(), [])


def test_numbers_may_be_typed_as_people_write_them() -> None:
    config, _ = read_settings(_typed(total_timesteps=" 1_000,000 ", learning_rate="1e-3", hidden_layers="128x64", target_lines="500"))
    assert config is not None
    assert (config.total_timesteps, config.hidden_layers, config.target_lines) == (1_000_000, (128, 64), 500.0)


def test_every_mistake_is_named_with_the_allowed_range() -> None:
    config, mistakes = read_settings(_typed(board_height="3", gamma="two", seed=""))
    assert config is None
    assert mistakes == [
        "Seed must be a whole number from 0 to 2,147,483,647; got “”.",
        "Board height must be a whole number from 4 to 40; got “3”.",
        "Discount γ must be a number from 0 to 0.9999; got “two”.",
    ]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_form_with_its_help(app: AppTest, setting: object) -> None:
    _open_form(app)
    assert any(getattr(setting, "label", "") == widget.label and widget.help for widget in (*app.text_input, *app.selectbox))


def _open_form(app: AppTest) -> None:
    opened(app, "streamlit_app.py")
    app.button(key="start_new_run").click().run()
    assert not app.exception


def test_choosing_a_preset_fills_in_its_values(app: AppTest) -> None:
    _open_form(app)
    app.button_group(key="new_preset").set_value("10x10").run()
    assert app.text_input(key=field_key("10x10", "board_height")).value == "10"
    for name, value in PRESETS["10x10"].items():
        assert app.text_input(key=field_key("10x10", name)).value == as_text(value)


def test_mistakes_are_shown_in_the_form_and_what_was_typed_stays(app: AppTest, runs_dir: Path) -> None:
    _open_form(app)
    app.text_input(key="new_name").set_value("My run")
    app.text_input(key=field_key("fast", "board_height")).set_value("99")
    app.text_input(key=field_key("fast", "gamma")).set_value("2")
    app.button(key="start_training").click().run()
    said = str(app.error[0].value)
    assert "Board height must be a whole number from 4 to 40" in said
    assert "Discount γ must be" in said
    assert app.text_input(key="new_name").value == "My run"
    assert app.text_input(key=field_key("fast", "board_height")).value == "99"
    assert list_runs(runs_dir) == []


def test_a_runs_folder_that_cannot_be_made_is_explained_in_the_form(app: AppTest, runs_dir: Path) -> None:
    _open_form(app)
    runs_dir.write_text("a file where the folder should be", encoding="utf-8")
    app.button(key="start_training").click().run()
    assert "A run directory must be writable" in str(app.error[0].value).replace("\\", "")
    assert app.text_input(key="new_name") is not None, "the form is still open"


def test_starting_beside_an_active_run_says_how_many_cores_there_are(app: AppTest, runs_dir: Path) -> None:
    with live(new_run(runs_dir)):
        _open_form(app)
        assert "1 run is active on" in str(app.info[0].value)
    assert crowd_note(0, 8) == ""
    assert crowd_note(2, 8).startswith("2 runs are active on 8 cores")


def test_the_shown_run_can_be_forked_with_changed_settings(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_form, "start_trainer", lambda _: 1)
    parent = create_run(RunConfig(seed=5, gamma=0.97), name="Parent", runs_dir=runs_dir)
    model = b"a model"
    metadata = BestMetadata("eval_lines", 9.0, 9.0, 9.0, 1, 4_000, 5, 1.0)
    save_best(parent, model, metadata, None)
    _open_form(app)
    app.button_group(key="new_preset").set_value("fork").run()
    key = f"fork_{parent.run_id}"
    assert app.text_input(key=field_key(key, "gamma")).value == "0.97"
    app.text_input(key="new_name").set_value("Child")
    app.text_input(key=field_key(key, "seed")).set_value("6")
    app.button(key="start_training").click().run()

    child = next(run for run in list_runs(runs_dir) if run != parent)
    assert app.session_state[WANTED]["address"] == f"./?run={child.run_id}", "the live page is opened"
    config = read_config(child)
    assert config.parent == Parent(parent.run_id, "best", 4_000)
    assert (config.settings["gamma"], config.settings["seed"]) == (0.97, 6)
    assert read_origin(child) == model


def test_a_fork_of_a_run_without_a_model_is_explained_in_the_form(app: AppTest, runs_dir: Path) -> None:
    create_run(RunConfig(), name="Parent", runs_dir=runs_dir)
    _open_form(app)
    app.button_group(key="new_preset").set_value("fork").run()
    app.button(key="start_training").click().run()
    assert "has no best model yet" in str(app.error[0].value)
    assert len(list_runs(runs_dir)) == 1


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-07, 0.99, 2_147_483_647, 1_000_000.25])
def test_a_value_that_fills_a_field_is_read_back_to_its_last_digit(value: float) -> None:
    assert float(as_text(value).replace(",", "")) == value
