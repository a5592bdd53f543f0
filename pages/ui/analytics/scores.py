"""What two teams are compared by: one number a run, at a step that all of their runs have reached, and when a run got how far.

Nothing is extrapolated: a run that was ended early moves the step at which all are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.ui.analytics.lines import Line
from pages.ui.analytics.teams import Team
from pages.ui.curves import Floats
from pages.ui.run_data import run_data
from trainer.analysis.statistics import Estimate, median_time, time_to_reach

SCORES = {
    "last": "at the last common step",
    "best": "best until there",
    "mean": "mean until there",
}
MAX_TARGETS = 5


@dataclass(frozen=True, slots=True)
class Evaluations:
    """A run's evaluations: step and mean lines (evaluations,), finite and ascending; seconds of active time at each."""

    steps: Floats
    lines: Floats
    seconds: Floats


def evaluations_of(line: Line) -> Evaluations:
    """A run's evaluations so far."""
    columns = run_data(line.run).log("evaluations")
    steps, lines, seconds = (columns[name] for name in ("step", "mean_lines", "active_seconds"))
    known = np.isfinite(steps) & np.isfinite(lines)
    return Evaluations(steps[known], lines[known], seconds[known])


def common_step(teams: Sequence[Team]) -> float | None:
    """The last step that all runs of all teams have an evaluation at or after; None if one of the teams has none at all."""
    ends = [[evaluations.steps[-1] for line in team.lines if len((evaluations := evaluations_of(line)).steps)] for team in teams]
    return float(min(min(steps) for steps in ends)) if ends and all(ends) else None


def scores_of(team: Team, kind: str, step: float) -> Floats:
    """One number a run (runs,), from its evaluations up to a step; a run without any by then is left out."""
    found = (score(evaluations_of(line), kind, step) for line in team.lines)
    return np.array([value for value in found if value is not None])


def score(evaluations: Evaluations, kind: str, step: float) -> float | None:
    """A run's number at a step: see `SCORES`. None before its first evaluation."""
    until = evaluations.steps <= step
    if not until.any():
        return None
    if kind == "last":
        return float(np.interp(step, evaluations.steps, evaluations.lines))
    return float(evaluations.lines[until].max() if kind == "best" else evaluations.lines[until].mean())


def best_first(teams: Sequence[Team]) -> list[Team]:
    """The teams by the mean of their runs' last evaluations, the highest first; those without any come last."""

    def mean(team: Team) -> float:
        known = [line.last for line in team.lines if line.last is not None]
        return float(np.mean(known)) if known else -np.inf

    return sorted(teams, key=mean, reverse=True)


def targets(teams: Sequence[Team]) -> list[int]:
    """Lines worth reaching: 1, 2, 5, 10 and so on, the highest ones that any of the runs has reached."""
    highest = max((float(lines.max()) for team in teams for line in team.lines if len(lines := evaluations_of(line).lines)), default=0.0)
    steps = [factor * 10**power for power in range(9) for factor in (1, 2, 5)]
    return [step for step in steps if step <= highest][-MAX_TARGETS:]


@dataclass(frozen=True, slots=True)
class Reached:
    """When a team's runs reached a number of lines: the median of its runs, and how many did at all."""

    steps: Estimate
    seconds: Estimate
    runs: int


def reached(team: Team, target: float) -> Reached:
    """Sample efficiency; a run that never got there counts as later than all others."""
    found = [evaluations_of(line) for line in team.lines]
    steps = [time_to_reach(one.steps, one.lines, target) for one in found]
    seconds = [time_to_reach(one.seconds, one.lines, target) for one in found]
    return Reached(median_time(steps), median_time(seconds), sum(step is not None for step in steps))
