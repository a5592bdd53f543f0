"""What can be drawn over what: the metrics of a run, the axes they are drawn over, and a run's points of the two."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from pages.ui.curves import Floats
from pages.ui.kpis import best_so_far
from pages.ui.run_data import Columns, RunRows
from pages.ui.text import moment
from trainer.run_files.config_file import ConfigFile

Log = Literal["metrics", "evaluations"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing to compare.

    Attributes:
        log: which log its column is in.
        best: whether the largest value so far is meant.
        zero: whether its axis begins at 0.
    """

    label: str
    unit: str
    log: Log
    column: str
    best: bool = False
    zero: bool = True


METRICS: dict[str, Metric] = {
    "evaluation": Metric("Evaluation mean", "lines per game, greedy", "evaluations", "mean_lines"),
    "best": Metric("Best evaluation so far", "lines per game, greedy", "evaluations", "mean_lines", best=True),
    "median": Metric("Evaluation median", "lines per game, greedy", "evaluations", "median_lines"),
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


@dataclass(frozen=True, slots=True)
class XAxis:
    """One thing to draw over."""

    label: str
    title: str
    column: str
    per_unit: float = 1.0


X_AXES: dict[str, XAxis] = {
    "steps": XAxis("Environment steps", "environment steps", "step"),
    "updates": XAxis("Gradient steps", "gradient steps", "updates"),
    "active": XAxis("Active time", "active time (min)", "active_seconds", 60.0),
    "relative": XAxis("Time since its start", "time since the run's start (min)", "wall_seconds", 60.0),
    "wall": XAxis("Date and time", "date and time", "wall_seconds", 1e-3),
}
DATE_AXIS = "wall"


def series(rows: RunRows, metric: Metric, x_axis: str, config: ConfigFile | None) -> tuple[Floats, Floats]:
    """The points of a metric over an axis; x (rows,) and y (rows,). A run that has no such column has no points."""
    columns = rows.metrics if metric.log == "metrics" else rows.evaluations
    if metric.column not in columns:
        return np.empty(0), np.empty(0)
    values = columns[metric.column]
    return x_values(columns, rows.metrics, x_axis, config), best_so_far(values) if metric.best else values


def x_values(columns: Columns, metrics: Columns, x_axis: str, config: ConfigFile | None) -> Floats:
    """Where rows stand on an axis (rows,): by their own column, else by their step among the metrics; NaN outside those."""
    axis = X_AXES[x_axis]
    values = columns[axis.column] if axis.column in columns else over_steps(columns["step"], metrics, axis.column)
    return values / axis.per_unit + (_began_ms(config) if x_axis == DATE_AXIS else 0.0)


def over_steps(steps: Floats, metrics: Columns, column: str) -> Floats:
    """A column of the metrics at other steps, between its rows; NaN outside them."""
    if not len(metrics["step"]):
        return np.full(len(steps), np.nan)
    return np.interp(steps, metrics["step"], metrics[column], left=np.nan, right=np.nan)


def _began_ms(config: ConfigFile | None) -> float:
    """When a run was made, in milliseconds of this machine's own zone: the browser's chart knows no zones."""
    began = moment(config.created_at) if config else None
    if began is None:
        return float("nan")
    local = began.astimezone()
    return (local.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds() * 1e3  # noqa: DTZ001 - both without a zone
