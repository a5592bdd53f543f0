"""Every setting of a run: documented, checked, to and from JSON."""

import dataclasses
import math
from typing import Any

import orjson
import pytest

from trainer.errors import SettingError
from trainer.settings import Setting, checked
from trainer.tasks import known_settings
from trainer.tasks.tetris.about import ABOUT, TetrisSettings

SETTINGS = TetrisSettings.described()
NUMBERS = [setting for setting in SETTINGS if setting.kind in (int, float)]
WHOLE = [setting for setting in SETTINGS if setting.kind is int]
CHOICES = [setting for setting in SETTINGS if setting.choices]


def _name(setting: Setting) -> str:
    return setting.name


def _config(setting: Setting, value: object) -> TetrisSettings:
    return TetrisSettings(**{setting.name: value})  # type: ignore[arg-type]


def _refused(setting: Setting, value: object) -> str:
    with pytest.raises(SettingError) as refusal:
        _config(setting, value)
    text = str(refusal.value)
    assert text.startswith(f"{setting.name} must be {setting.allowed}; got ")
    assert text.isprintable()
    assert len(text) < 300
    return text


@pytest.mark.parametrize("setting", SETTINGS, ids=_name)
def test_every_setting_is_documented(setting: Setting) -> None:
    assert setting.label
    assert setting.help.endswith(".")
    assert setting.group in {"Run", "Game", "Learning", "Measuring"}
    assert setting.flag == "--" + setting.name.replace("_", "-")
    assert known_settings()[setting.name] is setting
    assert setting.allowed.startswith(("one of ", "a whole number from ", "a number from ", "1 to 4 whole numbers, each from "))
    assert setting.choices or math.isfinite(setting.minimum + setting.maximum)


def test_the_settings_are_the_fields_in_the_order_a_person_reads_them() -> None:
    assert {setting.name for setting in SETTINGS} == {field.name for field in dataclasses.fields(TetrisSettings)}
    assert len({setting.label for setting in SETTINGS}) == len(SETTINGS)
    groups = list(dict.fromkeys(setting.group for setting in SETTINGS))
    assert [setting.group for setting in SETTINGS] == sorted((setting.group for setting in SETTINGS), key=groups.index)
    assert any(not setting.advanced for setting in SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS, ids=_name)
def test_every_default_is_valid_and_of_its_own_type(setting: Setting) -> None:
    value = getattr(TetrisSettings(), setting.name)
    assert value == setting.default
    assert isinstance(value, setting.kind) or (setting.optional and value is None)


@pytest.mark.parametrize("setting", NUMBERS, ids=_name)
def test_out_of_range_is_named_with_the_range_and_the_value(setting: Setting) -> None:
    step: float = 1 if setting.kind is int else 1e-9 * max(1.0, abs(setting.maximum))
    for value in (setting.minimum - step, setting.maximum + step, setting.minimum - 10**12, setting.maximum * 10 + 1):
        text = _refused(setting, int(value) if setting.kind is int else value)
        assert f"from {setting.minimum:,.12g} to {setting.maximum:,.12g}" in text


@pytest.mark.parametrize("setting", NUMBERS, ids=_name)
def test_the_ends_of_the_range_are_allowed_and_keep_the_type(setting: Setting) -> None:
    for value in (setting.minimum, setting.maximum):
        kept = getattr(_config(setting, value), setting.name)
        assert kept == value
        assert type(kept) is setting.kind


@pytest.mark.parametrize("setting", NUMBERS, ids=_name)
def test_what_is_no_number_is_refused(setting: Setting) -> None:
    worthless: list[Any] = [
        True,
        False,
        math.nan,
        math.inf,
        -math.inf,
        "nan",
        "inf",
        "1e999",
        "ten",
        "0x10",
        b"1",
        [],
        [1],
        {},
        1j,
        10**400,
    ]
    for value in worthless:
        _refused(setting, value)
    assert _refused(setting, 10**10_000).endswith("got a int too large to show.")
    if not setting.optional:
        _refused(setting, None)
        _refused(setting, "")


