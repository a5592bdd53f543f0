"""The section of curves: what to draw over what, in which groups, and what is left out."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.axes import DATE_AXIS, DEFAULT_X, X_AXES
from pages.ui.analytics.choices import (
    MAX_METRICS,
    NO_BASELINE,
    SMOOTHED_ROWS,
    SMOOTHING_KINDS,
    Choices,
    chosen_view,
    default_metric,
    offered_metrics,
    zoom_of,
    zoomed,
)
from pages.ui.analytics.groups import EACH, SAME, Groups, groups_of
from pages.ui.analytics.overlay import STATISTICS, overlay
from pages.ui.analytics.points import bad_rows, untimed_rows
from pages.ui.analytics.run_rows import RunRow, about_of_rows, differing, setting_label, setting_names
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.text import escaped, plain
from trainer.analysis.groups import FEWEST_SEEDS

ONE_HEIGHT, SEVERAL_HEIGHT = 500, 380  # pixels


def draw_group_choice(rows: Sequence[RunRow]) -> None:
    """By what the selected runs are grouped; the same for all sections."""
    asked = address.get("group")
    settings = [name for name in differing(rows) if name != "seed"]
    settings += [asked] if asked in setting_names(rows) and asked not in settings else []
    words = {SAME: "same settings", EACH: "each run by itself"} | {name: setting_label(name) for name in settings}
    help_text = "Runs with the same settings and different seeds make one line with a band. Or choose the setting that tells groups apart."
    address.select("group", "Group by", list(words), SAME, format_func=words.__getitem__, help=help_text)


def draw_forks_choice() -> None:
    """Whether forked runs are in groups."""
    help_text = "They did not begin from nothing, so that their curves are no fair part of a group."
    address.switch("forks", "Group forked runs too", help=help_text)


def draw_left_out(groups: Groups, *, counts: bool = True) -> None:
    """What a person must know about the groups.

    Args:
        groups: the groups, and the runs that are in none.
        counts: whether too few seeds and copies are named too.
    """
    words = []
    if counts and groups.few:
        words.append(
            f":orange[:material/warning:] A group has fewer than {FEWEST_SEEDS} independent seeds: its interval is narrower than the truth."
        )
    words += [f":material/content_copy: {escaped(sentence, 250)}" for sentence in groups.copied if counts]
    if groups.left_out:
        names = ", ".join(f"{escaped(row.name, 40)} ({escaped(_why(groups, row), 120)})" for row in groups.left_out[:5])
        more = f" and {len(groups.left_out) - 5} more" if len(groups.left_out) > 5 else ""
        words.append(f":material/call_split: Left out: {names}{more}")
    if words:
        st.caption("  \n".join(words))


def _why(groups: Groups, row: RunRow) -> str:
    return groups.marked.get(row.run.run_id, "its config.json cannot be read").rstrip(".")


def draw_curves(rows: Sequence[RunRow], every: Sequence[RunRow]) -> None:
    """Draw the choices and a chart for each metric.

    Args:
        rows: the selected runs.
        every: all runs; any of them may be the baseline.
    """
    _draw_choices(rows, every)
    choices = chosen_view(rows or every)
    groups = groups_of(rows, choices.group, with_marked=choices.forks)
    charts = charts_of(groups, choices, every)
    if not any(chart.traces for chart in charts) or not rows:
        st.info("Choose runs in the table above to see their curves.", icon=":material/arrow_upward:")
        return
    _draw_charts(charts)
    empty = [chart.title for chart in charts if not any(len(trace.x) for trace in chart.traces)]
    timeless = choices.options.x_axis == DATE_AXIS and any(untimed_rows(row, metric) for row in rows for metric in choices.metrics.values())
    if empty and not timeless:  # else the charts say what is not shown
        st.caption(f":material/hourglass_empty: None of the selected runs has a value of {', '.join(f'“{title}”' for title in empty)} yet.")
    draw_left_out(groups)
    _draw_damage(rows)


def charts_of(groups: Groups, choices: Choices, every: Sequence[RunRow]) -> list[Chart]:
    """A chart for each chosen metric."""
    baseline = next((row for row in every if row.run.run_id == choices.baseline), None)
    return [overlay(metric, groups.groups, choices.options, baseline) for metric in choices.metrics.values()]


def _draw_choices(rows: Sequence[RunRow], every: Sequence[RunRow]) -> None:
    metric_box, x_box, group_box, display_box = st.columns([4.2, 2.4, 2.4, 2.4], vertical_alignment="bottom")
    with metric_box:
        about, offered = about_of_rows(rows or every), offered_metrics(rows or every)
        default = default_metric(rows or every, offered)
        of = about.name if default == about.default_metric else f"{about.name}_{default}"
        address.several(
            "metric", "Metrics", list(offered), [default], key=address.widget(f"metric_{of}"),
            format_func=lambda name: plain(offered[name].label), max_selections=MAX_METRICS, select_all=False,
        )  # fmt: skip
    with x_box:
        address.select("x", "X axis", list(X_AXES), DEFAULT_X, format_func=lambda name: X_AXES[name].label)
    with group_box:
        draw_group_choice(rows)
    with display_box, st.popover("Display", icon=":material/show_chart:", width="stretch"):
        _draw_display(every)


def _draw_display(every: Sequence[RunRow]) -> None:
    address.segment("how", "Aggregate", list(STATISTICS), "iqm", format_func=lambda name: STATISTICS[name], help=_HOW_HELP)
    address.segment("kind", "Smoothing", SMOOTHING_KINDS, SMOOTHING_KINDS[0], help=_SMOOTHING_HELP)
    address.slide("smooth", "Smoothed rows", SMOOTHED_ROWS, "1", help="1 is off. The curve as it was stays behind it, faint.")
    address.switch("log", "Log scale, y axis")
    address.switch("logx", "Log scale, x axis", disabled=address.get("x") == DATE_AXIS)
    address.switch("seeds", "Thin lines for single runs", default=True)
    address.switch("marks", "Show events", default=True, help="Triangles where a command changed something; point at one to read it.")
    draw_forks_choice()
    names = {row.run.run_id: f"{plain(row.name, 40)} · {row.run.run_id[:15]}" for row in every}
    address.select(
        "baseline", "Baseline", [NO_BASELINE, *names], NO_BASELINE, help="A run that is always drawn, in grey.",
        format_func=lambda run_id: names.get(run_id, "none"),
    )  # fmt: skip


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
                element = address.widget(f"curves_{number}")
                with column:
                    show_chart(chart, element=element, height=height, zoom=zoom_of(chart), on_zoom=partial(zoomed, element, chart.x_key))


def _draw_damage(rows: Sequence[RunRow]) -> None:
    damaged = {row.name: bad for row in rows if (bad := bad_rows(row))}
    if damaged:
        total = sum(damaged.values())
        names = ", ".join(escaped(name, 40) for name in list(damaged)[:5])
        st.caption(f":orange[:material/warning:] {total:,} damaged {'row was' if total == 1 else 'rows were'} skipped, in: {names}")
