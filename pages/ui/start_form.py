"""The form that starts a run, made from the settings of its task: no setting is written down twice."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.dialogs import close_dialog, open_dialog, opened
from pages.ui.form.draft import CHOSEN, TYPED, Draft, draft_of, forget_draft, mark_mistakes
from pages.ui.form.marks import mark_fields
from pages.ui.guard import callback, dialog
from pages.ui.selection import config_of, name_of
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.text import escaped
from trainer.config import RunSettings
from trainer.creating import create_run
from trainer.errors import SettingError
from trainer.numbers import digits
from trainer.resources import usable_cores
from trainer.run_files.control import MAX_BOARD_EVERY, MAX_SPEED, MIN_BOARD_EVERY, MIN_SPEED
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory
from trainer.settings import Setting, checked
from trainer.starting import start_trainer
from trainer.tasks import DEFAULT_TASK, find_about, task_names
from trainer.tasks.about import About

PRESET_HELP = (
    "Settings that go well together. fast: a strong player in minutes. long: the same with hours to refine it. "
    "10x10: the low board of the literature's comparisons. fork: the shown run's settings, and its weights to begin with. "
    "Choosing one fills in the fields below; those that you have changed stay as they are."
)
RESET_HELP = "Take back everything that was typed here: the preset's own values again."
FORK = "fork"
NAME = "name"  # the field
TASK, FORK_MODEL = "new_task", "new_fork_model"  # widgets
MODEL_WORDS = {"best": "its best model", "checkpoint": "its last checkpoint"}


def as_text(value: Any) -> str:
    """A default as a person would type it: `2,000,000`, `0.001`, `64, 64`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return digits(value) if isinstance(value, int | float) else str(value)


def mistakes_in(about: About, typed: Mapping[str, Any]) -> dict[str, str]:
    """Every mistake in the settings that were typed, by setting: a sentence that begins with its label."""
    mistakes = {}
    for setting in about.settings.described():
        try:
            _checked(setting, typed)
        except SettingError:
            mistakes[setting.name] = f"{setting.label} must be {setting.allowed}; got “{str(typed[setting.name])[:40]}”."
    return mistakes


def read_settings(about: About, typed: Mapping[str, Any]) -> RunSettings:
    """The settings that were typed.

    Raises:
        SettingError: `mistakes_in` them names some.
    """
    return about.settings(**{setting.name: _checked(setting, typed) for setting in about.settings.described()})


def _checked(setting: Setting, typed: Mapping[str, Any]) -> Any:
    text = typed[setting.name]
    return checked(setting, text.strip() if isinstance(text, str) else text)


def crowd_note(active: int, cores: int) -> str:
    """What starting one more run means for those that are active; empty if none is."""
    if not active:
        return ""
    runs = "1 run is" if active == 1 else f"{active} runs are"
    return f"{runs} active on {cores} cores. One more is fine; each of them then runs slower when the cores are shared."


@dialog("Start a new run", width="large")
def start_dialog(active: int, shown: RunDirectory | None, preset: str = "") -> None:
    """The form. What was typed stays until a run is made of it, also when the dialog is closed or another preset is chosen.

    Args:
        active: how many runs are being trained.
        shown: the run that can be forked.
        preset: what it begins with.
    """
    if note := crowd_note(active, usable_cores()):
        st.info(note, icon=":material/memory:")
    _draw_tasks(shown)
    _draw_presets(shown, preset)
    about, draft, _ = _asked(shown, preset)
    mistakes = mistakes_in(about, _typed(about, draft)) if draft.tries else {}
    _draw_kept(about, draft)
    _draw_run_fields(draft)
    _draw_settings(about, draft, mistakes)
    mark_fields([draft.key(name) for name in mistakes], draft.tries)
    if mistakes:
        st.error("  \n".join(escaped(mistake, limit=300) for mistake in mistakes.values()), icon=":material/error:")
    reset, start = st.columns([1, 3])
    reset.button(
        "Reset", key="reset_form", icon=":material/restart_alt:", width="stretch", on_click=callback(forget_draft), help=RESET_HELP
    )
    start.button(
        "Start training", key="start_training", type="primary", icon=":material/play_arrow:", width="stretch",
        on_click=callback(_try_to_start), args=(shown, preset),
    )  # fmt: skip