@pytest.mark.parametrize("setting", WHOLE, ids=_name)
def test_a_fraction_is_no_whole_number(setting: Setting) -> None:
    for value in (setting.minimum + 0.5, str(setting.minimum + 0.5)):
        assert _refused(setting, value).endswith(f"got '{value}'.")


def test_numbers_may_be_typed_as_people_type_them() -> None:
    for text in ("1000000", "1,000,000", "1_000_000", " 1000000 ", "1e6", "1000000.0"):
        assert checked(known_settings()["total_timesteps"], text) == 1_000_000
    assert checked(known_settings()["gamma"], "0.5") == 0.5
    assert checked(known_settings()["gamma"], 0) == 0.0


@pytest.mark.parametrize("setting", CHOICES, ids=_name)
def test_a_choice_is_one_of_the_words(setting: Setting) -> None:
    for word in setting.choices:
        for written in (word, word.upper(), word.replace("_", "-"), word.replace("_", " ")):
            assert getattr(_config(setting, written), setting.name) == word
    for value in ("", "other", setting.choices[0][1:], None, 0, True, [setting.choices[0]], "\n" * 500):
        _refused(setting, value)


def test_no_two_choices_differ_in_the_way_they_are_written_alone() -> None:
    for setting in known_settings().values():
        for word in setting.choices:
            assert checked(setting, word) == word


def test_the_target_may_be_nothing() -> None:
    assert TetrisSettings().target is None
    assert checked(known_settings()["target"], "") is None
    assert TetrisSettings(target=100).target == 100.0
    assert known_settings()["target"].allowed.endswith(", or nothing")
    _refused(known_settings()["target"], 0)


@pytest.mark.parametrize("given", ["64,32", "64x32", "64, 32", "64.0,32", [64, 32], (64, 32.0)])
def test_hidden_layers_may_be_a_list_or_a_text(given: object) -> None:
    assert _config(known_settings()["net_arch"], given).net_arch == (64, 32)


@pytest.mark.parametrize(
    "bad",
    ["", "64,", "64;32", "64,32.5", "a", 64, None, [], [64] * 5, [0], [1_025], [True], ["x"], [[64]], {"a": 1}, {64}, b"@@", math.nan],
)
def test_other_hidden_layers_are_refused(bad: object) -> None:
    assert _refused(known_settings()["net_arch"], bad).startswith("net_arch must be 1 to 4 whole numbers, each from 1 to 1,024; got ")


def test_settings_go_to_json_and_back() -> None:
    config = TetrisSettings(total_timesteps=5_000, net_arch=(8, 16), target=1.5, randomizer="bag", seed=2**31 - 1)
    written = orjson.dumps(config.to_json())
    assert TetrisSettings.from_json(orjson.loads(written)) == config
    assert list(config.to_json()) == [setting.name for setting in SETTINGS]
    assert TetrisSettings.from_json({}) == TetrisSettings()


def test_an_unknown_setting_is_named_with_those_that_there_are() -> None:
    with pytest.raises(SettingError, match=r"colour, size is not a setting of a run; expected some of total_timesteps, seed, "):
        TetrisSettings.from_json({"size": 1, "colour": "red", "seed": 1})
    with pytest.raises(SettingError, match=r"gamma must be a number from 0 to 0\.9999; got '7'"):
        TetrisSettings.from_json({"gamma": 7})


def test_a_config_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TetrisSettings().seed = 5  # type: ignore[misc]


@pytest.mark.parametrize("preset", ABOUT.presets)
def test_every_preset_is_a_valid_config(preset: str) -> None:
    changes = ABOUT.presets[preset]
    config = TetrisSettings(**changes)
    assert {name: getattr(config, name) for name in changes} == changes


def test_the_default_preset_comes_first_and_is_the_defaults() -> None:
    assert ABOUT.default_preset == "fast"
    assert TetrisSettings(**ABOUT.presets[ABOUT.default_preset]) == TetrisSettings()
