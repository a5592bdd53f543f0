"""What can be drawn over what: the metrics of a run, and the axes they are drawn over."""

from collections.abc import Mapping
from dataclasses import dataclass

from pages.ui.curves import Floats
from pages.ui.kpis import best_so_far
from pages.ui.run_data import Log


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

    def values(self, columns: Mapping[str, Floats]) -> Floats:
        """Its values in the rows of its log (rows,)."""
        return best_so_far(columns[self.column]) if self.best else columns[self.column]


METRICS: dict[str, Metric] = {
    "evaluation": Metric("Evaluation mean", "lines per game, greedy", "evaluations", "mean_lines"),
    "best": Metric("Best evaluation so far", "lines per game, greedy", "evaluations", "mean_lines", best=True),
    "median": Metric("Evaluation median", "lines per game, greedy", "evaluations", "median_lines"),
    "lines": Metric("Lines per game", "lines, mean of 100 games", "metrics", "lines_mean"),
    "best-game": Metric("Best game so far", "lines", "metrics", "best_lines"),
    "reward": Metric("Reward per game", "moves survived, mean of 100 games", "metrics", "reward_mean"),
    "pieces": Metric("Pieces per game", "pieces, mean of 100 games", "metrics", "pieces_mean"),
    "holes": Metric("Holes in greedy games", "holes after a move", "evaluations", "mean_holes"),
    "height": Metric("Height in greedy games", "rows, mean of the columns", "evaluations", "mean_height"),
    "training-holes": Metric("Holes in training", "holes after a move", "metrics", "holes_mean"),
    "training-height": Metric("Height in training", "rows, mean of the columns", "metrics", "height_mean"),
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


DEFAULT_METRIC = "evaluation"
X_AXES: dict[str, XAxis] = {
    "steps": XAxis("Environment steps", "environment steps", "step"),
    "updates": XAxis("Gradient steps", "gradient steps", "updates"),
    "active": XAxis("Active time", "active time (min)", "active_seconds", 60.0),
    "relative": XAxis("Time with pauses", "time of training, with pauses (min)", "wall_seconds", 60.0),
    "wall": XAxis("Date and time", "date and time", "at"),
}
DEFAULT_X, DATE_AXIS = "steps", "wall"
