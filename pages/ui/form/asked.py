"""What a form asks first: what to train, the settings to begin with, and what follows for its fields."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.form.draft import Draft, draft_of, forget_draft
from pages.ui.form.fields import begins_with, mistakes_in
from pages.ui.form.task_parts import First, part_of
from pages.ui.guard import callback
from pages.ui.selection import config_of, name_of
from pages.ui.speeds import FULL_SPEED
from pages.ui.text import escaped
from trainer.errors import SettingError
from trainer.run_files.opening import exists
from trainer.run_files.run_directory import RunDirectory
from trainer.settings import Setting
from trainer.tasks import DEFAULT_TASK, find_about, startable_task_names
from trainer.tasks.about import About

PRESET_HELP = "Settings that go well together. Choosing one fills in the fields below; those that you have changed stay as they are."
FORK_HELP = "The shown run's settings, and its weights to begin with; optimiser, replay buffer and steps begin anew."
RESET_HELP = "Take back everything that was typed here: the preset's own values again."
FORK, FORK_LABEL = "fork", "Fork the shown run"
NAME = "name"  # the field
LOOK = {"visual": True, "speed": FULL_SPEED, "board_every": 25}
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


def take_back(task: str) -> None:
    """Take back everything that was typed: the preset's own values again."""
    forget_draft()
    if (part := part_of(task)) is not None:
        part.forget()


def asked_of(shown: RunDirectory | None, wanted: str) -> Asked:
    """What the form asks for now.

    Args:
        shown: the run that can be forked.
        wanted: the preset that it begins with; empty: the task's default.
    """
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


def draw_tasks(shown: RunDirectory | None) -> None:
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


def draw_presets(asked: Asked, shown: RunDirectory | None, wanted: str) -> None:
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


def draw_kept(asked: Asked) -> None:
    """Name the fields whose own values outlive the choice of a preset."""
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
