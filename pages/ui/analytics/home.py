"""The section that takes things home: the curves that are seen, the table and a report. Files are made when they are asked for."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.analytics.choices import Choices, chosen_view
from pages.ui.analytics.curves import charts_of
from pages.ui.analytics.lines import SETTING_LABELS, Line
from pages.ui.analytics.metrics import METRICS
from pages.ui.analytics.points import View, series_of
from pages.ui.analytics.table import COLUMNS, automatic_columns, column
from pages.ui.analytics.teams import Teams, teams_of
from pages.ui.analytics.versus import sentences_of
from pages.ui.report import Section, html_report
from trainer.analysis.export import csv_bytes, parquet_bytes

NOT_IN_FILES = ("course",)


def draw_home(lines: Sequence[Line], every: Sequence[Line]) -> None:
    """Draw the buttons, each with what its file holds."""
    if not lines:
        st.info("Choose runs in the table above to take them home.", icon=":material/arrow_upward:")
        return
    choices = chosen_view()
    teams = teams_of(lines, choices.group, with_marked=choices.forks)
    names = ", ".join(METRICS[name].label.lower() for name in choices.metrics)
    st.markdown("##### Curves")
    st.caption(
        f"Every point of the chosen runs, nothing thinned: {names} over {choices.options.x_axis}, a row a point, with its run and group."
    )
    with st.container(horizontal=True):
        _button("CSV", "curves.csv", "text/csv", partial(_curves_as, csv_bytes, teams, choices), ":material/csv:")
        _button(
            "Parquet",
            "curves.parquet",
            "application/vnd.apache.parquet",
            partial(_curves_as, parquet_bytes, teams, choices),
            ":material/table:",
        )
    st.markdown("##### Table")
    st.caption("The chosen runs with their results, tags, notes and all settings.")
    with st.container(horizontal=True):
        _button("CSV", "runs.csv", "text/csv", partial(_runs_as, csv_bytes, lines), ":material/csv:")
        _button("Parquet", "runs.parquet", "application/vnd.apache.parquet", partial(_runs_as, parquet_bytes, lines), ":material/table:")
    st.markdown("##### Report")
    st.caption("One HTML file that needs nothing else: these curves, A against B in sentences, and the table.")
    _button("HTML report", "report.html", "text/html", partial(_report, teams, choices, lines, every), ":material/article:")
    st.markdown("##### Pictures and whole logs")
    st.caption("Each chart has PNG and SVG buttons at its upper right. For all logs of a run, also for TensorBoard, in a terminal:")
    chosen = " ".join(line.run.run_id for line in lines[:2]) + (" …" if len(lines) > 2 else "")
    st.code(f"python -m trainer export {chosen} --to csv|parquet|tensorboard", language="bash")


def _button(label: str, file_name: str, mime: str, data: Callable[[], bytes], icon: str) -> None:
    st.download_button(label, data, f"control-room-{file_name}", mime, key=f"download_{file_name}", icon=icon, on_click="ignore")


def _curves_as(write: Callable[[dict[str, Any]], bytes], teams: Teams, choices: Choices) -> bytes:
    return write(curve_rows(teams, choices))


def curve_rows(teams: Teams, choices: Choices) -> dict[str, Any]:
    """Every point of the curves as columns of one length: run id, name, group, metric, x and value before and after smoothing."""
    parts: list[tuple[str, str, str, str, Any, Any, Any]] = []
    for team in teams.teams:
        for line in team.lines:
            for name in choices.metrics:
                view = View(METRICS[name], choices.options.x_axis, choices.options.smoothing)
                x, y = series_of(line, view)
                parts.append((line.run.run_id, line.name, team.label, name, x, y, view.smoothing(y)))
    columns: dict[str, Any] = {
        name: np.concatenate([np.repeat(part[place], len(part[4])) for part in parts]) if parts else []
        for place, name in enumerate(("run", "name", "group", "metric"))
    }
    numbers = {choices.options.x_axis: 4, "value": 5, "smoothed": 6}
    return columns | {name: np.concatenate([part[place] for part in parts]) if parts else [] for name, place in numbers.items()}


def _runs_as(write: Callable[[dict[str, Any]], bytes], lines: Sequence[Line]) -> bytes:
    return write(run_rows(lines))


def run_rows(lines: Sequence[Line]) -> dict[str, Any]:
    """The chosen runs as columns: what the table can show, lists as text."""
    names = [name for name in (*COLUMNS, *SETTING_LABELS) if name not in NOT_IN_FILES]
    return {name: _plain([column(name).cell(line) for line in lines]) for name in names}


def _plain(values: list[Any]) -> list[Any]:
    """Values of one type: what is mixed or a list becomes text."""
    flat = [", ".join(value) if isinstance(value, list) else value for value in values]
    if all(value is None or isinstance(value, int | float) for value in flat):
        return [None if value is None else float(value) if any(isinstance(one, float) for one in flat) else value for value in flat]
    return [value if value is None or isinstance(value, datetime) else str(value) for value in flat]


def _report(teams: Teams, choices: Choices, lines: Sequence[Line], every: Sequence[Line]) -> bytes:
    charts = [chart.to_json() for chart in charts_of(teams, choices, every)]
    left_out = [f"Left out of the groups: {line.name}." for line in teams.left_out]
    names = [name for name in (*automatic_columns(lines), "id") if name not in NOT_IN_FILES]
    table = {column(name).label: _plain([column(name).cell(line) for line in lines]) for name in names}
    sections = [Section("Curves", left_out, charts), Section("A against B", sentences_of(teams.teams)), Section("Runs", table=table)]
    return html_report("Control Room: comparison of runs", sections)
