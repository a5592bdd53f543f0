"""The chart of one metric of the chosen runs: their lines, bands, seeds, marks and what they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pages.ui.analytics.boards import board_of
from pages.ui.analytics.lines import Line
from pages.ui.analytics.metrics import DATE_AXIS, HEADLINE, X_AXES, Metric
from pages.ui.analytics.points import MAX_SEED_POINTS, UNSMOOTHED, Smoothing, View, band_of, curve_of, untimed_rows, x_values
from pages.ui.analytics.teams import Team
from pages.ui.chart.chart import Chart, XKind
from pages.ui.chart.trace import GREY, Trace
from pages.ui.charts import joined, levels
from pages.ui.curves import Floats
from pages.ui.run_data import read_ahead, run_data
from pages.ui.tetris.references import Reference, references_for
from pages.ui.text import moment, plain
from trainer.analysis.resampling import Statistic
from trainer.numbers import exact
from trainer.run_files.events import EventRow

STATISTICS: dict[Statistic, str] = {"iqm": "IQM", "median": "median", "mean": "mean"}
MAX_TEAMS = 40  # lines of one chart: more cannot be told apart
MAX_MARKS, MAX_MARKED_RUNS = 200, 100
MAX_SEED_LINES, MAX_ALL_SEED_POINTS = 100, 15_000  # the thin lines of one chart, and their points together: more is one grey patch
MAX_DOTTED = 40  # points of a curve: more would hide the line
ZOOM_GROUP = "curves"


@dataclass(frozen=True, slots=True)
class Options:
    """How curves are drawn, all of them alike.

    Attributes:
        seeds: whether the single runs of a team are drawn as thin lines.
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
    elsewhere: bool = False  # whether the baseline plays on another board

    def add_run(self, line: Line, name: str, colour: str, dash: tuple[int, ...], *, width: float = 2.0, whole: str = "") -> None:
        """One run: its curve, and behind it the one before smoothing."""
        curve = curve_of(line, self.view)
        if self.options.smoothing.rows > 1:
            raw = curve_of(line, self.view, raw=True)
            self.traces.append(Trace("line", raw.x, raw.y, name, colour, faint=True))
        dotted = curve.total <= MAX_DOTTED
        self.traces.append(Trace("line", curve.x, curve.y, name, colour, dash=dash, width=width, dots=dotted, whole=whole))
        self.shown += len(curve.x)
        self.total += curve.total

    def add_band(self, team: Team, seed_lines: int, seed_points: int) -> None:
        """Several runs: what they have in common with its band, some of them thin, and how many there are at each x."""
        band, name = band_of(team, self.view, self.options.how), team_name(team)
        if not len(band.x):
            return
        for line in _evenly(team.lines, seed_lines) if self.options.seeds else ():
            curve = curve_of(line, self.view, most=seed_points)
            self.traces.append(Trace("line", curve.x, curve.y, name, team.colour, faint=True))
            self.shown += len(curve.x)
            self.total += curve.total
            self.thin += 1
        known = np.isfinite(band.low)
        self.traces.append(Trace("band", band.x[known], band.low[known], name, team.colour, high=band.high[known]))
        self.traces.append(Trace("line", band.x, band.centre, name, team.colour, dash=team.dash, width=2.5, whole=team.whole))
        self.counts.append(Trace("line", band.x, band.n.astype(np.float64), name, team.colour, width=1.5, steps=True))


def _evenly(lines: Sequence[Line], most: int) -> list[Line]:
    """Some of the lines, from the first to the last."""
    return [lines[place] for place in np.unique(np.linspace(0, len(lines) - 1, most).astype(np.int64))]


def team_name(team: Team) -> str:
    """A team in a legend: `γ 0.99 · 3 runs`."""
    return team.label if len(team.lines) == 1 else f"{team.label} · {len(team.lines)} runs"


