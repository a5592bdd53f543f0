"""The form that starts a run: what to train, the settings to begin with, and every field."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.dialogs import close_dialog, open_dialog, opened
from pages.ui.form.draft import CHOSEN, TYPED, Draft, draft_of, forget_draft, mark_mistakes
from pages.ui.form.fields import begins_with, draw_settings, mistakes_in, read_settings
from pages.ui.form.marks import mark_fields
from pages.ui.form.task_parts import First, part_of
from pages.ui.guard import callback, dialog
from pages.ui.selection import config_of, name_of
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.text import escaped
from trainer.creating import create_run
from trainer.errors import SettingError
from trainer.resources import usable_cores
from trainer.run_files.control import MAX_BOARD_EVERY, MAX_SPEED, MIN_BOARD_EVERY, MIN_SPEED
from trainer.run_files.opening import exists
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory
from trainer.settings import Setting
from trainer.starting import start_trainer
from trainer.tasks import DEFAULT_TASK, find_about, startable_task_names
from trainer.tasks.about import About

PRESET_HELP = "Settings that go well together. Choosing one fills in the fields below; those that you have changed stay as they are."
FORK_HELP = "The shown run's settings, and its weights to begin with; optimiser, replay buffer and steps begin anew."
RESET_HELP = "Take back everything that was typed here: the preset's own values again."
FORK, FORK_LABEL = "fork", "Fork the shown run"
NAME = "name"  # the field
LOOK = {"visual": True, "speed": 1.0, "board_every": 25}
SHARED = frozenset({NAME, *LOOK, "seed"})  # fields that every task has
TASK, FORK_MODEL = "new_task", "new_fork_model"  # widgets
MODEL_WORDS = {"best": "its best model", "checkpoint": "its last checkpoint"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for.

    Attributes:
        about: the task.
        presets: those that a person is offered.
        preset: the chosen one.
        first: what was chosen before all else; None if the task asks for nothing first.
        fork: the run to fork, and the model to begin with.
    """

    about: About
    presets: Mapping[str, Mapping[str, Any]]
    preset: str
    first: First
    fork: tuple[RunDirectory, str] | None
    draft: Draft

    @property
    def settings(self) -> list[Setting]:
        """The settings that have a field."""
        return [one for one in self.about.settings.described() if one.name in self.draft.base]

    @property
    def typed(self) -> dict[str, Any]:
        """Every setting: as it was asked for first, else as it was typed, else its default."""
        defaults = begins_with(self.about.settings.described(), self.first.values)
        return defaults | {one.name: self.draft.value(one.name) for one in self.settings}

    @property
    def mistakes(self) -> dict[str, str]:
        """Why this cannot be started, by setting."""
        return {**(self.first.mistakes or {}), **mistakes_in(self.about, self.typed)}


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
    asked = _asked(shown, preset)
    about, draft, part = asked.about, asked.draft, part_of(asked.about.name)
    mistakes = asked.mistakes if draft.tries else {}
    if part is not None:
        part.draw_first(asked.first.values if asked.fork else {}, mistakes)
    _draw_presets(asked, shown, preset)
    asked = _asked(shown, preset)  # with what has just been drawn
    if part is not None:
        part.draw_note(asked.first, asked.preset)
    draft = asked.draft
    _draw_kept(asked)
    _draw_run_fields(about, draft)
    draw_settings(draft, asked.settings, mistakes, asked.first.own_values or {})
    mark_fields([f"new_{name}" if name in asked.first.values else draft.key(name) for name in mistakes], draft.tries)
    if mistakes:
        st.error("  \n".join(escaped(mistake, limit=300) for mistake in mistakes.values()), icon=":material/error:")
    reset, start = st.columns([1, 3])
    reset.button(
        "Reset", key="reset_form", icon=":material/restart_alt:", width="stretch", on_click=callback(_reset), args=(about.name,),
        help=RESET_HELP,
    )  # fmt: skip
    start.button(
        "Start training", key="start_training", type="primary", icon=":material/play_arrow:", width="stretch",
        on_click=callback(_try_to_start), args=(shown, preset),
    )  # fmt: skip


def _reset(task: str) -> None:
    forget_draft()
    if (part := part_of(task)) is not None:
        part.forget()


def _try_to_start(shown: RunDirectory | None, preset: str) -> None:
    """Start what the form shows, or mark its mistakes."""
    asked = _asked(shown, preset)
    mistakes = asked.mistakes
    mark_mistakes(opened=any(setting.advanced and setting.name in mistakes for setting in asked.settings))
    if not mistakes:
        _start(asked)


def _asked(shown: RunDirectory | None, wanted: str) -> Asked:
    about = _task(shown)
    presets = _presets(about, shown)
    chosen = _chosen_preset(about, presets, wanted)
    fork = (shown, str(st.session_state.get(FORK_MODEL, "best"))) if shown is not None and chosen == FORK else None
    first = _first(about, presets[FORK] if fork else {})
    if first.presets is not None:
        presets = {name: preset for name, preset in presets.items() if name in first.presets or name == FORK}
        chosen = chosen if chosen in presets else next(iter(presets))
    of = f"{FORK} {fork[0].run_id}" if fork else chosen
    described = [one for one in about.settings.described() if one.name not in first.unused and one.name not in first.values]
    values = {**about.follow(first.values, chosen), **presets[chosen]}
    base = {NAME: "", **LOOK, **begins_with(described, values)}
    return Asked(about, presets, chosen, first, fork, draft_of(about.name, of, base, SHARED))


