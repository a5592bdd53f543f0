"""What a person has chosen to see, as the address tells it: for the sections that draw it and for the one that exports it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.axes import DATE_AXIS, DEFAULT_X, X_AXES
from pages.ui.analytics.groups import EACH, SAME
from pages.ui.analytics.overlay import STATISTICS, Options
from pages.ui.analytics.points import Smoothing, SmoothingKind
from pages.ui.analytics.run_rows import RunRow, about_of_rows, setting_names
from pages.ui.chart.chart import Chart
from pages.ui.run_data import run_data
from pages.ui.zone import from_utc, to_utc, viewer_zone
from trainer.run_files.metrics import MetricsRow
from trainer.run_files.opening import exists
from trainer.tasks.metric import Metric

MAX_METRICS = 4
ASKED_RUNS = 3  # what else is recorded: runs that are compared record the same, and a thousand logs are not read for it
CORE = {one.name for one in fields(MetricsRow)}
SMOOTHING_KINDS: tuple[SmoothingKind, ...] = get_args(SmoothingKind)
SMOOTHED_ROWS = ("1", "3", "5", "10", "20", "50", "100", "200", "500")
NO_BASELINE = ""
ZOOM_SEPARATOR = "~"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is drawn, and how.

    Attributes:
        metrics: by name, of the task of the runs.
        group: see `groups_of`.
        forks: whether forked runs are in groups.
        baseline: the id of a run that is always drawn, or nothing.
    """

    metrics: Mapping[str, Metric]
    group: str
    forks: bool
    options: Options
    baseline: str


def chosen_view(rows: Sequence[RunRow]) -> Choices:
    """The view of these runs in the address; what is not valid there is the default."""
    x_axis = address.one_of("x", list(X_AXES), DEFAULT_X)
    kind = address.one_of("kind", SMOOTHING_KINDS, SMOOTHING_KINDS[0])
    options = Options(
        x_axis=x_axis,
        how=address.one_of("how", list(STATISTICS), "iqm"),
        smoothing=Smoothing(kind, int(address.one_of("smooth", SMOOTHED_ROWS, "1"))),
        log_x=address.is_on("logx") and x_axis != DATE_AXIS,
        log_y=address.is_on("log"),
        seeds=address.is_on("seeds", default=True),
        marks=address.is_on("marks", default=True),
    )
    offered = offered_metrics(rows)
    names = address.some_of("metric", list(offered), [default_metric(rows, offered)])[:MAX_METRICS]
    metrics = {name: offered[name] for name in names}
    group = address.one_of("group", [SAME, EACH, *setting_names(rows)], SAME)
    return Choices(metrics, group, address.is_on("forks"), options, address.get("baseline", NO_BASELINE))


def offered_metrics(rows: Sequence[RunRow]) -> dict[str, Metric]:
    """What can be drawn of these runs: what their task describes, then every other number that they record, under its own name."""
    described = about_of_rows(rows).metrics
    columns = {metric.column for metric in described.values()} | CORE
    recorded = dict.fromkeys(name for row in rows[:ASKED_RUNS] for name in run_data(row.run).log("metrics") if name not in columns)
    others = (name for name in recorded if address.LIST_SEPARATOR not in name)
    return {**described} | {name: Metric(name, "value", "metrics", name, None) for name in others if name not in described}


def default_metric(rows: Sequence[RunRow], offered: Mapping[str, Metric]) -> str:
    """What is drawn if nobody chooses: what people compare first, or what other programs have recorded, where they have nothing of it."""
    about = about_of_rows(rows)
    if not rows or any(row.last is not None or not exists(row.run.source) for row in rows):
        return about.default_metric
    recorded = {name for row in rows[:ASKED_RUNS] for name in run_data(row.run).log("metrics")} - CORE
    return next((name for name, metric in offered.items() if metric.log == "metrics" and metric.column in recorded), about.default_metric)


def compared_metric(rows: Sequence[RunRow]) -> Metric:
    """What groups of these runs are compared by; see `default_metric`."""
    compared = about_of_rows(rows).compared
    return compared[default_metric(rows, compared)]


def zoom_of(chart: Chart) -> list[Any]:
    """The zoom in the address, if it is of this chart's x axis: two numbers, or two texts of a date axis."""
    x_key, *ends = address.get("zoom").split(ZOOM_SEPARATOR)
    if x_key != chart.x_key or len(ends) != 2:
        return []
    try:
        return [from_utc(end, viewer_zone()) if chart.x_kind == "date" else float(end) for end in ends]
    except (ValueError, OverflowError):
        return []


def zoomed(element: str, x_key: str) -> None:
    """A person has zoomed a chart: the address remembers it."""
    ends = st.session_state[element]["zoom"] or []
    try:
        texts = [repr(end) if isinstance(end, int | float) else to_utc(str(end), viewer_zone()) for end in ends]
    except (ValueError, OverflowError):  # a place on the axis of the date that is no date
        return
    address.put("zoom", ZOOM_SEPARATOR.join([x_key, *texts]) if texts else "")
