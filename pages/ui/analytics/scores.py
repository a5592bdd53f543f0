"""The teams of the page as the groups that `trainer.analysis` compares: their evaluations, and what they are."""

from collections.abc import Sequence

import numpy as np

from pages.ui.analytics.lines import Line
from pages.ui.analytics.metrics import HEADLINE
from pages.ui.analytics.teams import Team
from pages.ui.run_data import run_data
from trainer.analysis.cautions import Members
from trainer.analysis.comparison import Comparison, Side
from trainer.analysis.scores import Course, course_of


def evaluations_of(line: Line) -> Course:
    """A run's evaluations so far."""
    return course_of(run_data(line.run).log("evaluations"), HEADLINE)


def side_of(team: Team) -> Side:
    """A team's evaluations."""
    return Side(team.label, tuple(map(evaluations_of, team.lines)), team.strata)


def members_of(pair: Sequence[Team], found: Comparison | None = None) -> list[Members]:
    """What the runs of two teams are, for what must be said of them; `found` is what their comparison gave."""
    without = [0, 0] if found is None else [len(side.every) - side.n for side in found.sides]
    strata = [team.strata for team in pair] if found is None else [side.known_strata for side in found.sides]
    return [
        Members(
            team.label,
            {line.run.run_id: line.probed.config for line in team.lines if line.probed.config is not None},
            {run: tuple(line.run.run_id for line in lines) for run, lines in team.copies.items()},
            missing,
            kinds,
        )
        for team, missing, kinds in zip(pair, without, strata, strict=True)
    ]


def best_first(teams: Sequence[Team]) -> list[Team]:
    """The teams by the mean of their runs' last evaluations, the highest first; those without any come last."""

    def mean(team: Team) -> float:
        known = [line.last for line in team.lines if line.last is not None]
        return float(np.mean(known)) if known else -np.inf

    return sorted(teams, key=mean, reverse=True)
