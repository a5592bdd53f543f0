"""A leaderboard as a table in the browser: a click on a row, or Enter, opens its model."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.guard import callback
from pages.ui.models.leaderboard import COMPACT_FROM, MODEL_KEY, Problem, figure_label
from trainer.numbers import MISSING, compact, digits, exact, share, short
from trainer.tasks.about import About

INTERVAL, BEST = "95 %", "Best episode"
FIGURES = ("Median", BEST, "Episodes")  # numbers, also where there are none yet
PURPOSES: dict[str, Callable[[float], str]] = {
    BEST: lambda value: short(value) if abs(value) < COMPACT_FROM else compact(value),
    "Success": share,
    "Training": lambda value: f"{value:,.1f} min",
}
"""How the numbers of some columns are written; those of any other to their last digit."""
_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"table.{ending}").read_text(encoding="utf-8") for ending in ("html", "css", "js"))


def mount_table(problem: Problem, rows: Sequence[Mapping[str, Any]], open_key: str, show: Callable[[str], object]) -> None:
    """Show the table of a problem.

    Args:
        problem: what its models were trained on.
        rows: the best first; see `leaderboard.tables`.
        open_key: the model that is open.
        show: opens another one.
    """
    element = f"leaderboard:{problem!r}"
    mount = st.components.v2.component("control_room.leaderboard", html=_HTML, css=_CSS, js=_JS)
    mount(key=element, data=payload(problem, rows, open_key), on_open_change=callback(partial(_opened, element, show)))


def _opened(element: str, show: Callable[[str], object]) -> None:
    key = st.session_state[element].get("open")
    if isinstance(key, str):
        show(key)


def payload(problem: Problem, rows: Sequence[Mapping[str, Any]], open_key: str) -> dict[str, Any]:
    """What the component gets: for each cell what is read and what it is sorted by."""
    names = list(dict.fromkeys(name for row in rows for name in row if name != MODEL_KEY))
    numbers = {name for name in names if any(isinstance(row.get(name), int | float) for row in rows)} | {
        INTERVAL,
        figure_label(problem.about),
        *FIGURES,
    }
    helps, sorted_by = _helps(problem.about), {INTERVAL: figure_label(problem.about)}
    return {
        "name": problem.words,
        "open": open_key,
        "columns": [{"label": name, "help": helps.get(name, ""), "number": name in numbers} for name in names],
        "rows": [
            {"key": row.get(MODEL_KEY), "cells": [[written(name, row.get(name)), row.get(sorted_by.get(name, name))] for name in names]}
            for row in rows
        ],
    }


def written(name: str, value: object) -> str:
    """A cell as it is read; every number has its separators."""
    if value is None:
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if name in PURPOSES:
        return PURPOSES[name](value)
    if isinstance(value, int):
        return exact(value)
    return digits(value) if abs(value) < COMPACT_FROM else compact(value)  # two runs may differ in the last digit of a setting


def _helps(about: About) -> dict[str, str]:
    """What the pointer reads above a column."""
    counted = (about.headline.counted or about.headline.short_unit).capitalize()
    return {
        figure_label(about): f"Mean of greedy episodes that chose no model: {about.headline.short_unit}",
        INTERVAL: "Interval of the mean",
        "Median": counted,
        BEST: counted,
        "Success": "Share of episodes that the environment called a success",
        "Evaluated": "Truncated episodes might have gone on",
        "Steps": "Environment steps it was trained for",
        "Training": "Active time, without pauses",
    }
