"""Two groups of runs against each other: the page that shows it and the command that prints it have every number from here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..tasks.metric import EVALUATION, Metric
from .resampling import Floats
from .scores import Course, Reached, ScoreKind, common_step, reached, score, targets
from .statistics import Estimate, Profile, difference_of_iqm, performance_profile, probability_of_improvement


@dataclass(frozen=True, slots=True)
class Side:
    """One of two groups.

    Attributes:
        label: what it is called.
        courses: of each independent run.
        strata: (courses,) which runs differ in the seed alone; the same number means the same on both sides.
    """

    label: str
    courses: tuple[Course, ...]
    strata: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """The numbers of one side at a step.

    Attributes:
        every: of each of its runs, None before its first value.
        strata: of each of its runs.
    """

    label: str
    every: tuple[float | None, ...]
    strata: tuple[int, ...]

    @property
    def known(self) -> Floats:
        """(n,) those that there are."""
        return np.array([value for value in self.every if value is not None], np.float64)

    @property
    def n(self) -> int:
        """How many independent runs have a number."""
        return sum(value is not None for value in self.every)

    @property
    def known_strata(self) -> tuple[int, ...]:
        """(n,) the strata of the runs that have a number."""
        return tuple(kind for kind, value in zip(self.strata, self.every, strict=True) if value is not None)

    def by_stratum(self) -> dict[int, list[float]]:
        """The numbers that there are, by stratum, in the order of the strata."""
        parts: dict[int, list[float]] = {}
        for kind, value in sorted(zip(self.strata, self.every, strict=True), key=lambda pair: pair[0]):
            if value is not None:
                parts.setdefault(kind, []).append(value)
        return parts


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sides' numbers at one step say.

    Attributes:
        difference: IQM of A less IQM of B.
        improvement: how probably a run of A is better than one of B.
    """

    step: float
    metric: Metric
    a: Scores
    b: Scores
    difference: Estimate
    improvement: Estimate

    @property
    def sides(self) -> tuple[Scores, Scores]:
        """A and B."""
        return self.a, self.b


def compare(a: Side, b: Side, kind: ScoreKind = "last", *, step: float | None = None, metric: Metric = EVALUATION) -> Comparison | None:
    """Compare two groups at a step; the last that all their runs have reached if none is given. None if one has no value yet."""
    common = common_step([a.courses, b.courses])
    if common is None:
        return None
    at = common if step is None else step
    first, second = (Scores(side.label, tuple(score(course, kind, at, metric) for course in side.courses), side.strata) for side in (a, b))
    strata = first.by_stratum(), second.by_stratum()
    paired = strata if strata[0].keys() == strata[1].keys() else ({0: list(first.known)}, {0: list(second.known)})
    better, worse = (_arrays(one) for one in (paired if metric.better != "lower" else paired[::-1]))
    difference = difference_of_iqm(_arrays(strata[0]), _arrays(strata[1]))
    return Comparison(at, metric, first, second, difference, probability_of_improvement(better, worse))


def profile_of(scores: Scores, thresholds: Floats) -> Profile:
    """The share of a side's runs above each threshold."""
    return performance_profile(_arrays(scores.by_stratum()), thresholds)


def efficiency(a: Side, b: Side, until: float = math.inf, metric: Metric = EVALUATION) -> list[tuple[float, Reached, Reached]]:
    """When each side reached round values, see `targets`; `until` a step if one is given. Nothing where more is not better."""
    if metric.better != "higher":
        return []
    first, second = ([course.until(until) for course in side.courses] for side in (a, b))
    every = [*first, *second]
    farthest = max((course.end for course in every if course.end is not None), default=0.0)
    return [
        (target, reached(first, target, a.strata, farthest), reached(second, target, b.strata, farthest))
        for target in targets(every, metric)
    ]


def _arrays(strata: dict[int, list[float]]) -> Sequence[Floats]:
    return [np.array(values, np.float64) for values in strata.values()] or [np.empty(0)]
