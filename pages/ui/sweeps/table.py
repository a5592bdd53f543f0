"""The table of a study's trials, and one of them with a link to each of its runs."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.control_values import value_key
from pages.ui.guard import callback
from pages.ui.shell.navigation import LIVE, go_to
from pages.ui.sweeps.states import TRIAL_WORDS, UNFINISHED
from pages.ui.sweeps.view import (
    View,
    derived,
    interval_words,
    number_of,
    params_text,
    runs_of,
    score_words,
    value_of,
)
from pages.ui.text import escaped, setting_text
from trainer.numbers import MISSING, compact, count, rounded
from trainer.run_files.studies import Trial

SHOWN_ROWS, ROW_HEIGHT = 9, 35  # pixels; about as high as a chart
MENU = "menu"
SORTS = {"best": "Best first", "newest": "Newest first"}
OPEN, NO_RUN = ":material/monitoring:", ":material/hourglass_empty:"  # a menu of one entry is a button, as narrow as the others
_OPEN = "sweeps_open_run"  # in the session: what only the whole page can do, not a part of it
_TRIAL = "sweeps_trial"  # in the session: the trial that a person has chosen, by study

Columns = st.column_config


def follow_up() -> None:
    """Called in a part of the page: goes to the run that was asked for in the table."""
    run = st.session_state.pop(_OPEN, None)
    if run is not None:
        go_to(LIVE, run=run)


def draw_table(view: View) -> None:
    """Every trial, to be sorted by any column; a row's menu opens its runs."""
    chosen = st.segmented_control(
        "Order of the trials", list(SORTS), default="best", key="sweeps_sort", format_func=SORTS.__getitem__, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    trials, frame = derived(view, f"table {chosen}", partial(_table, by=str(chosen)))
    key, numbers = "sweeps_menu", [one.number for one in trials]
    looks: dict[str, Any] = {
        MENU: Columns.ButtonColumn(
            "",
            width=46,
            pinned=True,
            type="tertiary",
            key=key,
            on_click=callback(_clicked),
            args=(key, view, numbers),
        ),
        "Trial": Columns.NumberColumn(format="localized", width=60, pinned=True),
        "Score": Columns.NumberColumn(format="localized", help=escaped(view.metric.unit)),
        "95 %": Columns.TextColumn(help="Interval of the score over the seeds"),
        **{label: Columns.NumberColumn(format="plain") for label in view.varied.values() if frame.dtypes.get(label) == "float64"},
        "Each seed": Columns.TextColumn(help=f"In the order {escaped(', '.join(map(str, view.study.seeds)))}"),
    }
    height = min(SHOWN_ROWS, len(trials) + 1) * ROW_HEIGHT + 3
    st.dataframe(
        frame,
        key=f"sweeps_table:{view.study_id}",
        hide_index=True,
        height=height,
        placeholder=MISSING,
        alt="Trials",
        column_config=looks,
    )


def _table(view: View, by: str) -> tuple[list[Trial], pd.DataFrame]:
    """The trials in an order, and the table of them."""
    trials = ordered(view, by)
    frame = frame_of(view, trials)
    frame.insert(0, MENU, [_menu(view, one) for one in trials])
    return trials, frame


def ordered(view: View, by: str) -> list[Trial]:
    """The trials, the best or the newest first; those without a score come last."""
    if by == "newest":
        return list(reversed(view.trials))
    known = sorted(view.complete, key=lambda one: -(one.score or 0.0) * view.sign)
    there = {one.number for one in known}
    return known + [one for one in view.trials if one.number not in there]


def frame_of(view: View, trials: Sequence[Trial]) -> pd.DataFrame:
    """The table; numbers stay numbers, so that a click on a heading sorts."""
    columns: dict[str, list[Any]] = {
        "Trial": [one.number for one in trials],
        "State": [state_words(view, one) for one in trials],
        "Score": [None if one.score is None else rounded(one.score) for one in trials],
        "95 %": [None if one.low is None else interval_words(one.low, one.high) for one in trials],
    }
    for name, label in view.varied.items():
        columns.setdefault(label, _cells([one.params.get(name) for one in trials]))
    columns["Each seed"] = [" · ".join(_each_seed(view, one)) or None for one in trials]
    return pd.DataFrame(columns)


def state_words(view: View, trial: Trial) -> str:
    """How a trial is: one that nobody trains is not running, whatever its file says."""
    return TRIAL_WORDS[trial.state] if view.active or trial.settled else UNFINISHED


def _cells(values: Sequence[Any]) -> list[Any]:
    """Numbers where all are, words otherwise: a column has one kind."""
    numbers = all(one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in values)
    return [one if one is None else value_of(one) if numbers else setting_text(value_of(one)) for one in values]


def _each_seed(view: View, trial: Trial) -> list[str]:
    numbers = [number_of(trial, str(seed)) for seed in view.study.seeds]
    return [compact(one) for one in numbers] if any(one is not None for one in numbers) else []


def _menu(view: View, trial: Trial) -> list[str]:
    return list(_labelled(view, trial)) or [NO_RUN]


def _labelled(view: View, trial: Trial) -> dict[str, str]:
    """The runs of a trial by what opens them."""
    runs = runs_of(trial, view.study.seeds)
    labels = [f"{OPEN} Open the run of seed {escaped(seed, 12)}" for seed in runs] if len(runs) > 1 else [OPEN]
    return dict(zip(labels, runs.values(), strict=False))


def _clicked(key: str, view: View, numbers: Sequence[int]) -> None:
    """A row's menu was used: the page goes to the run with `follow_up`."""
    click = st.session_state[key]
    trial = view.trial(numbers[click["row"]]) if click is not None and click["row"] < len(numbers) else None
    if trial is not None:
        st.session_state[_OPEN] = _labelled(view, trial).get(click["label"])


def draw_one(view: View) -> None:
    """One trial in words, with a link to each of its runs.

    Also for the keyboard, which cannot open the menu of a row.
    """
    numbers = [one.number for one in view.trials]
    remembered = st.session_state.get(_TRIAL, {})
    shown = view.trial(remembered.get(view.study_id)) or view.best or view.trials[0]
    key = value_key(f"sweeps_one:{view.study_id}:{len(numbers)}", shown.number)
    with st.container(border=True, key="one_trial"):
        picker, said = st.columns([1, 3], vertical_alignment="center")
        picker.selectbox(
            "Trial", numbers, numbers.index(shown.number), key=key, format_func=lambda number: f"Trial {number}", filter_mode="contains",
            on_change=callback(_chosen, value=key), args=(key, view.study_id),
        )  # fmt: skip
        best = " · the best so far" if view.best is not None and view.best.number == shown.number else ""
        score = f"**{score_words(shown.score, shown.low, shown.high)}**" if shown.score is not None else state_words(view, shown)
        said.markdown(f"{score}{best} · {escaped(params_text(view, shown, most=12), limit=600)}")
        if shown.error:
            why = escaped(shown.error, limit=400)
            st.caption(f":red[:material/error: {why}]" if shown.state == "failed" else why)
        if not runs_of(shown, view.study.seeds):
            st.caption("It has no run yet.")
        _draw_links(shown, view.study.seeds, "")
        for again in view.again:
            if again.of == shown.number:
                _draw_links(again, view.study.confirm_seeds, "Again, on unseen seeds:")


def _draw_links(trial: Trial, seeds: list[int], words: str) -> None:
    runs = runs_of(trial, seeds)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if words and runs:
            st.caption(words, width="content")
        for seed, run in runs.items():
            value = number_of(trial, seed)
            label = f"Run of seed {escaped(seed, 12)}" + (f": {compact(value)}" if value is not None else "")
            st.page_link(
                "streamlit_app.py",
                label=label,
                icon=":material/monitoring:",
                query_params={"run": run},
                width="content",
            )


def _chosen(key: str, study_id: str) -> None:
    st.session_state[_TRIAL] = st.session_state.get(_TRIAL, {}) | {study_id: st.session_state[key]}


def counts(view: View) -> str:
    """`12 of 20 trials · 2 running · 1 failed`."""
    words = [f"{view.settled:,} of {count(view.study.trials, 'trial')}"]
    found = Counter(state_words(view, one) for one in view.trials)
    told = [TRIAL_WORDS["running"], TRIAL_WORDS["waiting"], UNFINISHED, TRIAL_WORDS["pruned"], TRIAL_WORDS["failed"]]
    words += [f"{found[one]:,} {one.partition(' ')[2].lower()}" for one in told if found[one]]
    if view.again:
        words.append(f"{sum(one.settled for one in view.again)} of {len(view.again)} confirmed")
    return " · ".join(words)
