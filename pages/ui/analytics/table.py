"""The table of all runs: which columns, in which order, which rows are chosen. All of it is kept in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, get_args

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.analytics import actions, address
from pages.ui.analytics.run_rows import (
    RunRow,
    abouts_of,
    differing,
    matching,
    rows_of,
    setting_label,
    setting_names,
    unread,
)  # fmt: skip
from pages.ui.control_values import value_key
from pages.ui.guard import callback
from pages.ui.selection import older_runs, runs_to_compare
from pages.ui.states import LOOKS
from pages.ui.text import escaped, moment, plain, setting_text
from pages.ui.zone import viewer_zone
from trainer.numbers import MISSING, count, rounded
from trainer.run_files.run_directory import RunDirectory
from trainer.settings import Role
from trainer.tasks import known_settings

DEFAULT_CHOSEN = 12  # the newest runs, until a person chooses
ROLES: tuple[Role, ...] = get_args(Role)
MAX_AUTOMATIC_SETTINGS = 8  # columns of settings that differ; more can be chosen
SHOWN_ROWS, ROW_HEIGHT = 9, 35  # pixels; about as high as a chart
VIEW_ICON, CHOSEN_ICON = ":material/tune:", ":material/checklist:"
MAX_PROBLEMS = 3
SOON_READ = 50  # runs: a person waits for more of them
MENU = "menu"
ALL, NONE = "all", "none"

Columns = st.column_config


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table, and of the files that are made of it.

    Attributes:
        label: what stands above it.
        cell: what the table shows of a run.
        look: how it is drawn.
        help: what the pointer reads; `{headline}` is what people compare first in the tasks of the runs.
        value: what a file gets, not shortened and not rounded; none: what the table shows.
        file_name, file_label: what stands above it in a file and in a report, where the unit is another one there.
    """

    label: str
    cell: Callable[[RunRow], Any]
    look: Callable[..., Any]
    value: Callable[[RunRow], Any] | None = None
    file_name: str = ""
    file_label: str = ""
    help: str = ""

    def exact(self, row: RunRow) -> Any:
        """What a file gets of a run."""
        return (self.value or self.cell)(row)


def _number(label: str, value: Callable[[RunRow], Any], help_text: str, shown: Callable[[Any], Any] = lambda value: value) -> Column:
    look = partial(Columns.NumberColumn, format="localized")
    return Column(label, lambda row: shown(value(row)), look, value, help=help_text)


