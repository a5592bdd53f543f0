"""The form that starts a run: what to train, the settings to begin with, and every field."""

from functools import partial
from typing import Any

import streamlit as st

from pages.ui.dialogs import close_dialog, open_dialog, opened
from pages.ui.form.asked import LOOK, NAME, RESET_HELP, Asked, asked_of, draw_kept, draw_presets, draw_tasks, take_back
from pages.ui.form.draft import CHOSEN, TYPED, Draft, forget_draft, mark_mistakes
from pages.ui.form.fields import draw_settings, read_seeds, read_settings
from pages.ui.form.marks import mark_fields
from pages.ui.form.task_parts import part_of
from pages.ui.guard import callback, dialog
from pages.ui.people.person import acting_as, operator_only
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.speeds import limit_of, speed_help, speed_stops, speed_words
from pages.ui.text import escaped
from trainer.config import RunSettings
from trainer.creating import create_run, with_seeds
from trainer.queueing import queue_new
from trainer.resources import usable_cores
from trainer.run_files.control import MAX_BOARD_EVERY, MIN_BOARD_EVERY
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory
from trainer.starting import start_trainer
from trainer.tasks.about import About


def crowd_note(active: int, cores: int) -> str:
    """What starting one more run means for those that are active; empty if none is."""
    if not active:
        return ""
    runs = "1 run is" if active == 1 else f"{active} runs are"
    return (
        f"{runs} active on {cores} cores. One more is fine; each of them then runs slower when the cores are shared. "
        "Several seeds (1-5) wait until cores are free."
    )


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
    draw_tasks(shown)
    asked = asked_of(shown, preset)
    about, draft, part = asked.about, asked.draft, part_of(asked.about.name)
    mistakes = asked.mistakes if draft.tries else {}
    if part is not None:
        part.draw_first(asked.first.values if asked.fork else {}, mistakes)
    draw_presets(asked, shown, preset)
    asked = asked_of(shown, preset)  # with what has just been drawn
    if part is not None:
        part.draw_note(asked.first, asked.preset)
    draft = asked.draft
    draw_kept(asked)
    _draw_run_fields(about, draft)
    draw_settings(draft, asked.settings, mistakes, asked.first.own_values or {})
    mark_fields([f"new_{name}" if name in asked.first.values else draft.key(name) for name in mistakes], draft.tries)
    if mistakes:
        st.error("  \n".join(escaped(mistake, limit=300) for mistake in mistakes.values()), icon=":material/error:")
    reset, start = st.columns([1, 3])
    reset.button(
        "Reset", key="reset_form", icon=":material/restart_alt:", width="stretch", on_click=callback(take_back), args=(about.name,),
        help=RESET_HELP,
    )  # fmt: skip
    start.button(
        "Start training", key="start_training", type="primary", icon=":material/play_arrow:", width="stretch",
        on_click=callback(_try_to_start), args=(shown, preset), **operator_only(),
    )  # fmt: skip


def _try_to_start(shown: RunDirectory | None, preset: str) -> None:
    """Start what the form shows, or mark its mistakes."""
    asked = asked_of(shown, preset)
    mistakes = asked.mistakes
    mark_mistakes(opened=any(setting.advanced and setting.name in mistakes for setting in asked.settings))
    if not mistakes:
        _start(asked)


def _draw_run_fields(about: About, draft: Draft) -> None:
    st.text_input(
        "Name", draft.begin(NAME), key=draft.key(NAME), max_chars=MAX_NAME_CHARACTERS, placeholder="What is new about this run?", **TYPED
    )
    one, two, three = st.columns(3, vertical_alignment="bottom")
    one.toggle(
        f"Show {about.picture}", draft.begin("visual"), key=draft.key("visual"),
        help="Watch from the first step; it can be switched at any time.", **CHOSEN,
    )  # fmt: skip
    stops = speed_stops(1)
    two.selectbox(
        "Speed", stops, stops.index(draft.begin("speed")), key=draft.key("speed"),
        format_func=partial(speed_words, about), help=speed_help(about, 1), **CHOSEN,
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
    look["speed"] = limit_of(look["speed"])
    try:
        settings, seeds = read_settings(asked.about, asked.typed), read_seeds(asked.typed)
        run = _begin(settings, seeds, asked.draft.value(NAME), fork=asked.fork, **look)
    except Exception:
        open_dialog(form)  # with what was typed
        raise
    forget_draft()
    go_to(LIVE, run=run.run_id)


def _begin(settings: RunSettings, seeds: tuple[int, ...], name: str, **how: Any) -> RunDirectory:
    """Start one run at once, since a person wants to see it; let several wait for cores. Returns the first."""
    if len(seeds) > 1:
        return queue_new(with_seeds(settings, seeds, name), by=acting_as(), **how)[0]
    run = create_run(settings, name=name, by=acting_as(), **how)
    start_trainer(run)
    return run
