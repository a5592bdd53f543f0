"""What the charts of the pages show. The colours are those of Okabe and Ito (2008): told apart with every common colour vision."""

from collections.abc import Sequence

from pages.ui.chart.chart import GREY, Chart, Level, Trace
from pages.ui.curves import Curve, finite, smoothed, thinned
from pages.ui.references import Reference, label, neighbours, within_view
from pages.ui.run_data import RunData, RunRows, rows_version
from pages.ui.text import exact

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
RUN_COLOURS = (SKY, ORANGE, GREEN, PURPLE, VERMILION, BLUE, GREY)
RUN_DASHES = ((), (8, 4), (2, 3), (10, 3, 2, 3), (14, 5))
SMOOTHED_GAMES = 100
STEPS = "environment steps"


def shown_note(curve: Curve, what: str) -> str:
    """`showing 1,200 of 100,000 games`, or nothing if all are shown."""
    return f"showing {exact(len(curve.x))} of {exact(curve.total)} {what}" if curve.thinned else ""


def _joined(*notes: str) -> str:
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
    note = _joined(low, f"mean of {SMOOTHED_GAMES}", shown_note(games, "games"))
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


def overlay_chart(
    curves: Sequence[tuple[str, Curve]],
    *,
    title: str,
    window: int,
    unit: str,
    x_title: str,
    log_y: bool,
    references: Sequence[Reference] = (),
) -> Chart:
    """One line a run, each with a colour and a dash of its own, and their names; published players to compare with."""
    traces = []
    for number, (name, curve) in enumerate(curves):
        dash = RUN_DASHES[number % len(RUN_DASHES)]
        traces.append(Trace("line", curve.x, curve.y, name, RUN_COLOURS[number % len(RUN_COLOURS)], dash=dash))
    total, shown = sum(curve.total for _, curve in curves), sum(len(curve.x) for _, curve in curves)
    points = f"showing {exact(shown)} of {exact(total)} points" if shown < total else ""
    note = _joined(f"running mean of {window} rows" if window > 1 else "", points)
    compared = levels(references, traces, log_y=log_y)
    key = f"{title} {x_title} {log_y}"
    return Chart(key, title, note, x_title, unit, traces, log_y=log_y, zero_y=True, legend=True, levels=compared)
