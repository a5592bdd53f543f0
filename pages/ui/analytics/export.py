"""The section that exports: the curves that are seen, the table and a report. A file is made when it is asked for."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from pages.ui.analytics.axes import DATE_AXIS, X_AXES, XAxis
from pages.ui.analytics.choices import Choices, chosen_view
from pages.ui.analytics.curves import charts_of
from pages.ui.analytics.groups import Groups, groups_of
from pages.ui.analytics.points import View, series_of
from pages.ui.analytics.run_rows import RunRow, setting_names
from pages.ui.analytics.table import COLUMNS, automatic_columns, column
from pages.ui.analytics.versus import sentences_of
from pages.ui.curves import Floats
from pages.ui.downloads import draw_download, draw_downloads
from pages.ui.report import Section, html_report
from pages.ui.text import escaped
from trainer.program import PROGRAM
from trainer.run_files.exact_columns import EXACT_IN_FLOATS, exact_array

NOT_IN_FILES = ("course",)


def draw_export(rows: Sequence[RunRow], every: Sequence[RunRow]) -> None:
    """Draw the buttons, each with what its file holds."""
    if not rows:
        st.info("Choose runs in the table above to export them.", icon=":material/arrow_upward:")
        return
    choices = chosen_view(rows)
    groups = groups_of(rows, choices.group, with_marked=choices.forks)
    names = ", ".join(escaped(metric.label.lower(), 40) for metric in choices.metrics.values())
    st.markdown("## Curves")
    axis = X_AXES[choices.options.x_axis].label.lower()
    st.caption(f"Every point of the selected runs, nothing thinned: {names} over {axis}, a row a point, with its run and group.")
    draw_downloads("curves", lambda: curve_rows(groups, choices))
    st.markdown("## Table")
    st.caption("The selected runs with their results, tags, notes and all settings.")
    draw_downloads("runs", lambda: run_columns(rows))
    st.caption("A text that a spreadsheet would take for a formula gets an apostrophe in front in CSV; Parquet holds it as it is.")
    st.markdown("## Report")
    st.caption("One HTML file that needs nothing else: these curves, A compared with B in sentences, and the table.")
    draw_download("HTML report", "report.html", "text/html", partial(_report, groups, choices, rows, every), ":material/article:")
    st.markdown("## Pictures and whole logs")
    st.caption("Each chart has PNG and SVG buttons at its upper right. For all logs of a run, also for TensorBoard, in a terminal:")
    chosen = " ".join(row.run.run_id for row in rows[:2]) + (" …" if len(rows) > 2 else "")
    st.code(f"{PROGRAM} export {chosen} --to csv|parquet|tensorboard", language="bash")


def curve_rows(groups: Groups, choices: Choices) -> dict[str, Any]:
    """Every point of the curves as columns of one length: run id, name, group, metric, x and value before and after smoothing.

    The x axis is the column of the log as it is: seconds, not minutes; `at` is a time in UTC.
    """
    axis = X_AXES[choices.options.x_axis]
    parts: list[dict[str, Any]] = []
    for group in groups.groups:
        for row in group.rows:
            for name, metric in choices.metrics.items():
                view = View(metric, choices.options.x_axis, choices.options.smoothing)
                x, y = series_of(row, view, in_units=False)
                texts = {"run": row.run.run_id, "name": row.name, "group": group.whole, "metric": name}
                repeated = {column: pa.repeat(exact_array([text])[0], len(y)) for column, text in texts.items()}
                parts.append(repeated | {axis.column: _as_written(x, axis), "value": pa.array(y), "smoothed": pa.array(view.smoothing(y))})
    return {name: pa.chunked_array([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _as_written(x: Floats, axis: XAxis) -> pa.Array:
    """The x values in the type of their column in the log."""
    if axis.column.endswith("_seconds") or (x != np.floor(x)).any() or (np.abs(x) >= EXACT_IN_FLOATS).any():
        return pa.array(x)
    return pa.array(x.astype(np.int64), pa.timestamp("ms", "UTC") if axis is X_AXES[DATE_AXIS] else pa.int64())


def run_columns(rows: Sequence[RunRow]) -> dict[str, Any]:
    """The selected runs as columns: everything that the table can show, to the last digit; a list becomes a text."""
    names = [name for name in (*COLUMNS, *setting_names(rows)) if name not in NOT_IN_FILES]
    return {column(name).file_name or name: [column(name).exact(row) for row in rows] for name in names}


def _report(groups: Groups, choices: Choices, rows: Sequence[RunRow], every: Sequence[RunRow]) -> bytes:
    charts = [chart.to_json() for chart in charts_of(groups, choices, every)]
    left_out = [*groups.copied, *(f"Left out of the groups: {row.name}." for row in groups.left_out)]
    names = [name for name in (*automatic_columns(rows), "id") if name not in NOT_IN_FILES]
    table = {column(name).file_label or column(name).label: [column(name).exact(row) for row in rows] for name in names}
    sections = [Section("Curves", left_out, charts), Section("Compare A vs B", sentences_of(groups.groups)), Section("Runs", table=table)]
    return html_report("Control Room: comparison of runs", sections)