def _first(about: About, fixed: Mapping[str, Any]) -> First:
    part = part_of(about.name)
    return part.chosen_first({name: fixed[name] for name in part.NAMES if name in fixed}) if part is not None else First({})


def _task(shown: RunDirectory | None) -> About:
    """What to train: as chosen, else as the shown run."""
    names = startable_task_names()
    config = config_of(shown) if shown is not None else None
    wanted = st.session_state.get(TASK, config.task if config is not None else DEFAULT_TASK)
    return find_about(wanted if wanted in names else DEFAULT_TASK)


def _draw_tasks(shown: RunDirectory | None) -> None:
    """Asked for only where there is a choice."""
    names = startable_task_names()
    if len(names) > 1:
        abouts = [find_about(name) for name in names]
        labels = {about.name: about.choice or about.label for about in abouts}
        st.segmented_control(
            "What to train", names, default=_task(shown).name, key=TASK, format_func=labels.__getitem__, required=True,
            persist_state="session",
        )  # fmt: skip


def _preset_key(about: About, wanted: str) -> str:
    """The widget: who asks for a fork gets one, whatever was chosen before."""
    return f"new_fork_preset_{about.name}" if wanted == FORK else f"new_preset_{about.name}"


def _choice_key(widget: str) -> str:
    """Where a person's choice is kept, which not every environment offers."""
    return f"{widget}_choice"


def _choose_preset(widget: str) -> None:
    st.session_state[_choice_key(widget)] = st.session_state[widget]


def _chosen_preset(about: About, presets: Mapping[str, Any], wanted: str) -> str:
    begin = wanted if wanted in presets else about.default_preset
    chosen = st.session_state.get(_choice_key(_preset_key(about, wanted)), begin)
    return chosen if chosen in presets else about.default_preset


def _draw_presets(asked: Asked, shown: RunDirectory | None, wanted: str) -> None:
    """Asked for only where there is a choice."""
    about, presets = asked.about, asked.presets
    if len(presets) > 1:
        words, labels = {**about.preset_help, FORK: FORK_HELP}, {FORK: FORK_LABEL, **about.preset_labels}
        told = [f"{labels.get(name, name)}: {words[name]}" for name in presets if name in words]
        key = _preset_key(about, wanted)
        st.session_state[key] = asked.preset
        st.segmented_control(
            "Preset", presets, key=key, help=" ".join([PRESET_HELP, *told]), required=True, on_change=callback(_choose_preset), args=(key,),
            format_func=lambda name: labels.get(name, name),
        )  # fmt: skip
    if shown is not None and asked.fork:
        _draw_fork(shown)


def _draw_kept(asked: Asked) -> None:
    kept = [setting.label for setting in asked.settings if setting.name in asked.draft.changed]
    if kept:
        st.caption(f":material/edit: Your own values stay: {escaped(', '.join(kept), limit=400)}. Reset takes them back.")


def _presets(about: About, shown: RunDirectory | None) -> dict[str, Mapping[str, Any]]:
    config = config_of(shown) if shown is not None and not exists(shown.source) else None  # another program's logs hold no model
    fork: dict[str, Mapping[str, Any]] = {}
    if config is not None and config.task == about.name:
        with contextlib.suppress(SettingError):  # of another version
            fork[FORK] = about.fork_of(about.settings.from_json(config.settings))
    return {**about.presets, **fork}


def _draw_fork(shown: RunDirectory) -> None:
    label = f"{name_of(shown)[:60]}: begin with"
    st.segmented_control(
        escaped(label), list(MODEL_WORDS), default="best", key=FORK_MODEL, format_func=MODEL_WORDS.__getitem__, required=True
    )


def _draw_run_fields(about: About, draft: Draft) -> None:
    st.text_input(
        "Name", draft.begin(NAME), key=draft.key(NAME), max_chars=MAX_NAME_CHARACTERS, placeholder="What is new about this run?", **TYPED
    )
    one, two, three = st.columns(3, vertical_alignment="bottom")
    one.toggle(
        f"Show {about.picture}", draft.begin("visual"), key=draft.key("visual"),
        help="Watch from the first step; it can be switched at any time.", **CHOSEN,
    )  # fmt: skip
    two.slider(
        "Speed", MIN_SPEED, MAX_SPEED, draft.begin("speed"), step=0.05, key=draft.key("speed"), format="%.2f×",
        help=f"Slow motion while the {about.picture} is shown.", **CHOSEN,
    )  # fmt: skip
    three.number_input(
        "Snapshot every (steps)", MIN_BOARD_EVERY, MAX_BOARD_EVERY, draft.begin("board_every"), key=draft.key("board_every"), **CHOSEN
    )


def _start(asked: Asked) -> None:
    form = opened()
    if form is None:  # the second click of a double click
        return
    close_dialog()
    look = {name: asked.draft.value(name) for name in LOOK}
    try:
        run = create_run(read_settings(asked.about, asked.typed), name=asked.draft.value(NAME), by="app", fork=asked.fork, **look)
        start_trainer(run)
    except Exception:
        open_dialog(form)  # with what was typed
        raise
    forget_draft()
    go_to(LIVE, run=run.run_id)