def overlay(metric: Metric, teams: Sequence[Team], options: Options, baseline: Line | None = None) -> Chart:
    """One metric of all teams over one another; the baseline is a run that is always there, in grey."""
    drawing = _Drawing(View(metric, options.x_axis, options.smoothing), options)
    drawing.elsewhere = baseline is not None and any(board_of(line) != board_of(baseline) for team in teams for line in team.lines)
    if baseline is not None and not drawing.elsewhere:
        drawing.add_run(baseline, f"Baseline: {plain(baseline.name, 60)}", GREY, (), width=4.0)
    every, teams = teams, teams[:MAX_TEAMS]
    runs = sum(len(team.lines) for team in teams)
    read_ahead((line.run for team in teams for line in team.lines), metric.log)
    several = sum(len(team.lines) for team in teams if len(team.lines) > 1)
    for team in teams:
        if len(team.lines) == 1:
            drawing.add_run(team.lines[0], team_name(team), team.colour, team.dash, whole=team.whole)
        else:
            lines = min(len(team.lines), max(1, MAX_SEED_LINES * len(team.lines) // several))
            drawing.add_band(team, lines, min(MAX_SEED_POINTS, MAX_ALL_SEED_POINTS // min(several, MAX_SEED_LINES)))
    drawn = list(drawing.traces)
    if options.marks and runs <= MAX_MARKED_RUNS:
        drawing.traces += [_marks(team, options.x_axis) for team in teams]
    x_kind: XKind = "date" if options.x_axis == DATE_AXIS else "log" if options.log_x else "linear"
    x_key, x_title = f"{options.x_axis} {x_kind}", X_AXES[options.x_axis].title
    return Chart(
        f"{metric.label} {x_key} {options.log_y}", metric.label, _note(drawing, every), x_title, metric.unit, drawing.traces,
        log_y=options.log_y, zero_y=metric.zero, legend=True, levels=levels(_references(metric, teams), drawn, log_y=options.log_y),
        x_kind=x_kind, counts=drawing.counts, zoom_group=ZOOM_GROUP, x_key=x_key,
    )  # fmt: skip


def _note(drawing: _Drawing, every: Sequence[Team]) -> str:
    """What a person must know about a chart: how its lines were made, and what of the teams it does not show."""
    options, teams = drawing.options, every[:MAX_TEAMS]
    lines = [line for team in teams for line in team.lines]
    several = sum(len(team.lines) for team in teams if len(team.lines) > 1)
    untimed = sum(untimed_rows(line, drawing.view.metric) for line in lines) if options.x_axis == DATE_AXIS else 0
    return joined(
        f"{STATISTICS[options.how]} of runs with its 95 % band" if drawing.counts else "",
        options.smoothing.words(),
        f"{drawing.thin} of {exact(several)} single runs as thin lines" if several > MAX_SEED_LINES and drawing.thin else "",
        f"showing {exact(drawing.shown)} of {exact(drawing.total)} points" if drawing.shown < drawing.total else "",
        "the baseline plays on another board" if drawing.elsewhere else "",
        f"the first {len(teams)} of {exact(len(every))} lines" if len(teams) < len(every) else "",
        f"commands of over {MAX_MARKED_RUNS} runs are not marked" if options.marks and len(lines) > MAX_MARKED_RUNS else "",
        f"not shown: {exact(untimed)} rows that do not tell when they were written" if untimed else "",
    )


def _references(metric: Metric, teams: Sequence[Team]) -> tuple[Reference, ...]:
    """Published players, where their figures mean the same: mean lines of greedy games, not of training under a low ceiling."""
    settings = [line.settings for team in teams for line in team.lines]
    return references_for(settings) if metric.column == HEADLINE.column and settings else ()


def _marks(team: Team, x_axis: str) -> Trace:
    """Where a command changed something in a team's runs."""
    found: list[tuple[float, str]] = []
    for line in team.lines:
        commands = [event for event in run_data(line.run).events() if event.kind == "command"]
        if commands:
            places = _places(commands, line, x_axis)
            said = (f"{plain(line.name, 40)}, step {exact(event.step)}: {plain(event.message, 120)}" for event in commands)
            found += [(place, text) for place, text in zip(places.tolist(), said, strict=True) if np.isfinite(place)]
    found = sorted(found)[:MAX_MARKS]
    x, texts = np.array([place for place, _ in found]), tuple(text for _, text in found)
    return Trace("marks", x, np.zeros(len(x)), team_name(team), team.colour, texts=texts)


def _places(events: Sequence[EventRow], line: Line, x_axis: str) -> Floats:
    """Where events stand on an axis (events,): an event knows its step and when it happened."""
    if x_axis == DATE_AXIS:
        times = [moment(event.at) for event in events]
        return np.array([np.nan if when is None else when.timestamp() * 1e3 for when in times])
    return x_values({"step": np.array([event.step for event in events], np.float64)}, line, x_axis)
