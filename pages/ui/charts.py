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


def lines_chart(data: RunData, rows: RunRows, *, run_id: str, log_y: bool, ceiling: int | None = None) -> Chart:
    """Lines of every training game, faint, and their running mean; `ceiling` is the row above which they end, if it is a low one."""
    steps, lines = rows.episodes["step"], rows.episodes["lines"]
    version = rows_version(rows.episodes)
    games = data.derived("games", version, lambda: thinned(steps, lines))
    mean = data.derived("games mean", version, lambda: smoothed(steps, lines, SMOOTHED_GAMES))
    traces = [
        Trace("points", games.x, games.y, "one game", GREY),
        Trace("line", mean.x, mean.y, f"mean of {SMOOTHED_GAMES} games", SKY),
    ]
    low = f"training games end above row {ceiling}" if ceiling is not None else ""
    note = joined(low, f"mean of {SMOOTHED_GAMES}", shown_note(games, "games"))
    key, title, end = f"{run_id} lines {log_y}", "Lines per game", last_step(rows)
    return Chart(key, title, note, STEPS, "lines", traces, log_y=log_y, zero_y=True, x_end=end)


def evaluation_chart(rows: RunRows, *, run_id: str, log_y: bool, references: Sequence[Reference] = ()) -> Chart:
    """The mean of greedy games with its 95 % interval; a star marks the best; published players are there to compare with."""
    columns = rows.evaluations
    steps, mean = finite(columns["step"], columns["mean_lines"])
    low_steps, low = finite(columns["step"], columns["ci95_low"])
    _, high = finite(columns["step"], columns["ci95_high"])
    traces = [Trace("line", steps, mean, "mean", GREEN, dots=True)]
    if len(low) == len(high):
        traces.insert(0, Trace("band", low_steps, low, "95 % interval", GREEN, high=high))
    if len(mean):
        best = int(mean.argmax())
        traces.append(Trace("star", steps[best : best + 1], mean[best : best + 1], "best", ORANGE))
    key, note, end = f"{run_id} evaluation {log_y}", "greedy games, mean and 95 % interval · click to watch", last_step(rows)
    compared = levels(references, traces, log_y=log_y)
    return Chart(key, "Evaluation", note, STEPS, "lines per game", traces, log_y=log_y, zero_y=True, x_end=end, levels=compared)


def metric_chart(data: RunData, rows: RunRows, *, run_id: str, column: str, title: str, unit: str, colour: str) -> Chart:
    """One column of the metrics over steps."""
    curve = data.derived(f"metric {column}", rows_version(rows.metrics), lambda: thinned(rows.metrics["step"], rows.metrics[column]))
    trace = Trace("line", curve.x, curve.y, title.lower(), colour)
    return Chart(f"{run_id} {column}", title, shown_note(curve, "points"), STEPS, unit, [trace], x_end=last_step(rows))
