"""The form that starts a run: made from the settings, keeps what was typed, never starts two."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import start_form
from pages.ui.form.fields import as_text, begins_with, mistakes_in, read_settings
from pages.ui.shell.navigation import WANTED
from pages.ui.start_form import crowd_note
from tests.pages.conftest import opened, said
from tests.pages.fake_runs import live, new_run
from trainer import queueing
from trainer.creating import create_run
from trainer.errors import SettingError
from trainer.run_files.config_file import Parent, read_config
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.origin import read_origin
from trainer.run_files.queue import read_queue
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.tasks.tetris.about import ABOUT, TetrisSettings

SETTINGS = TetrisSettings.described()
PRESETS = ABOUT.presets


def _typed(**changes: str) -> dict[str, str]:
    return {setting.name: as_text(setting.default) for setting in SETTINGS} | changes


def test_the_defaults_as_they_are_shown_are_the_defaults() -> None:
    assert mistakes_in(ABOUT, _typed()) == {}
    assert read_settings(ABOUT, _typed()) == TetrisSettings()


def test_numbers_may_be_typed_as_people_write_them() -> None:
    config = read_settings(ABOUT, _typed(total_timesteps=" 1_000,000 ", learning_rate="1e-3", net_arch="128x64", target="500"))
    assert isinstance(config, TetrisSettings)
    assert (config.total_timesteps, config.net_arch, config.target) == (1_000_000, (128, 64), 500.0)


def test_every_mistake_is_named_with_the_allowed_range() -> None:
    typed = _typed(board_height="3", gamma="two", seed="")
    with pytest.raises(SettingError):
        read_settings(ABOUT, typed)
    assert list(mistakes_in(ABOUT, typed).values()) == [
        "Seed must be a whole number from 0 to 2,147,483,647, or up to 100 of them: 1-5, or 1,4,9; got ''.",
        "Board height must be a whole number from 4 to 40; got “3”.",
        "Discount γ must be a number from 0 to 0.9999; got “two”.",
    ]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_form_with_its_help(app: AppTest, setting: object) -> None:
    _open_form(app)
    assert any(getattr(setting, "label", "") == widget.label and widget.help for widget in (*app.text_input, *app.selectbox))


def field(app: AppTest, name: str) -> Any:
    """The field of a setting, or the one for the name."""
    label = next((setting.label for setting in SETTINGS if setting.name == name), "Name")
    fields = [one for one in app.text_input if one.label == label]
    return next(one for one in fields if str(one.key).startswith("new_"))


def _open_form(app: AppTest) -> None:
    opened(app, "streamlit_app.py")
    app.button(key="start_new_run").click().run()
    assert not app.exception


def test_choosing_a_preset_fills_in_its_values(app: AppTest) -> None:
    _open_form(app)
    app.button_group(key="new_preset_tetris").set_value("10x10").run()
    assert field(app, "board_height").value == "10"
    for name, value in PRESETS["10x10"].items():
        assert field(app, name).value == as_text(value)


def test_what_was_changed_stays_when_another_preset_is_chosen_until_it_is_taken_back(app: AppTest) -> None:
    _open_form(app)
    field(app, "name").set_value("My run")
    field(app, "gamma").set_value("0.95")
    app.button_group(key="new_preset_tetris").set_value("10x10").run()
    assert (field(app, "name").value, field(app, "gamma").value) == ("My run", "0.95")
    assert field(app, "board_height").value == "10", "what was not changed is the preset's"
    assert any("Your own values stay: Discount γ" in caption.value for caption in app.caption)
    field(app, "board_height").set_value("12")
    app.button_group(key="new_preset_tetris").set_value("fast").run()
    assert (field(app, "board_height").value, field(app, "gamma").value) == ("12", "0.95")
    app.button(key="reset_form").click().run()
    defaults = [as_text(TetrisSettings().gamma), as_text(TetrisSettings().board_height), ""]
    assert [field(app, name).value for name in ("gamma", "board_height", "name")] == defaults


def test_a_started_run_leaves_an_empty_form(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_form, "start_trainer", lambda _: 1)
    _open_form(app)
    field(app, "name").set_value("My run")
    field(app, "gamma").set_value("0.95")
    app.button(key="start_training").click().run()
    assert [read_config(run).settings["gamma"] for run in list_runs(runs_dir)] == [0.95]
    app.button(key="start_new_run").click().run()
    assert (field(app, "name").value, field(app, "gamma").value) == ("", as_text(TetrisSettings().gamma))


def test_several_seeds_wait_in_the_queue(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    _open_form(app)
    field(app, "name").set_value("Wide")
    field(app, "seed").set_value("5-1")
    app.button(key="start_training").click().run()
    assert "Seed must be a range that grows, 1-5; got '5-1'." in said(app)
    assert list_runs(runs_dir) == []
    field(app, "seed").set_value("1-5")
    app.button(key="start_training").click().run()
    runs = [RunDirectory(runs_dir / entry.run) for entry in read_queue(runs_dir)]
    assert [read_config(run).name for run in runs] == [f"Wide, seed {seed}" for seed in range(1, 6)]
    assert [read_config(run).seed for run in runs] == [1, 2, 3, 4, 5]
    assert app.session_state[WANTED]["address"].endswith(f"run={runs[0].run_id}"), "its page is shown"


def test_a_seed_of_many_digits_is_no_list_of_seeds() -> None:
    assert begins_with(SETTINGS, {"seed": 1_234})["seed"] == "1234"


def test_mistakes_are_shown_in_the_form_and_what_was_typed_stays(app: AppTest, runs_dir: Path) -> None:
    _open_form(app)
    field(app, "name").set_value("My run")
    field(app, "board_height").set_value("99")
    field(app, "gamma").set_value("2")
    app.button(key="start_training").click().run()
    said = str(app.error[0].value)
    assert "Board height must be a whole number from 4 to 40" in said
    assert "Discount γ must be" in said
    beside = [caption.value for caption in app.caption if "Must be" in caption.value]
    assert len(beside) == 2, "each wrong field says it too"
    assert next(one for one in app.expander if one.label == "Advanced settings").proto.expanded, "a mistake is never out of sight"
    assert field(app, "name").value == "My run"
    assert field(app, "board_height").value == "99"
    assert list_runs(runs_dir) == []


def test_a_runs_folder_that_cannot_be_made_is_explained_in_the_form(app: AppTest, runs_dir: Path) -> None:
    _open_form(app)
    runs_dir.write_text("a file where the folder should be", encoding="utf-8")
    app.button(key="start_training").click().run()
    assert "A run directory must be writable" in str(app.error[0].value).replace("\\", "")
    assert field(app, "name") is not None, "the form is still open"


def test_starting_beside_an_active_run_says_how_many_cores_there_are(app: AppTest, runs_dir: Path) -> None:
    with live(new_run(runs_dir)):
        _open_form(app)
        assert "1 run is active on" in str(app.info[0].value)
    assert crowd_note(0, 8) == ""
    assert crowd_note(2, 8).startswith("2 runs are active on 8 cores")


def test_the_shown_run_can_be_forked_with_changed_settings(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_form, "start_trainer", lambda _: 1)
    parent = create_run(TetrisSettings(seed=5, gamma=0.97), name="Parent", runs_dir=runs_dir)
    model = b"a model"
    metadata = BestMetadata("tetris", "eval_lines", 9.0, 9.0, 4_000, 1, 5, 1.0)
    save_best(parent, model, metadata)
    _open_form(app)
    app.button_group(key="new_preset_tetris").set_value("fork").run()
    assert field(app, "gamma").value == "0.97"
    field(app, "name").set_value("Child")
    field(app, "seed").set_value("6")
    app.button(key="start_training").click().run()

    child = next(run for run in list_runs(runs_dir) if run != parent)
    assert app.session_state[WANTED]["address"] == f"./?run={child.run_id}", "the live page is opened"
    config = read_config(child)
    assert config.parent == Parent(parent.run_id, "best", 4_000)
    assert (config.settings["gamma"], config.settings["seed"]) == (0.97, 6)
    assert read_origin(child) == model


def test_a_fork_of_a_run_without_a_model_is_explained_in_the_form(app: AppTest, runs_dir: Path) -> None:
    create_run(TetrisSettings(), name="Parent", runs_dir=runs_dir)
    _open_form(app)
    app.button_group(key="new_preset_tetris").set_value("fork").run()
    app.button(key="start_training").click().run()
    assert "has no best model yet" in str(app.error[0].value)
    assert len(list_runs(runs_dir)) == 1


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-07, 0.99, 2_147_483_647, 1_000_000.25])
def test_a_value_that_fills_a_field_is_read_back_to_its_last_digit(value: float) -> None:
    assert float(as_text(value).replace(",", "")) == value