def _short(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _status(name: str) -> Callable[[RunRow], Any]:
    return lambda row: getattr(row.probed.status, name) if row.probed.status else None


def _minutes(row: RunRow) -> float | None:
    return _short(row.probed.status.active_seconds / 60) if row.probed.status else None


def _started(row: RunRow) -> datetime | None:
    return moment(row.probed.config.created_at) if row.probed.config else None


def _date_column(label: str, **more: Any) -> Any:
    return Columns.DatetimeColumn(label, format="D MMM HH:mm", timezone=viewer_zone().key, **more)


def _state(row: RunRow) -> str:
    return LOOKS[row.probed.state].word + (" · archived" if row.labels.archived else "")


COLUMNS: dict[str, Column] = {
    "name": Column("Run", lambda row: plain(row.name, 80), partial(Columns.TextColumn, width=230), lambda row: row.name),
    "state": Column("State", lambda row: f"{LOOKS[row.probed.state].glyph} {_state(row)}", Columns.TextColumn, _state),
    "task": Column("Task", lambda row: plain(row.task, 40), Columns.TextColumn, lambda row: row.task or None),
    "tags": Column(
        "Tags", lambda row: [plain(tag, 40) for tag in row.labels.tags], Columns.ListColumn, lambda row: ", ".join(row.labels.tags)
    ),
    "note": Column("Note", lambda row: plain(row.labels.note, 200), Columns.TextColumn, lambda row: row.labels.note),
    "course": Column(
        "Evaluations", lambda row: list(row.course), partial(Columns.LineChartColumn, width=110), help="{headline}, oldest first"
    ),
    "last": _number("Last", lambda row: row.last, "{headline} of the last evaluation", _short),
    "best": _number("Best", lambda row: row.best, "{headline} of the best evaluation", _short),
    "mean": _number("Mean", lambda row: row.mean, "Mean of all evaluations: it tells which run was good early", _short),
    "steps": _number("Steps", _status("num_timesteps"), "Environment steps done"),
    "active": Column(
        "Active (min)",
        _minutes,
        partial(Columns.NumberColumn, format="localized"),
        _status("active_seconds"),
        "active_seconds",
        "Active (s)",
        "Without pauses and slow motion",
    ),
    "speed": _number(
        "Steps/s", _status("steps_per_second"), "Environment steps per second of active time", lambda speed: round(speed) if speed else None
    ),
    "started": Column("Started", _started, _date_column),
    "id": Column("Id", lambda row: row.run.run_id, Columns.TextColumn),
}
SORTS = {
    "started": "Newest first", "name": "Name", "state": "State", "last": "Last evaluation", "best": "Best evaluation",
    "mean": "Mean evaluation", "steps": "Steps", "active": "Active time", "speed": "Steps per second",
}  # fmt: skip
RISING, RESULTS = ("name", "state"), ("last", "best", "mean")


def column(name: str) -> Column:
    """A column by its name; the name of a setting is the column of its values."""
    if name in COLUMNS:
        return COLUMNS[name]
    look = SETTING_LOOKS.get(_kind(name), Columns.Column)
    return Column(setting_label(name), lambda row: _setting(row, name), look, lambda row: _exact_setting(row, name))


def _kind(name: str) -> type | None:
    return known_settings()[name].kind if name in known_settings() else None


SETTING_LOOKS: dict[type | None, Callable[..., Any]] = {
    int: partial(Columns.NumberColumn, format="localized"),
    float: partial(Columns.NumberColumn, format="plain"),  # all digits: two runs may differ in the last one
}


def _setting(row: RunRow, name: str) -> object:
    """A number for a column of numbers, which can be sorted; nothing where there is none."""
    value = row.settings.get(name)
    if _kind(name) not in SETTING_LOOKS:
        return setting_text(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _exact_setting(row: RunRow, name: str) -> Any:
    value = row.settings.get(name)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def automatic_columns(rows: Sequence[RunRow]) -> list[str]:
    """The columns to begin with: tags and notes if there are any, tasks if there are several, and the settings that differ."""
    unused = {"id"}
    if len({row.task for row in rows if row.task}) < 2:
        unused.add("task")
    if not any(row.labels.tags for row in rows):
        unused.add("tags")
    if not any(row.labels.note for row in rows):
        unused.add("note")
    names = [name for name in COLUMNS if name not in unused]
    settings = sorted(differing(rows), key=_weight)[:MAX_AUTOMATIC_SETTINGS]
    place = names.index("steps")
    return names[:place] + settings + names[place:]


def _weight(name: str) -> tuple[int, bool]:
    """What decides comes before what is only measured or recorded, and what is always asked before the rest: few are shown."""
    setting = known_settings().get(name)
    return (ROLES.index(setting.role), setting.advanced) if setting is not None else (len(ROLES), True)


def ordered(rows: Sequence[RunRow], by: str) -> list[RunRow]:
    """The rows in the order of a column; those without a value come last."""
    if by == "started":
        return list(rows)
    cell = COLUMNS[by].cell
    known = [row for row in rows if cell(row) is not None]
    rising = by in RISING or (by in RESULTS and all(about.headline.better == "lower" for about in abouts_of(known)))
    return sorted(known, key=cell, reverse=not rising) + [row for row in rows if cell(row) is None]


def help_of(column: Column, rows: Sequence[RunRow]) -> str | None:
    """What the pointer reads at the head of a column of these runs."""
    words = [f"mean {metric.counted}" if metric.counted else metric.label for metric in (about.headline for about in abouts_of(rows))]
    headline = " or ".join(dict.fromkeys(words)) or "value"
    return column.help.format(headline=escaped(headline[:1].upper() + headline[1:])) or None


def frame_of(rows: Sequence[RunRow], names: Sequence[str]) -> pd.DataFrame:
    """The table; numbers stay numbers, so that a click on a heading sorts."""
    return pd.DataFrame({name: _cells(name, rows) for name in names})


def _cells(name: str, rows: Sequence[RunRow]) -> list[Any]:
    """A column's cells; a row is made anew when one of its run's files changes, so what it shows is worked out once."""
    cell = column(name).cell
    for row in rows:
        if name not in row.cells:
            row.cells[name] = cell(row)
    return [row.cells[name] for row in rows]


def soon_read(runs: Sequence[RunDirectory]) -> bool:
    """Whether the table is there at once: no more than a few of the runs must be read for it."""
    return unread(runs) <= SOON_READ


def draw_table(there: list[RunDirectory]) -> tuple[list[RunRow], list[RunRow]]:
    """Draw the table and what chooses its rows and columns; returns its rows, and those that are chosen.

    Args:
        there: all runs, newest first; see `runs_to_compare` for those that the table has.
    """
    tools, undo = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="table_tools"), st.container()
    with tools:
        search = address.typed("q", "Search", placeholder="name, tag, state, gamma=0.99", icon=":material/search:", live="300ms")
        sort = address.select("sort", "Sort by", list(SORTS), "started", format_func=SORTS.__getitem__, width=190)
    runs = runs_to_compare(there, set(address.get("runs").split(address.LIST_SEPARATOR)), search)
    place, view, bulk = None, tools, tools
    if not soon_read(runs):
        view, bulk = tools.empty(), tools.empty()  # only now: what is emptied at each redrawing closes an open menu
        view.popover("View", icon=VIEW_ICON, disabled=True)  # so that what stands beside it does not move
        bulk.popover("Actions", icon=CHOSEN_ICON, disabled=True)
        place = _draw_waiting(len(runs))
    every = rows_of(runs)
    with view.popover("View", icon=VIEW_ICON, help="Columns, archived runs, the trash"):
        archived = address.switch("archived", "Show archived runs")
        listed = [row for row in every if archived or not row.labels.archived]
        automatic = automatic_columns(listed)
        names = address.several(
            "cols", "Columns", [*COLUMNS, *setting_names(listed)], automatic, key=address.widget(f"cols:{hash(tuple(automatic))}"),
            format_func=lambda name: column(name).label,
        )  # fmt: skip
        actions.draw_trash()
    chosen = chosen_ids(listed)
    picked = [row for row in listed if row.run.run_id in chosen]
    with bulk.popover("Actions", icon=CHOSEN_ICON, help="For one run, or for all that are selected", disabled=not listed):
        actions.draw_one(listed)
        if picked:
            st.markdown(f"**{count(len(picked), 'selected run')}**")
            actions.draw_chosen(picked)
    shown = ordered(matching(listed, search), sort)
    with undo:
        actions.draw_undo()
    _draw_frame(place, shown, names or ["name"], chosen, [row.run.run_id for row in listed])
    _draw_counts(shown, listed, picked)
    if older := len(there) - len(runs):
        st.caption(f"{older_runs(older)} not in the table; a search finds older runs by their id.")
    _draw_problems(listed)
    return every, picked


def _draw_waiting(runs: int) -> DeltaGenerator:
    """The table before its runs are read, whose place it takes: meanwhile the browser loads what draws it."""
    rows = min(SHOWN_ROWS - 1, runs)
    blank = {COLUMNS[name].label: [None] * rows for name in automatic_columns([])}
    return st.dataframe(pd.DataFrame(blank), hide_index=True, height=_height(rows), placeholder="…", alt="All runs are being read")


def _height(rows: int) -> int:
    return min(SHOWN_ROWS, rows + 1) * ROW_HEIGHT + 3


def _draw_problems(listed: Sequence[RunRow]) -> None:
    problems = [f"{escaped(row.name, 40)}: {escaped(row.problem, 200)}" for row in listed if row.problem]
    if problems:
        more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        st.caption("  \n".join(f":orange[:material/warning:] {problem}" for problem in problems[:MAX_PROBLEMS] + more))


def _draw_counts(shown: Sequence[RunRow], listed: Sequence[RunRow], picked: Sequence[RunRow]) -> None:
    """How many runs there are and how many are selected; those that a search hides are named, and can be left out."""
    runs = count(len(listed), "run")
    st.caption(f"{f'{len(shown):,} of ' if len(shown) < len(listed) else ''}{runs} · {len(picked):,} selected")
    seen = {row.run.run_id for row in shown}
    hidden = [row for row in picked if row.run.run_id not in seen]
    if not hidden:
        return
    what = "1 selected run is" if len(hidden) == 1 else f"{len(hidden):,} selected runs are"
    names = ", ".join(escaped(row.name, 40) for row in hidden[:MAX_PROBLEMS]) + (", …" if len(hidden) > MAX_PROBLEMS else "")
    kept = {row.run.run_id for row in picked} & seen
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange[:material/visibility_off:] {what} hidden by the search and still in what follows: {names}", width="content")
        st.button(
            "Deselect", key="deselect_hidden", icon=":material/close:",
            on_click=callback(choose), args=(kept, [row.run.run_id for row in listed]),
        )  # fmt: skip


def chosen_ids(listed: Sequence[RunRow]) -> set[str]:
    """The selected runs: those in the address, else the newest."""
    asked, ids = address.get("runs"), [row.run.run_id for row in listed]
    if asked == ALL:
        return set(ids)
    if asked == NONE:
        return set()
    return set(asked.split(address.LIST_SEPARATOR)) & set(ids) or set(ids[:DEFAULT_CHOSEN])


def choose(ids: set[str], listed: Sequence[str]) -> None:
    """Choose runs; the address names them in the order of the list."""
    in_order = [one for one in listed if one in ids]
    text = ALL if len(in_order) == len(listed) else address.LIST_SEPARATOR.join(in_order) or NONE
    address.put("runs", text)


def _draw_frame(place: DeltaGenerator | None, shown: list[RunRow], names: list[str], chosen: set[str], listed: list[str]) -> None:
    ids = [row.run.run_id for row in shown]
    numbers = [number for number, run_id in enumerate(ids) if run_id in chosen]
    key = value_key(f"runs_table:{hash(tuple(ids))}", {"selection": {"rows": numbers, "columns": [], "cells": []}})
    frame = frame_of(shown, names)
    frame.insert(0, MENU, [actions.menu_of(row) for row in shown])
    looks = {name: column(name).look(column(name).label, help=help_of(column(name), shown)) for name in names}
    clicked = "runs_menu"
    looks[MENU] = Columns.ButtonColumn(
        "", width=46, pinned=True, type="tertiary", key=clicked, on_click=callback(actions.clicked), args=(clicked, ids)
    )
    (place or st).dataframe(
        frame, key=key, hide_index=True, height=_height(len(shown)), placeholder=MISSING, alt="All runs",
        on_select=callback(partial(_selected, key, ids, chosen, listed), value=key), column_config=looks,
        selection_default={"selection": {"rows": numbers}},
    )  # fmt: skip


def _selected(key: str, ids: list[str], before: set[str], listed: list[str]) -> None:
    """Rows were chosen or left: what a search hides stays as it was."""
    numbers = st.session_state[key]["selection"]["rows"]
    choose((before - set(ids)) | {ids[number] for number in numbers if number < len(ids)}, listed)
