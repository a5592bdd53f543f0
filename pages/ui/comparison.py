"""Several runs side by side: which metric over which axis, and the table of what they were and reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pages.ui.curves import Floats, last
from pages.ui.kpis import best_so_far
from pages.ui.run_data import RunRows
from pages.ui.selection import name_of
from pages.ui.states import LOOKS
from pages.ui.text import moment, plain
from trainer.config import SETTINGS
from trainer.launcher import Probe


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing to compare.

    Attributes:
        log: which log its column is in.
        best: whether the largest value so far is meant.
    """

    label: str
    unit: str
    log: Literal["metrics", "evaluations"]
    column: str
    best: bool = False


METRICS: dict[str, Metric] = {
    "evaluation": Metric("Evaluation mean", "lines per game, greedy", "evaluations", "mean_lines"),
    "best": Metric("Best evaluation so far", "lines per game, greedy", "evaluations", "mean_lines", best=True),
    "lines": Metric("Lines per game", "lines, mean of 100 games", "metrics", "lines_mean"),
    "best-game": Metric("Best game so far", "lines", "metrics", "best_lines"),
    "reward": Metric("Reward per game", "moves survived, mean of 100 games", "metrics", "reward_mean"),
    "pieces": Metric("Pieces per game", "pieces, mean of 100 games", "metrics", "pieces_mean"),
    "loss": Metric("Loss", "cross-entropy", "metrics", "loss"),
    "q": Metric("Mean Q", "0 lost – 1 safe", "metrics", "mean_q"),
    "epsilon": Metric("Exploration ε", "share of random moves", "metrics", "epsilon"),
    "learning-rate": Metric("Learning rate", "step size", "metrics", "learning_rate"),
    "speed": Metric("Steps per second", "environment steps/s", "metrics", "steps_per_second"),
    "games": Metric("Games finished", "games", "metrics", "episodes"),
    "updates": Metric("Gradient steps", "updates", "metrics", "updates"),
}
X_AXES: dict[str, tuple[str, str]] = {
    "steps": ("step", "environment steps"),
    "active": ("active_seconds", "active time (s)"),
    "wall": ("wall_seconds", "wall time (s)"),
}


def series(rows: RunRows, metric: Metric, x_axis: str) -> tuple[Floats, Floats]:
    """The points of a metric over an axis; x (rows,) and y (rows,)."""
    columns = rows.metrics if metric.log == "metrics" else rows.evaluations
    values = columns[metric.column]
    return columns[X_AXES[x_axis][0]], best_so_far(values) if metric.best else values


def differing_settings(probes: Sequence[Probe]) -> list[str]:
    """The settings in which the runs differ, in the order a person reads them."""
    all_settings = [probed.config.settings for probed in probes if probed.config is not None]
    return [setting.name for setting in SETTINGS if len({repr(settings.get(setting.name)) for settings in all_settings}) > 1]


def comparison_row(probed: Probe, rows: RunRows, settings: Sequence[str]) -> dict[str, Any]:
    """One line of the table; numbers stay numbers, so that the columns sort."""
    status, config = probed.status, probed.config
    look = LOOKS[probed.state]
    row: dict[str, Any] = {
        "Run": plain(name_of(probed.run)),
        "State": f"{look.glyph} {look.word}",
        "Started": _local(config.created_at) if config else None,
        "Steps": status.num_timesteps if status else 0,
        "Best": status.best.value if status and status.best else None,
        "Best by": status.best.metric if status and status.best else None,
        "Last evaluation": last(rows.evaluations["mean_lines"]),
        "Active time": status.active_seconds if status else None,
        "Steps/s": round(last(rows.metrics["steps_per_second"]) or 0) or None,
    }
    labels = {setting.name: setting.label for setting in SETTINGS}
    return row | {labels[name]: _cell(config.settings.get(name)) if config else None for name in settings}


def _local(text: str) -> datetime | None:
    when = moment(text)
    return when.astimezone().replace(tzinfo=None) if when else None


def _cell(value: object) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else plain(value)


def distinct_names(names: Sequence[str]) -> list[str]:
    """Names for a legend: a second run of the same name gets a number."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
