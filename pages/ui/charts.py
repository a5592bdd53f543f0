"""What the charts of the pages show.

The colours are those of Okabe and Ito (2008), four of them shifted: every line stands out from both themes by 3 : 1 and more, and all
are told apart with every common colour vision. What a chart says is in the theme's own colour of text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import GREY, Level, Trace
from pages.ui.curves import Curve, finite, smoothed, thinned
from pages.ui.run_data import Log, RunData, RunRows, rows_version
from trainer.numbers import exact
from trainer.run_files.columns import Floats
from trainer.tasks.metric import Metric

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#C68800", "#009E73", "#B84400", "#C468B0", "#4A9DCC"
RUN_COLOURS = (SKY, ORANGE, GREEN, PURPLE, VERMILION, BLUE, GREY)
RUN_DASHES = ((), (8, 4), (2, 3), (10, 3, 2, 3), (14, 5))
OTHER_DASH, OTHER_GROUP = (7, 4), "second run"
SMOOTHED_EPISODES = 100
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


def highest_of(traces: Sequence[Trace]) -> float:
    """The highest value of a chart; 0 of an empty one."""
    return max((float((trace.y if trace.high is None else trace.high).max()) for trace in traces if len(trace.y)), default=0.0)


@dataclass(frozen=True, slots=True)
class Other:
    """A second run that is laid over the charts of the shown one.

    Attributes:
        data: its readers: of its logs only the columns of the charts are read.
        name: what its curves are called.
        shown: what those of the shown run are called then.
    """

    data: RunData
    name: str
    shown: str

    def curve(self, log: Log, name: str, column: str, compute: Callable[[Floats, Floats], Curve]) -> Curve:
        """A curve of its own, worked out once a row."""
        columns = self.data.log(log)
        return self.data.derived(name, rows_version(columns), lambda: compute(columns["step"], columns[column]))


def laid_over(chart: Chart, other: Other | None, curve: Callable[[Other], Curve], *, dots: bool = False) -> Chart:
    """A chart with the curve of a second run over it, in a colour that the chart does not have, and with strokes.

    Args:
        chart: of the shown run.
        other: the second run; None: there is none.
        curve: its curve.
        dots: whether its points are marked.
    """
    if other is None:
        return chart
    points = curve(other)
    if not points.total:
        return replace(chart, note=joined(f"{other.name} has none", chart.note))
    colour = BLUE if any(trace.colour == VERMILION for trace in chart.traces) else VERMILION
    own = [replace(trace, name=other.shown) if trace.named else trace for trace in chart.traces]
    second = Trace("line", points.x, points.y, other.name, colour, dash=OTHER_DASH, dots=dots, group=OTHER_GROUP)
    return replace(chart, traces=[*own, second], legend=True)


def episodes_chart(
    data: RunData,
    rows: RunRows,
    *,
    run_id: str,
    column: str,
    title: str,
    unit: str,
    what: str,
    log_y: bool,
    said: str = "",
    other: Other | None = None,
) -> Chart:
    """A number of every training episode, faint, and its running mean.

    Args:
        data: of the run.
        rows: of the run.
        run_id: of the run.
        column: of its episodes.
        title: of the chart.
        unit: of the number.
        what: what a person calls an episode.
        log_y: whether the y axis is logarithmic.
        said: what a person must know of them.
        other: a second run.
    """
    steps, values = rows.episodes["step"], rows.episodes[column]
    version = rows_version(rows.episodes)
    single = data.derived(f"single {column}", version, lambda: thinned(steps, values))
    mean = data.derived(f"mean {column}", version, lambda: smoothed(steps, values, SMOOTHED_EPISODES))
    traces = [
        Trace("points", single.x, single.y, f"one {what}", GREY),
        Trace("line", mean.x, mean.y, f"mean of {SMOOTHED_EPISODES} {what}s", SKY),
    ]
    note = joined(said, f"mean of {SMOOTHED_EPISODES}", shown_note(single, f"{what}s"))
    key = f"{run_id} {column} {log_y}"
    chart = Chart(key, title, note, STEPS, unit, traces, log_y=log_y, zero_y=True, x_end=last_step(rows))
    name = f"mean {column}"
    return laid_over(chart, other, lambda second: second.curve("episodes", name, column, lambda x, y: smoothed(x, y, SMOOTHED_EPISODES)))


def evaluation_chart(
    rows: RunRows,
    metric: Metric,
    *,
    run_id: str,
    unit: str,
    note: str,
    log_y: bool,
    hint: str = "",
    levels: Callable[[float], Sequence[Level]] = lambda _: (),
    other: Other | None = None,
) -> Chart:
    """A mean of evaluations with its 95 % interval; a star marks the best.

    Args:
        rows: of the run.
        metric: of its evaluations.
        run_id: of the run.
        unit: of the y axis.
        note: what is averaged.
        log_y: whether the y axis is logarithmic.
        hint: what a person can do with a point.
        levels: what there is to compare with, in a chart with that highest value.
        other: a second run.
    """
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
    key, end = f"{run_id} evaluation {log_y}", last_step(rows)
    compared = list(levels(highest_of(traces)))
    said = joined(f"{note}, 95 % interval", hint)
    chart = Chart(key, "Evaluation", said, STEPS, unit, traces, log_y=log_y, zero_y=True, x_end=end, levels=compared)
    name = f"evaluation {metric.column}"
    return laid_over(chart, other, lambda second: second.curve("evaluations", name, metric.column, thinned), dots=True)


def metric_chart(data: RunData, rows: RunRows, metric: Metric, *, run_id: str, colour: str, other: Other | None = None) -> Chart:
    """One column of the metrics over steps, with that of a second run if there is one."""
    column, version = metric.column, rows_version(rows.metrics)
    curve = data.derived(f"metric {column}", version, lambda: thinned(rows.metrics["step"], rows.metrics[column]))
    trace = Trace("line", curve.x, curve.y, metric.label.lower(), colour)
    note, end = joined(column if metric.label != column else "", shown_note(curve, "points")), last_step(rows)
    chart = Chart(f"{run_id} {column}", metric.label, note, STEPS, metric.unit, [trace], x_end=end)
    return laid_over(chart, other, lambda second: second.curve("metrics", f"metric {column}", column, thinned))
