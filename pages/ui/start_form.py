"""The form that starts a run, made from `trainer.config.SETTINGS`: no setting is written down twice."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from pages.ui.dialogs import STARTING, close_dialog, open_dialog
from pages.ui.guard import guard
from pages.ui.selection import config_of, name_of
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.text import escaped
from trainer.config import DEFAULT_PRESET, PRESETS, SETTINGS, RunConfig, Setting, checked, fork_of
from trainer.errors import ControlRoomError, SettingError
from trainer.launcher import create_run, start_trainer
from trainer.numbers import digits
from trainer.resources import usable_cores
from trainer.run_files.control import MAX_BOARD_EVERY, MAX_SPEED, MIN_BOARD_EVERY, MIN_SPEED
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory

PRESET_HELP = (
    "Settings that go well together. fast: a strong player in minutes. long: the same with hours to refine it. "
    "10x10: the low board of the literature's comparisons. fork: the shown run's settings, and its weights to begin with. "
    "Choosing one fills in the fields below."
)
FORK = "fork"
MODEL_WORDS = {"best": "its best model", "checkpoint": "its last checkpoint"}


def field_key(preset: str, setting: str) -> str:
    """The widget of a setting; each preset has its own, so that choosing one fills in its values."""
    return f"new_{preset}_{setting}"


def as_text(value: Any) -> str:
    """A default as a person would type it: `2,000,000`, `0.001`, `64, 64`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return digits(value) if isinstance(value, int | float) else str(value)


def read_settings(typed: Mapping[str, Any]) -> tuple[RunConfig | None, list[str]]:
    """The settings that were typed, or every mistake in them, each in a sentence that begins with the setting's label."""
    values, mistakes = {}, []
    for setting in SETTINGS:
        text = typed[setting.name]
        try:
            values[setting.name] = checked(setting, text.strip() if isinstance(text, str) else text)
        except SettingError:
            mistakes.append(f"{setting.label} must be {setting.allowed}; got “{str(text)[:40]}”.")
    return (None, mistakes) if mistakes else (RunConfig(**values), [])


def crowd_note(active: int, cores: int) -> str:
    """What starting one more run means for those that are active; empty if none is."""
    if not active:
        return ""
    runs = "1 run is" if active == 1 else f"{active} runs are"
    return f"{runs} active on {cores} cores. One more is fine; each of them then runs slower when the cores are shared."


def _dismissed() -> None:
    close_dialog()


@st.dialog("Start a new run", width="large", on_dismiss=_dismissed)
def start_dialog(active: int, shown: RunDirectory | None, preset: str = DEFAULT_PRESET) -> None:
    """The form. What was typed stays while it is open, mistakes included.

    Args:
        active: how many runs are being trained.
        shown: the run that can be forked.
        preset: what it begins with.
    """
    with guard():
        if note := crowd_note(active, usable_cores()):
            st.info(note, icon=":material/memory:")
        presets = _presets(shown)
        begin = preset if preset in presets else DEFAULT_PRESET
        preset = st.segmented_control("Preset", presets, default=begin, key="new_preset", help=PRESET_HELP, required=True)
        fork = _draw_fork(shown) if shown is not None and preset == FORK else None
        with st.form("start_form", border=False):
            name, look = _draw_run_fields()
            typed = _draw_settings(f"{FORK}_{shown.run_id}" if fork and shown else preset, presets[preset])
            problems = st.container()
            submitted = st.form_submit_button(
                "Start training", key="start_training", type="primary", icon=":material/play_arrow:", width="stretch"
            )
        if submitted:
            with problems:
                _submit(name, look, typed, fork)


def _presets(shown: RunDirectory | None) -> dict[str, Mapping[str, Any]]:
    config = config_of(shown) if shown is not None else None
    fork: dict[str, Mapping[str, Any]] = {}
    if config is not None:
        with contextlib.suppress(SettingError):  # of another version
            fork[FORK] = fork_of(RunConfig.from_json(config.settings))
    return {**PRESETS, **fork}


def _draw_fork(shown: RunDirectory) -> tuple[RunDirectory, str]:
    label = f"{name_of(shown)[:60]}: begin with"
    model = st.segmented_control(
        escaped(label), list(MODEL_WORDS), default="best", key="new_fork_model", format_func=MODEL_WORDS.__getitem__, required=True
    )
    return shown, str(model)


def _draw_run_fields() -> tuple[str, dict[str, Any]]:
    name = st.text_input("Name", key="new_name", max_chars=MAX_NAME_CHARACTERS, placeholder="What is new about this run?")
    one, two, three = st.columns(3, vertical_alignment="bottom")
    visual = one.toggle("Show board", value=True, key="new_visual", help="Watch from the first move; it can be switched at any time.")
    speed = two.slider(
        "Speed", MIN_SPEED, MAX_SPEED, 1.0, step=0.05, key="new_speed", format="%.2f×", help="Slow motion while the board is shown."
    )
    every = three.number_input("Snapshot every (steps)", MIN_BOARD_EVERY, MAX_BOARD_EVERY, 25, key="new_board_every")
    return name, {"visual": visual, "speed": speed, "board_every": every}


def _draw_settings(name: str, preset: Mapping[str, Any]) -> dict[str, Any]:
    typed = _draw_fields(name, preset, [setting for setting in SETTINGS if not setting.advanced])
    with st.expander("Advanced settings", icon=":material/tune:"):
        advanced = [setting for setting in SETTINGS if setting.advanced]
        for group in dict.fromkeys(setting.group for setting in advanced):
            st.markdown(f"**{group}**")
            typed |= _draw_fields(name, preset, (setting for setting in advanced if setting.group == group))
    return typed


def _draw_fields(name: str, preset: Mapping[str, Any], settings: Iterable[Setting]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    listed = list(settings)
    for start in range(0, len(listed), 3):
        for column, setting in zip(st.columns(3), listed[start : start + 3], strict=False):
            with column:
                typed[setting.name] = _draw_field(name, preset, setting)
    return typed


def _draw_field(name: str, preset: Mapping[str, Any], setting: Setting) -> Any:
    described = f"{escaped(setting.help, limit=400)} {escaped(setting.allowed.capitalize(), limit=200)}."
    value = preset.get(setting.name, setting.default)
    key = field_key(name, setting.name)
    if setting.choices:
        return st.selectbox(setting.label, setting.choices, index=setting.choices.index(value), key=key, help=described)
    placeholder = "no limit" if setting.optional else None
    return st.text_input(setting.label, as_text(value), key=key, help=described, placeholder=placeholder)


def _submit(name: str, look: dict[str, Any], typed: dict[str, Any], fork: tuple[RunDirectory, str] | None) -> None:
    config, mistakes = read_settings(typed)
    if config is None:
        st.error("  \n".join(escaped(mistake, limit=300) for mistake in mistakes), icon=":material/error:")
        return
    if not close_dialog():  # the second click of a double click
        return
    try:
        run = create_run(config, name=name, by="app", fork=fork, **look)
        start_trainer(run)
    except ControlRoomError as error:
        open_dialog(STARTING)
        st.error(escaped(error, limit=500), icon=":material/error:")
        return
    go_to(LIVE, run=run.run_id)
