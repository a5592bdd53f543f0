"""The chart of one metric of the selected runs: their lines, bands, seeds, marks and what they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pages.ui.analytics.axes import DATE_AXIS, X_AXES
from pages.ui.analytics.groups import Group
from pages.ui.analytics.points import MAX_SEED_POINTS, UNSMOOTHED, Smoothing, View, band_of, curve_of, untimed_rows, x_values
from pages.ui.analytics.problems import problem_of_row
from pages.ui.analytics.run_rows import RunRow, about_of_rows
from pages.ui.analytics.task_parts import part_of
from pages.ui.chart.chart import Chart, XKind
from pages.ui.chart.trace import GREY, Level, Trace
from pages.ui.charts import highest_of, joined
from pages.ui.curves import Floats
from pages.ui.run_data import read_ahead, run_data
from pages.ui.text import moment, plain
from trainer.analysis.resampling import Statistic
from trainer.numbers import count, exact
from trainer.run_files.events import EventRow
from trainer.tasks.metric import Metric

STATISTICS: dict[Statistic, str] = {"iqm": "IQM", "median": "median", "mean": "mean"}
MAX_GROUPS = 40  # lines of one chart: more cannot be told apart
MAX_MARKS, MAX_MARKED_RUNS = 200, 100
MAX_SEED_LINES, MAX_ALL_SEED_POINTS = 100, 15_000  # the thin lines of one chart, and their points together: more is one grey patch
MAX_DOTTED = 40  # points of a curve: more would hide the line
ZOOM_GROUP = "curves"


@dataclass(frozen=True, slots=True)
class Options:
    """How curves are drawn, all of them alike.

    Attributes:
        seeds: whether the single runs of a group are drawn as thin lines.
        marks: whether commands are marked.
    """

    x_axis: str = "steps"
    how: Statistic = "iqm"
    smoothing: Smoothing = UNSMOOTHED
    log_x: bool = False
    log_y: bool = False
    seeds: bool = True
    marks: bool = True


@dataclass(slots=True)
class _Drawing:
    """A chart in the making, how many points of how many it shows, and how many runs as thin lines."""

    view: View
    options: Options
    traces: list[Trace] = field(default_factory=list)
    counts: list[Trace] = field(default_factory=list)
    shown: int = 0
    total: int = 0
    thin: int = 0
    elsewhere: bool = False  # whether the baseline trains on another problem

    def add_run(self, row: RunRow, name: str, colour: str, dash: tuple[int, ...], *, width: float = 2.0, whole: str = "") -> None:
        """One run: its curve, and behind it the one before smoothing."""
        curve = curve_of(row, self.view)
        if self.options.smoothing.rows > 1:
            raw = curve_of(row, self.view, raw=True)
            self.traces.append(Trace("line", raw.x, raw.y, name, colour, faint=True))
        dotted = curve.total <= MAX_DOTTED
        self.traces.append(Trace("line", curve.x, curve.y, name, colour, dash=dash, width=width, dots=dotted, whole=whole))
        self.shown += len(curve.x)
        self.total += curve.total

    def add_band(self, group: Group, seed_lines: int, seed_points: int) -> None:
        """Several runs: what they have in common with its band, some of them thin, and how many there are at each x."""
        band, name = band_of(group, self.view, self.options.how), group_name(group)
        if not len(band.x):
            return
        for row in _evenly(group.rows, seed_lines) if self.options.seeds else ():
            curve = curve_of(row, self.view, most=seed_points)
            self.traces.append(Trace("line", curve.x, curve.y, name, group.colour, faint=True))
            self.shown += len(curve.x)
            self.total += curve.total
            self.thin += 1
        known = np.isfinite(band.low)
        self.traces.append(Trace("band", band.x[known], band.low[known], name, group.colour, high=band.high[known]))
        self.traces.append(Trace("line", band.x, band.centre, name, group.colour, dash=group.dash, width=2.5, whole=group.whole))
        self.counts.append(Trace("line", band.x, band.n.astype(np.float64), name, group.colour, width=1.5, steps=True))


def _evenly(rows: Sequence[RunRow], most: int) -> list[RunRow]:
    """Some of the rows, from the first to the last."""
    return [rows[place] for place in np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))]


def group_name(group: Group) -> str:
    """A group in a legend: `γ 0.99 · 3 runs`."""
    return group.label if len(group.rows) == 1 else f"{group.label} · {count(len(group.rows), 'run')}"


def overlay(metric: Metric, groups: Sequence[Group], options: Options, baseline: RunRow | None = None) -> Chart:
    """One metric of all groups over one another; the baseline is a run that is always there, in grey."""
    drawing = _Drawing(View(metric, options.x_axis, options.smoothing), options)
    drawing.elsewhere = baseline is not None and any(
        problem_of_row(row) != problem_of_row(baseline) for group in groups for row in group.rows
    )
    if baseline is not None and not drawing.elsewhere:
        drawing.add_run(baseline, f"Baseline: {plain(baseline.name, 60)}", GREY, (), width=4.0)
    every, groups = groups, groups[:MAX_GROUPS]
    runs = sum(len(group.rows) for group in groups)
    read_ahead((row.run for group in groups for row in group.rows), metric.log)
    several = sum(len(group.rows) for group in groups if len(group.rows) > 1)
    for group in groups:
        if len(group.rows) == 1:
            drawing.add_run(group.rows[0], group_name(group), group.colour, group.dash, whole=group.whole)
        else:
            thin = min(len(group.rows), max(1, MAX_SEED_LINES * len(group.rows) // several))
            drawing.add_band(group, thin, min(MAX_SEED_POINTS, MAX_ALL_SEED_POINTS // min(several, MAX_SEED_LINES)))
    drawn = list(drawing.traces)
    if options.marks and runs <= MAX_MARKED_RUNS:
        drawing.traces += [_marks(group, options.x_axis) for group in groups]
    x_kind: XKind = "date" if options.x_axis == DATE_AXIS else "log" if options.log_x else "linear"
    x_key, x_title = f"{options.x_axis} {x_kind}", X_AXES[options.x_axis].title
    return Chart(
        f"{metric.label} {x_key} {options.log_y}", metric.label, _note(drawing, every), x_title, metric.unit, drawing.traces,
        log_y=options.log_y, zero_y=metric.zero, legend=True, levels=_levels(metric, groups, highest_of(drawn), log_y=options.log_y),
        x_kind=x_kind, counts=drawing.counts, zoom_group=ZOOM_GROUP, x_key=x_key,
    )  # fmt: skip


def _note(drawing: _Drawing, every: Sequence[Group]) -> str:
    """What a person must know about a chart: how its lines were made, and what of the groups it does not show."""
    options, groups = drawing.options, every[:MAX_GROUPS]
    rows = [row for group in groups for row in group.rows]
    several = sum(len(group.rows) for group in groups if len(group.rows) > 1)
    untimed = sum(untimed_rows(row, drawing.view.metric) for row in rows) if options.x_axis == DATE_AXIS else 0
    return joined(
        f"{STATISTICS[options.how]} of runs with its 95 % band" if drawing.counts else "",
        options.smoothing.words(),
        f"{drawing.thin} of {exact(several)} single runs as thin lines" if several > MAX_SEED_LINES and drawing.thin else "",
        f"showing {exact(drawing.shown)} of {exact(drawing.total)} points" if drawing.shown < drawing.total else "",
        "the baseline trains on another problem" if drawing.elsewhere else "",
        f"the first {len(groups)} of {exact(len(every))} lines" if len(groups) < len(every) else "",
        f"commands of over {MAX_MARKED_RUNS} runs are not marked" if options.marks and len(rows) > MAX_MARKED_RUNS else "",
        f"not shown: {exact(untimed)} rows that do not tell when they were written" if untimed else "",
    )


def _levels(metric: Metric, groups: Sequence[Group], highest: float, *, log_y: bool) -> list[Level]:
    """What the task of the runs has to compare them with."""
    rows = [row for group in groups for row in group.rows]
    part = part_of(about_of_rows(rows))
    return part.levels_of(metric, [row.settings for row in rows], highest, log_y=log_y) if part is not None else []


def _marks(group: Group, x_axis: str) -> Trace:
    """Where a command changed something in a group's runs."""
    found: list[tuple[float, str]] = []
    for row in group.rows:
        commands = [event for event in run_data(row.run).events() if event.kind == "command"]
        if commands:
            places = _places(commands, row, x_axis)
            said = (f"{plain(row.name, 40)}, step {exact(event.step)}: {plain(event.message, 120)}" for event in commands)
            found += [(place, text) for place, text in zip(places.tolist(), said, strict=True) if np.isfinite(place)]
    found = sorted(found)[:MAX_MARKS]
    x, texts = np.array([place for place, _ in found]), tuple(text for _, text in found)
    return Trace("marks", x, np.zeros(len(x)), group_name(group), group.colour, texts=texts)


def _places(events: Sequence[EventRow], row: RunRow, x_axis: str) -> Floats:
    """Where events stand on an axis (events,): an event knows its step and when it happened."""
    if x_axis == DATE_AXIS:
        times = [moment(event.at) for event in events]
        return np.array([np.nan if when is None else when.timestamp() * 1e3 for when in times])
    return x_values({"step": np.array([event.step for event in events], np.float64)}, row, x_axis)
