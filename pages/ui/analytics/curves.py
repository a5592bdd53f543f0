"""The section of curves: what to draw over what, in which groups, and what is left out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.lines import SETTING_LABELS, Line, differing
from pages.ui.analytics.metrics import DATE_AXIS, METRICS, X_AXES
from pages.ui.analytics.overlay import STATISTICS, Options, overlay
from pages.ui.analytics.points import Smoothing, bad_rows
from pages.ui.analytics.teams import EACH, SAME, Teams, teams_of
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.text import escaped, plain
from trainer.analysis.groups import FEWEST_SEEDS

ONE_HEIGHT, SEVERAL_HEIGHT = 500, 380  # pixels
MAX_METRICS = 4
SMOOTHED_ROWS = ("1", "3", "5", "10", "20", "50", "100", "200", "500")
NO_BASELINE = ""
ZOOM_SEPARATOR = "~"


def draw_group_choice(lines: Sequence[Line]) -> str:
    """By what the chosen runs are grouped; the same for all sections."""
    asked = address.get("group")
    settings = [name for name in differing(lines) if name != "seed"]
    settings += [asked] if asked in SETTING_LABELS and asked not in settings else []
    words = {SAME: "same settings", EACH: "each run by itself"} | {name: SETTING_LABELS[name] for name in settings}
    help_text = "Runs with the same settings and different seeds make one line with a band. Or choose the setting that tells groups apart."
    return address.select("group", "Group by", list(words), SAME, format_func=words.__getitem__, help=help_text)


def draw_forks_choice() -> bool:
    """Whether forked runs are in groups."""
    help_text = "They did not begin from nothing, so that their curves are no fair part of a group."
    return address.switch("forks", "Group forked runs too", help=help_text)


def draw_left_out(teams: Teams) -> None:
    """What a person must know about the groups: too few seeds, and which runs are in none."""
    words = []
    if teams.few:
        words.append(f":orange[:material/warning:] A group has fewer than {FEWEST_SEEDS} seeds: its interval is narrower than the truth.")
    if teams.left_out:
        names = ", ".join(f"{escaped(line.name, 40)} ({escaped(_why(teams, line), 120)})" for line in teams.left_out[:5])
        more = f" and {len(teams.left_out) - 5} more" if len(teams.left_out) > 5 else ""
        words.append(f":material/call_split: Left out: {names}{more}")
    if words:
        st.caption("  \n".join(words))


def _why(teams: Teams, line: Line) -> str:
    return teams.marked.get(line.run.run_id, "its config.json cannot be read").rstrip(".")


def draw_curves(lines: Sequence[Line], every: Sequence[Line]) -> None:
    """Draw the choices and a chart for each metric.

    Args:
        lines: the chosen runs.
        every: all runs; any of them may be the baseline.
    """
    names, x_axis, group = _draw_choices(lines)
    with st.container(horizontal=True, key="display_tools"), st.popover("Display", icon=":material/show_chart:"):
        options, forks, baseline = _draw_display(x_axis, every)
    teams = teams_of(lines, group, with_marked=forks)
    charts = [overlay(METRICS[name], teams.teams, options, baseline) for name in names]
    if not any(chart.traces for chart in charts) or not lines:
        st.info("Choose runs in the table above to see their curves.", icon=":material/arrow_upward:")
        return
    _draw_charts(charts)
    empty = [chart.title for chart in charts if not any(len(trace.x) for trace in chart.traces)]
    if empty:
        st.caption(f":material/hourglass_empty: None of the chosen runs has a value of {', '.join(f'“{title}”' for title in empty)} yet.")
    draw_left_out(teams)
    _draw_damage(lines)


def _draw_choices(lines: Sequence[Line]) -> tuple[list[str], str, str]:
    metric_box, x_box, group_box = st.columns([5, 2, 2], vertical_alignment="bottom")
    with metric_box:
        label_of = {name: metric.label for name, metric in METRICS.items()}
        names = address.several(
            "metric",
            "Metrics",
            list(METRICS),
            ["evaluation"],
            format_func=label_of.__getitem__,
            max_selections=MAX_METRICS,
            select_all=False,
        )
    with x_box:
        x_axis = address.select("x", "Over", list(X_AXES), "steps", format_func=lambda name: X_AXES[name].label)
    with group_box:
        group = draw_group_choice(lines)
    return names or ["evaluation"], x_axis, group


def _draw_display(x_axis: str, every: Sequence[Line]) -> tuple[Options, bool, Line | None]:
    how = address.segment("how", "Middle of a group", list(STATISTICS), "iqm", format_func=lambda name: STATISTICS[name], help=_HOW_HELP)
    kind = address.segment("kind", "Smoothing", ["exponential", "window"], "exponential", help=_SMOOTHING_HELP)
    rows = address.slide("smooth", "Rows", SMOOTHED_ROWS, "1", help="1 is off. The curve as it was stays behind it, faint.")
    log_y = address.switch("log", "Logarithmic values")
    log_x = address.switch("logx", "Logarithmic axis", disabled=x_axis == DATE_AXIS)
    seeds = address.switch("seeds", "Thin lines for single runs", default=True)
    marks = address.switch(
        "marks", "Mark commands", default=True, help="Triangles where a command changed something; point at one to read it."
    )
    forks = draw_forks_choice()
    by_id = {line.run.run_id: line for line in every}
    chosen = address.select(
        "baseline", "Baseline", [NO_BASELINE, *by_id], NO_BASELINE, help="A run that is always drawn, in grey.",
        format_func=lambda run_id: plain(by_id[run_id].name, 40) + f" · {run_id[:15]}" if run_id else "none",
    )  # fmt: skip
    smoothing = Smoothing("window" if kind == "window" else "exponential", int(rows))
    statistic: Any = how
    options = Options(x_axis, statistic, smoothing, log_x=log_x and x_axis != DATE_AXIS, log_y=log_y, seeds=seeds, marks=marks)
    return options, forks, by_id.get(chosen)


_HOW_HELP = (
    "IQM: the mean without the lowest and the highest quarter; steadier than the median, and less moved by one odd run than the mean."
)
_SMOOTHING_HELP = (
    "exponential: older rows count less and less, and the start is not pulled to 0. window: a row and its neighbours on both sides."
)


def _draw_charts(charts: Sequence[Chart]) -> None:
    height = ONE_HEIGHT if len(charts) == 1 else SEVERAL_HEIGHT
    with st.container(key="charts"):
        for start in range(0, len(charts), 2):
            row = charts[start : start + 2]
            for number, (column, chart) in enumerate(zip(st.columns(len(row), gap="small"), row, strict=True), start):
                element = f"curves_{number}"
                with column:
                    show_chart(chart, element=element, height=height, zoom=zoom_of(chart), on_zoom=partial(_zoomed, element, chart.x_key))


def zoom_of(chart: Chart) -> list[Any]:
    """The zoom in the address, if it is of this chart's x axis: two numbers, or two texts of a date axis."""
    x_key, *ends = address.get("zoom").split(ZOOM_SEPARATOR)
    if x_key != chart.x_key or len(ends) != 2:
        return []
    if chart.x_kind == "date":
        return ends
    try:
        return [float(end) for end in ends]
    except ValueError:
        return []


def _zoomed(element: str, x_key: str) -> None:
    ends = st.session_state[element]["zoom"] or []
    texts = [f"{end:.6g}" if isinstance(end, int | float) else str(end) for end in ends]
    address.put("zoom", ZOOM_SEPARATOR.join([x_key, *texts]) if texts else "")


def _draw_damage(lines: Sequence[Line]) -> None:
    damaged = {line.name: bad for line in lines if (bad := bad_rows(line))}
    if damaged:
        total = sum(damaged.values())
        names = ", ".join(escaped(name, 40) for name in list(damaged)[:5])
        st.caption(f":orange[:material/warning:] {total:,} damaged {'row was' if total == 1 else 'rows were'} skipped, in: {names}")