def _try_to_start(shown: RunDirectory | None, preset: str) -> None:
    """Start what the form shows, or mark its mistakes."""
    about, draft, fork = _asked(shown, preset)
    mistakes = mistakes_in(about, _typed(about, draft))
    mark_mistakes(opened=any(setting.advanced and setting.name in mistakes for setting in about.settings.described()))
    if not mistakes:
        _start(about, draft, fork)


def _asked(shown: RunDirectory | None, preset: str) -> tuple[About, Draft, tuple[RunDirectory, str] | None]:
    """What the form asks for: the task, its settings, and the run to fork with the model to begin with."""
    about = _task(shown)
    presets = _presets(about, shown)
    key, begin = _preset_choice(about, presets, preset)
    chosen = st.session_state.get(key, begin)
    chosen = chosen if chosen in presets else about.default_preset
    fork = (shown, str(st.session_state.get(FORK_MODEL, "best"))) if shown is not None and chosen == FORK else None
    of = f"{FORK} {fork[0].run_id}" if fork else f"{about.settings.task} {chosen}"
    return about, draft_of(of, _base(about, presets[chosen])), fork


def _task(shown: RunDirectory | None) -> About:
    """What to train: as chosen, else as the shown run."""
    names = task_names()
    config = config_of(shown) if shown is not None else None
    wanted = st.session_state.get(TASK, config.task if config is not None else DEFAULT_TASK)
    return find_about(wanted if wanted in names else DEFAULT_TASK)


def _draw_tasks(shown: RunDirectory | None) -> None:
    """Asked for only where there is a choice."""
    names = task_names()
    if len(names) > 1:
        labels = {name: find_about(name).label for name in names}
        first = names.index(_task(shown).settings.task)
        st.selectbox("Task", names, first, key=TASK, format_func=labels.__getitem__, persist_state="session")


def _preset_choice(about: About, presets: Mapping[str, Mapping[str, Any]], wanted: str) -> tuple[str, str]:
    """The key of the widget, and what it begins with: who asks for a fork gets one, whatever was chosen before."""
    begin = wanted if wanted in presets else about.default_preset
    return "new_fork_preset" if begin == FORK else "new_preset", begin


def _draw_presets(shown: RunDirectory | None, wanted: str) -> None:
    about = _task(shown)
    presets = _presets(about, shown)
    key, begin = _preset_choice(about, presets, wanted)
    st.segmented_control("Preset", presets, default=begin, key=key, help=PRESET_HELP, required=True, persist_state="session")
    if shown is not None and st.session_state.get(key) == FORK:
        _draw_fork(shown)


