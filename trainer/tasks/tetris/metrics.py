"""What Tetris measures: every metric of a run, in the order in which a person is offered them.

A named number that the learner records is drawn, compared and exported as soon as it has a line in
`METRICS`. An episode's reward is the number of its moves that did not lose; what people compare is
the lines that greedy games clear.
"""

from ..metric import Metric

REWARD, LENGTH = "rollout/ep_rew_mean", "rollout/ep_len_mean"
LINES, BEST_LINES = "rollout/mean_lines", "rollout/best_lines"
EPSILON = "rollout/exploration_rate"
LOSS, MEAN_Q = "train/loss", "train/mean_q"
FPS, EPISODES = "time/fps", "time/episodes"

METRICS: dict[str, Metric] = {
    "evaluation": Metric(
        "Evaluation mean",
        "lines per game, greedy",
        "evaluations",
        "mean_lines",
        counted="lines",
        verb="clears",
        headline=True,
        interval="lines_ci95",
    ),
    "best": Metric(
        "Best evaluation so far", "lines per game, greedy", "evaluations", "mean_lines", counted="lines", verb="clears", best=True
    ),
    "median": Metric("Evaluation median", "lines per game, greedy", "evaluations", "median_lines", counted="lines", verb="clears"),
    "lines": Metric("Lines per game", "lines, mean of 100 games", "metrics", LINES, counted="lines", verb="clears"),
    "best-game": Metric("Best game so far", "lines", "metrics", BEST_LINES, counted="lines", verb="clears"),
    "reward": Metric("Reward per game", "moves survived, mean of 100 games", "metrics", REWARD),
    "pieces": Metric("Pieces per game", "pieces, mean of 100 games", "metrics", LENGTH),
    "holes": Metric("Holes in greedy games", "holes after a move", "evaluations", "mean_holes", "lower"),
    "height": Metric("Height in greedy games", "rows, mean of the columns", "evaluations", "mean_height", "lower"),
    "training-holes": Metric("Holes in training", "holes after a move", "metrics", "rollout/mean_holes", "lower"),
    "training-height": Metric("Height in training", "rows, mean of the columns", "metrics", "rollout/mean_height", "lower"),
    "loss": Metric("Loss", "cross-entropy", "metrics", LOSS, "lower"),
    "q": Metric("Mean Q", "0 lost – 1 safe", "metrics", MEAN_Q, None),
    "epsilon": Metric("Exploration ε", "share of random moves", "metrics", EPSILON, None),
    "learning-rate": Metric("Learning rate", "step size", "metrics", "train/learning_rate", None),
    "speed": Metric("Steps per second", "environment steps/s", "metrics", FPS),
    "games": Metric("Games finished", "games", "metrics", EPISODES, None),
    "updates": Metric("Gradient steps", "updates", "metrics", "updates", None),
}
DEFAULT_METRIC = next(name for name, metric in METRICS.items() if metric.headline)
HEADLINE = METRICS[DEFAULT_METRIC]
COMPARED = {name: metric for name, metric in METRICS.items() if metric.better is not None}
