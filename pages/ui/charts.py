"""What the charts of the pages show.

The colours are those of Okabe and Ito (2008), four of them shifted: every line stands out from both themes by 3 : 1 and more, and all
are told apart with every common colour vision. What a chart says is in the theme's own colour of text.
"""

from collections.abc import Sequence

from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import GREY, Level, Trace
from pages.ui.curves import Curve, finite, smoothed, thinned
from pages.ui.run_data import RunData, RunRows, rows_version
from pages.ui.tetris.references import Reference, label, neighbours, within_view
from trainer.numbers import exact
from trainer.tasks.metric import Metric

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#C68800", "#009E73", "#B84400", "#C468B0", "#4A9DCC"
RUN_COLOURS = (SKY, ORANGE, GREEN, PURPLE, VERMILION, BLUE, GREY)
RUN_DASHES = ((), (8, 4), (2, 3), (10, 3, 2, 3), (14, 5))
SMOOTHED_GAMES = 100
STEPS = "environment steps"


def shown_note(curve: Curve, what: str) -> str:
    """`showing 1,200 of 100,000 games`, or nothing if all are shown."""
    return f"showing {exact(len(curve.x))} of {exact(curve.total)} {what}" if curve.thinned else ""


def joined(*notes: str) -> str:
    """Notes beside one another; empty ones are left out."""
    return " · ".join(note for note in notes if note)


def last_step(rows: RunRows) -> float:
    """The farthest step of all logs."""
    return max(
        (float(columns["step"][-1]) for columns in (rows.metrics, rows.episodes, rows.evaluations) if len(columns["step"])), default=0.0
    )


def levels(references: Sequence[Reference], traces: Sequence[Trace], *, log_y: bool) -> list[Level]:
    """The published players that fit into a chart of these traces."""
    highest = max((float((trace.y if trace.high is None else trace.high).max()) for trace in traces if len(trace.y)), default=0.0)
    return [Level(group[0].mean_lines, label(group)) for group in neighbours(within_view(references, highest, log_y=log_y))]


def episodes_chart(data: RunData, rows: RunRows, *, run_id: str, column: str, title: str, unit: str, log_y: bool, said: str = "") -> Chart:
    """A number of every training episode, faint, and its running mean; `said` is what a person must know of them."""
    steps, values = rows.episodes["step"], rows.episodes[column]
    version = rows_version(rows.episodes)
    games = data.derived("games", version, lambda: thinned(steps, values))
    mean = data.derived("games mean", version, lambda: smoothed(steps, values, SMOOTHED_GAMES))
    traces = [
        Trace("points", games.x, games.y, "one game", GREY),
        Trace("line", mean.x, mean.y, f"mean of {SMOOTHED_GAMES} games", SKY),
    ]
    note = joined(said, f"mean of {SMOOTHED_GAMES}", shown_note(games, "games"))
    key = f"{run_id} {column} {log_y}"
    return Chart(key, title, note, STEPS, unit, traces, log_y=log_y, zero_y=True, x_end=last_step(rows))


def evaluation_chart(rows: RunRows, metric: Metric, *, run_id: str, log_y: bool, references: Sequence[Reference] = ()) -> Chart:
    """A mean of evaluations with its 95 % interval; a star marks the best; published players are there to compare with."""
    columns = rows.evaluations
    steps, mean = finite(columns["step"], columns[metric.column])
    low_steps, low = finite(columns["step"], columns[f"{metric.interval}_low"])
    _, high = finite(columns["step"], columns[f"{metric.interval}_high"])
    traces = [Trace("line", steps, mean, "mean", GREEN, dots=True)]
    if len(low) == len(high):
        traces.insert(0, Trace("band", low_steps, low, "95 % interval", GREEN, high=high))
    if len(mean):
        best = int(mean.argmax())
        traces.append(Trace("star", steps[best : best + 1], mean[best : best + 1], "best", ORANGE))
    key, note, end = f"{run_id} evaluation {log_y}", "greedy games, mean and 95 % interval · click to watch", last_step(rows)
    compared = levels(references, traces, log_y=log_y)
    return Chart(key, "Evaluation", note, STEPS, "lines per game", traces, log_y=log_y, zero_y=True, x_end=end, levels=compared)


def metric_chart(data: RunData, rows: RunRows, metric: Metric, *, run_id: str, colour: str) -> Chart:
    """One column of the metrics over steps."""
    column, version = metric.column, rows_version(rows.metrics)
    curve = data.derived(f"metric {column}", version, lambda: thinned(rows.metrics["step"], rows.metrics[column]))
    trace = Trace("line", curve.x, curve.y, metric.label.lower(), colour)
    note, end = shown_note(curve, "points"), last_step(rows)
    return Chart(f"{run_id} {column}", metric.label, note, STEPS, metric.unit, [trace], x_end=end)