def _base(about: About, preset: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields begin with under a preset."""
    settings = {setting.name: preset.get(setting.name, setting.default) for setting in about.settings.described()}
    texts = {
        setting.name: settings[setting.name] if setting.choices else as_text(settings[setting.name])
        for setting in about.settings.described()
    }
    return {NAME: "", "visual": True, "speed": 1.0, "board_every": 25} | texts


def _typed(about: About, draft: Draft) -> dict[str, Any]:
    return {setting.name: draft.value(setting.name) for setting in about.settings.described()}


def _draw_kept(about: About, draft: Draft) -> None:
    kept = [setting.label for setting in about.settings.described() if setting.name in draft.changed]
    if kept:
        st.caption(f":material/edit: Your own values stay: {escaped(', '.join(kept), limit=400)}. Reset takes them back.")


def _presets(about: About, shown: RunDirectory | None) -> dict[str, Mapping[str, Any]]:
    config = config_of(shown) if shown is not None else None
    fork: dict[str, Mapping[str, Any]] = {}
    if config is not None and config.task == about.settings.task:
        with contextlib.suppress(SettingError):  # of another version
            fork[FORK] = about.fork_of(about.settings.from_json(config.settings))
    return {**about.presets, **fork}


def _draw_fork(shown: RunDirectory) -> None:
    label = f"{name_of(shown)[:60]}: begin with"
    st.segmented_control(
        escaped(label), list(MODEL_WORDS), default="best", key=FORK_MODEL, format_func=MODEL_WORDS.__getitem__, required=True
    )


def _draw_run_fields(draft: Draft) -> None:
    st.text_input(
        "Name", draft.begin(NAME), key=draft.key(NAME), max_chars=MAX_NAME_CHARACTERS, placeholder="What is new about this run?", **TYPED
    )
    one, two, three = st.columns(3, vertical_alignment="bottom")
    one.toggle(
        "Show board", draft.begin("visual"), key=draft.key("visual"), help="Watch from the first move; it can be switched at any time.",
        **CHOSEN,
    )  # fmt: skip
    two.slider(
        "Speed", MIN_SPEED, MAX_SPEED, draft.begin("speed"), step=0.05, key=draft.key("speed"), format="%.2f×",
        help="Slow motion while the board is shown.", **CHOSEN,
    )  # fmt: skip
    three.number_input(
        "Snapshot every (steps)", MIN_BOARD_EVERY, MAX_BOARD_EVERY, draft.begin("board_every"), key=draft.key("board_every"), **CHOSEN
    )


def _draw_settings(about: About, draft: Draft, mistakes: Mapping[str, str]) -> None:
    _draw_fields(draft, mistakes, [setting for setting in about.settings.described() if not setting.advanced])
    advanced = [setting for setting in about.settings.described() if setting.advanced]
    with st.expander("Advanced settings", expanded=draft.opened, icon=":material/tune:"):
        for group in dict.fromkeys(setting.group for setting in advanced):
            st.markdown(f"**{group}**")
            _draw_fields(draft, mistakes, [setting for setting in advanced if setting.group == group])


def _draw_fields(draft: Draft, mistakes: Mapping[str, str], settings: Sequence[Setting]) -> None:
    for start in range(0, len(settings), 3):
        for column, setting in zip(st.columns(3), settings[start : start + 3], strict=False):
            with column:
                _draw_field(draft, setting, marked=bool(draft.tries))
                if setting.name in mistakes:
                    st.caption(f":red[:material/error: Must be {escaped(setting.allowed, limit=200)}.]")


def _draw_field(draft: Draft, setting: Setting, *, marked: bool) -> None:
    described = f"{escaped(setting.help, limit=400)} {escaped(setting.allowed.capitalize(), limit=200)}."
    begin, key = draft.begin(setting.name), draft.key(setting.name)
    if setting.choices:
        st.selectbox(setting.label, setting.choices, index=setting.choices.index(begin), key=key, help=described, **CHOSEN)
        return
    placeholder = setting.nothing or None
    how = TYPED | {"live": True, "on_change": "rerun"} if marked else TYPED  # a mark goes as soon as the value is right
    st.text_input(setting.label, begin, key=key, help=described, placeholder=placeholder, **how)


def _start(about: About, draft: Draft, fork: tuple[RunDirectory, str] | None) -> None:
    asked = opened()
    if asked is None:  # the second click of a double click
        return
    close_dialog()
    look = {name: draft.value(name) for name in ("visual", "speed", "board_every")}
    try:
        run = create_run(read_settings(about, _typed(about, draft)), name=draft.value(NAME), by="app", fork=fork, **look)
        start_trainer(run)
    except Exception:
        open_dialog(asked)  # with what was typed
        raise
    forget_draft()
    go_to(LIVE, run=run.run_id)
