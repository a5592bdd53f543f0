"""The choices of the analytics page, kept in its address, and the part that is redrawn."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.chart.chart import show_chart
from pages.ui.charts import overlay_chart
from pages.ui.comparison import METRICS, X_AXES, comparison_row, differing_settings, distinct_names, series
from pages.ui.curves import smoothed
from pages.ui.references import references_for
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import labels_of, name_of
from pages.ui.text import plain
from trainer.launcher import Probe, probe
from trainer.run_files.run_directory import RunDirectory

DEFAULT_RUNS = 5
OVERLAY_HEIGHT = 460  # pixels
WINDOWS = (1, 3, 5, 10, 20, 50, 100, 200, 500)  # rows


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person wants to compare."""

    runs: tuple[RunDirectory, ...]
    metric: str
    x_axis: str
    window: int
    log_y: bool


def _from_address(name: str, allowed: list[str], default: str) -> str:
    value = st.query_params.get(name, default)
    return value if value in allowed else default


def _remember(name: str, value: str, default: str) -> None:
    if value != default:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def draw_choices(runs: tuple[RunDirectory, ...]) -> Choices:
    """Draw the widgets; every choice is in the address, so that a link shows the same."""
    chosen = _draw_runs({run.run_id: run for run in runs})
    metric_box, x_box, window_box, log_box = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    windows = [str(window) for window in WINDOWS]
    metric = _from_address("metric", list(METRICS), "evaluation")
    x_axis = _from_address("x", list(X_AXES), "steps")
    window = _from_address("smooth", windows, "1")
    metric = metric_box.selectbox(
        "Metric", list(METRICS), list(METRICS).index(metric), key="analytics_metric", format_func=lambda name: METRICS[name].label
    )
    x_axis = x_box.selectbox("Over", list(X_AXES), list(X_AXES).index(x_axis), key="analytics_x", format_func=lambda name: X_AXES[name][1])
    window = window_box.select_slider(
        "Smoothing (rows)", windows, window, key="analytics_smooth", help="Running mean over this many rows; 1 is off."
    )
    log_y = log_box.toggle("Logarithmic", _from_address("log", ["0", "1"], "0") == "1", key="analytics_log")
    for name, value, default in (
        ("metric", metric, "evaluation"),
        ("x", x_axis, "steps"),
        ("smooth", window, "1"),
        ("log", str(int(log_y)), "0"),
    ):
        _remember(name, value, default)
    return Choices(tuple(chosen), metric, x_axis, int(window), log_y)


def _draw_runs(by_id: dict[str, RunDirectory]) -> list[RunDirectory]:
    newest = list(by_id)[:DEFAULT_RUNS]
    asked = [run_id for run_id in st.query_params.get("runs", "").split(",") if run_id in by_id]
    labels = labels_of(by_id.values(), {})
    chosen = st.multiselect(
        "Runs", list(by_id), asked or newest, key="analytics_runs", format_func=labels.__getitem__, placeholder="Choose runs"
    )
    _remember("runs", ",".join(chosen), ",".join(newest))
    return [by_id[run_id] for run_id in chosen if run_id in by_id]


def draw_analytics(choices: Choices) -> None:
    """Draw the overlay and the table of the chosen runs."""
    present = [(probed, run_data(probed.run).refresh()) for probed in map(probe, choices.runs) if probed.state != "gone"]
    if not present:
        st.info("Choose one or more runs above to compare them.", icon=":material/arrow_upward:")
        return
    _draw_overlay(present, choices)
    _draw_table(present)


def _draw_overlay(present: list[tuple[Probe, RunRows]], choices: Choices) -> None:
    metric = METRICS[choices.metric]
    names = distinct_names([plain(name_of(probed.run), 40) for probed, _ in present])
    curves = [
        (name, smoothed(*series(rows, metric, choices.x_axis), choices.window)) for name, (_, rows) in zip(names, present, strict=True)
    ]
    if not any(len(curve.x) for _, curve in curves):
        st.info(f"None of the chosen runs has a value of “{metric.label}” yet.", icon=":material/hourglass_empty:")
        return
    x_title = X_AXES[choices.x_axis][1]
    greedy_games = metric.log == "evaluations"  # training games explore under a low ceiling: no fair comparison
    settings = [probed.config.settings if probed.config else {} for probed, _ in present]
    made = overlay_chart(
        curves,
        title=metric.label,
        window=choices.window,
        unit=metric.unit,
        x_title=x_title,
        log_y=choices.log_y,
        references=references_for(settings) if greedy_games else (),
    )
    show_chart(made, element="overlay", height=OVERLAY_HEIGHT)


def _draw_table(present: list[tuple[Probe, RunRows]]) -> None:
    settings = differing_settings([probed for probed, _ in present])
    columns = st.column_config
    st.dataframe(
        [comparison_row(probed, rows, settings) for probed, rows in present],
        key="comparison",
        hide_index=True,
        column_config={
            "Started": columns.DatetimeColumn(format="D MMM HH:mm"),
            "Steps": columns.NumberColumn(format="localized", help="Environment steps done"),
            "Best": columns.NumberColumn(format="%.1f"),
            "Last evaluation": columns.NumberColumn(format="%.1f", help="Mean lines of greedy games"),
            "Active time": columns.NumberColumn(format="%.0f s", help="Without pauses and slow motion"),
            "Steps/s": columns.NumberColumn(format="localized"),
        },
    )
    if settings:
        st.caption("After Steps/s: the settings in which these runs differ.")
