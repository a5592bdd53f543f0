"""The sweeps page: what a sweep is for, the choice of a study, and the study that is shown."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from pages.ui.cache import Cache
from pages.ui.control_values import value_key
from pages.ui.dialogs import open_dialog, opened
from pages.ui.guard import callback, fragment, looked_at
from pages.ui.live import IDLE_S
from pages.ui.people.person import operator_only
from pages.ui.selection import MAX_LISTED_RUNS
from pages.ui.shell.heading import draw_heading
from pages.ui.sweeps.form import SWEEPING, sweep_dialog
from pages.ui.sweeps.shown import named, show, shown_of
from pages.ui.sweeps.states import SWEEP_LOOKS
from pages.ui.sweeps.study import draw_study
from pages.ui.sweeps.view import look_at
from pages.ui.sweeps.words import EXAMPLE, PURPOSE
from pages.ui.text import clock, escaped, plain
from pages.ui.welcome.empty import REFRESH_S, draw_empty
from pages.ui.zone import viewer_zone
from trainer.creating import default_runs_dir
from trainer.errors import FormatError
from trainer.run_files.opening import stamp
from trainer.run_files.studies import read_study
from trainer.run_files.study_directory import StudyDirectory, list_studies
from trainer.sweeping.starting import ACTIVE, SweepState, probe_sweep

PICKER = "study_picker"
MAX_PROBED = 20  # the picker tells the state of the newest only
MAX_TITLES = 2_000

_titles = Cache(MAX_TITLES)


def draw_title(there: bool) -> None:
    """The title, and the button beside it.

    Where there is no study that stands with the words of what it is for.
    """
    if not there:
        draw_heading("Sweeps")
        return
    title, start = st.columns([5, 2], vertical_alignment="center")
    draw_heading("Sweeps", title)
    with start:
        _start_button("stretch")


def _start_button(width: Literal["stretch", "content"]) -> None:
    st.button(
        "Start a sweep", key="start_sweep", icon=":material/travel_explore:", type="primary", width=width,
        on_click=callback(open_dialog), args=(SWEEPING,), **operator_only(),
    )  # fmt: skip


def draw_dialog() -> None:
    """Open the form, if it was asked for."""
    if opened() == SWEEPING:
        sweep_dialog()


def draw_sweeps(studies: Sequence[StudyDirectory], interval_s: float | None) -> None:
    """Draw the study that the address names, else the one shown last, else the newest.

    Args:
        studies: every study, newest first.
        interval_s: seconds between two refreshes chosen by the person; None for off.
    """
    asked, shown = named(), shown_of(studies)
    if shown is None:
        if asked:
            st.warning(f"There is no sweep “{escaped(asked)}”; there are none yet.", icon=":material/help:")
        fragment(_draw_welcome, REFRESH_S)()
        return
    if asked and shown.study_id != asked:
        st.warning(
            f"There is no sweep “{escaped(asked)}”; the newest is shown instead.",
            icon=":material/help:",
        )
    show(shown.study_id)
    if len(studies) > 1 or shown not in studies:
        _draw_picker(studies, shown)
    state = state_of(shown)
    every = None if interval_s is None else interval_s if state in ACTIVE else max(IDLE_S, interval_s)
    fragment(draw_shown, every, about=shown.study_id)(shown, state, [one.study_id for one in studies])


def state_of(study: StudyDirectory) -> SweepState:
    """How a study is; one that cannot be looked at has failed."""
    return looked_at(lambda: probe_sweep(study).state, lambda: "failed")


def draw_shown(directory: StudyDirectory, before: SweepState, there: list[str]) -> None:
    """The part of the page that is drawn again on a timer.

    Args:
        directory: of the study.
        before: its state when the whole page was drawn: another one may need another timer.
        there: the ids of all studies then: others may have been started elsewhere.
    """
    state = state_of(directory)
    if state == "gone":
        st.warning(
            f"The sweep {escaped(directory.study_id)} is no longer on disk. Its runs stay where they are.",
            icon=":material/delete:",
        )
    else:
        last_words = probe_sweep(directory).problem if state == "interrupted" else ""
        draw_study(look_at(directory, state, last_words))
    if (state in ACTIVE) != (before in ACTIVE) or _ids() != there:
        st.rerun()


def _ids() -> list[str]:
    return [one.study_id for one in list_studies(default_runs_dir())]


def _draw_picker(studies: Sequence[StudyDirectory], shown: StudyDirectory) -> None:
    listed = list(studies[:MAX_LISTED_RUNS])
    if shown not in listed:
        listed.insert(0, shown)
    labels = {one.study_id: _label(one, known=place < MAX_PROBED) for place, one in enumerate(listed)}
    ids = list(labels)
    key = value_key(f"{PICKER}:{hash(tuple(labels.values()))}", shown.study_id)
    st.selectbox(
        "Sweep", ids, ids.index(shown.study_id), key=key, format_func=labels.__getitem__, filter_mode="contains",
        on_change=callback(_picked, value=key), args=(key,),
    )  # fmt: skip


def _picked(key: str) -> None:
    show(st.session_state[key])


def _label(study: StudyDirectory, *, known: bool) -> str:
    """`▶ CartPole · 27 Nov 21:38`."""
    zone = viewer_zone()
    title: str = _titles.get((study.path, zone), stamp(study.study), lambda: _title(study))
    return f"{SWEEP_LOOKS[state_of(study)].glyph} {title}" if known and title else title or study.study_id


def _title(study: StudyDirectory) -> str:
    try:
        read = read_study(study)
    except FormatError:
        return ""
    return f"{plain(read.name, 40) or study.study_id} · {clock(read.created_at, viewer_zone())}"


def _draw_welcome() -> None:
    """Say what a sweep is for; draw the page anew once one was started elsewhere."""
    if _ids():
        st.rerun()
    draw_empty("travel_explore", "No sweeps yet", PURPOSE, lambda: _start_button("content"))
    st.caption("Or in a terminal:")
    st.code(EXAMPLE, language="bash", wrap_lines=True)
