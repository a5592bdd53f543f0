"""The groups of the page as the groups that `trainer.analysis` compares: the values of their runs, and what they are."""

from collections.abc import Sequence

import numpy as np

from pages.ui.analytics.groups import Group
from pages.ui.analytics.run_rows import RunRow
from pages.ui.run_data import run_data
from trainer.analysis.cautions import Members
from trainer.analysis.comparison import Comparison, Side
from trainer.analysis.scores import Course, course_of
from trainer.tasks.metric import Metric


def values_of(row: RunRow, metric: Metric) -> Course:
    """A run's values of a metric so far."""
    return course_of(run_data(row.run).log(metric.log), metric)


def side_of(group: Group, metric: Metric) -> Side:
    """A group's values of a metric."""
    return Side(group.label, tuple(values_of(row, metric) for row in group.rows), group.strata)


def members_of(pair: Sequence[Group], found: Comparison | None = None) -> list[Members]:
    """What the runs of two groups are, for what must be said of them; `found` is what their comparison gave."""
    without = [0, 0] if found is None else [len(side.every) - side.n for side in found.sides]
    strata = [group.strata for group in pair] if found is None else [side.known_strata for side in found.sides]
    return [
        Members(
            group.label,
            {row.run.run_id: row.probed.config for row in group.rows if row.probed.config is not None},
            {run: tuple(row.run.run_id for row in rows) for run, rows in group.copies.items()},
            missing,
            kinds,
        )
        for group, missing, kinds in zip(pair, without, strata, strict=True)
    ]


def best_first(groups: Sequence[Group], metric: Metric) -> list[Group]:
    """The groups by the mean of their runs' last evaluations, the best first; those without any come last."""
    sign = 1 if metric.better == "lower" else -1

    def mean(group: Group) -> float:
        known = [row.last for row in group.rows if row.last is not None]
        return sign * float(np.mean(known)) if known else np.inf

    return sorted(groups, key=mean)
