"""What can be compared: the metrics of a run, where their values are, and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .resampling import Floats

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing to compare.

    Attributes:
        log: which log its column is in.
        best: whether the largest value so far is meant.
        zero: whether its axis begins at 0.
        better: which values are; None where neither is, so that it is drawn and not compared.
        counted: what it counts, `lines`; nothing if it counts nothing.
    """

    label: str
    unit: str
    log: Literal["metrics", "evaluations"]
    column: str
    better: Better | None = "higher"
    counted: str = ""
    best: bool = False
    zero: bool = True

    def values(self, columns: Mapping[str, Floats]) -> Floats:
        """Its values in the rows of its log (rows,)."""
        return best_so_far(columns[self.column]) if self.best else columns[self.column]


def best_so_far(values: Floats) -> Floats:
    """The largest value up to each row; NaN before the first that exists."""
    return np.fmax.accumulate(values) if len(values) else values


def _greedy(label: str, column: str, *, best: bool = False) -> Metric:
    return Metric(label, "lines per game, greedy", "evaluations", column, counted="lines", best=best)


DEFAULT_METRIC = "evaluation"
METRICS: dict[str, Metric] = {
    DEFAULT_METRIC: _greedy("Evaluation mean", "mean_lines"),
    "best": _greedy("Best evaluation so far", "mean_lines", best=True),
    "median": _greedy("Evaluation median", "median_lines"),
    "lines": Metric("Lines per game", "lines, mean of 100 games", "metrics", "lines_mean", counted="lines"),
    "best-game": Metric("Best game so far", "lines", "metrics", "best_lines", counted="lines"),
    "reward": Metric("Reward per game", "moves survived, mean of 100 games", "metrics", "reward_mean"),
    "pieces": Metric("Pieces per game", "pieces, mean of 100 games", "metrics", "pieces_mean"),
    "holes": Metric("Holes in greedy games", "holes after a move", "evaluations", "mean_holes", "lower"),
    "height": Metric("Height in greedy games", "rows, mean of the columns", "evaluations", "mean_height", "lower"),
    "training-holes": Metric("Holes in training", "holes after a move", "metrics", "holes_mean", "lower"),
    "training-height": Metric("Height in training", "rows, mean of the columns", "metrics", "height_mean", "lower"),
    "loss": Metric("Loss", "cross-entropy", "metrics", "loss", "lower"),
    "q": Metric("Mean Q", "0 lost – 1 safe", "metrics", "mean_q", None),
    "epsilon": Metric("Exploration ε", "share of random moves", "metrics", "epsilon", None),
    "learning-rate": Metric("Learning rate", "step size", "metrics", "learning_rate", None),
    "speed": Metric("Steps per second", "environment steps/s", "metrics", "steps_per_second"),
    "games": Metric("Games finished", "games", "metrics", "episodes", None),
    "updates": Metric("Gradient steps", "updates", "metrics", "updates", None),
}
EVALUATION = METRICS[DEFAULT_METRIC]
COMPARED = {name: metric for name, metric in METRICS.items() if metric.better is not None}
