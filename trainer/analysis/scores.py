"""One number a run, at a step that all runs have reached, and when a run got how far.

Only what was measured up to a step counts at it: the last value at or before it. Nothing is interpolated,
so that no later value flows in, and nothing is extrapolated: a run that was ended early moves the step at
which all are compared, and is censored where it is asked when runs reached a target.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..tasks.metric import EVALUATION, Metric
from .resampling import Floats, exact_mean
from .statistics import Estimate
from .survival import median_time, time_to_reach

ScoreKind = Literal["last", "best", "mean"]
SCORES: dict[ScoreKind, str] = {
    "last": "at the last common step",
    "best": "best until there",
    "mean": "mean until there",
}
MAX_TARGETS = 5
LARGEST_POWER = 15  # of ten, of a target
FACTORS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Course:
    """A run's values of one metric: step, value and seconds of active time of each (values,); steps and values finite, steps ascending."""

    steps: Floats
    values: Floats
    seconds: Floats

    @property
    def end(self) -> float | None:
        """The step of the last value; None if there is none."""
        return float(self.steps[-1]) if len(self.steps) else None

    def until(self, step: float) -> "Course":
        """What was measured up to a step."""
        there = self.steps <= step
        return Course(self.steps[there], self.values[there], self.seconds[there])


def course_of(columns: Mapping[str, Floats], metric: Metric = EVALUATION) -> Course:
    """What a log's columns hold of a metric; nothing if it has no such column."""
    if metric.column not in columns:
        return Course(*np.empty((3, 0)))
    order = np.argsort(columns["step"], kind="stable")  # a log that was put together by hand may go back in its steps
    steps, values, seconds = (columns[name][order] for name in ("step", metric.column, "active_seconds"))
    values = metric.values({metric.column: values})
    known = np.isfinite(steps) & np.isfinite(values)
    return Course(steps[known], values[known], seconds[known])


def common_step(groups: Sequence[Sequence[Course]]) -> float | None:
    """The last step that all runs have a value at or after; None if one of the groups has no value at all."""
    ends = [[course.end for course in group if course.end is not None] for group in groups]
    return min(min(steps) for steps in ends) if ends and all(ends) else None


def score(course: Course, kind: ScoreKind, step: float, metric: Metric = EVALUATION) -> float | None:
    """A run's number at a step, see `SCORES`, of its values at or before it; None before its first."""
    until = course.values[course.steps <= step]
    if not len(until):
        return None
    if kind == "last":
        return float(until[-1])
    if kind == "mean":
        return float(exact_mean(until[:, None])[0])
    return float(until.min() if metric.better == "lower" else until.max())


def targets(courses: Sequence[Course], metric: Metric = EVALUATION) -> list[float]:
    """Round values worth reaching, the highest ones that any of the runs has reached.

    They are 1, 2, 5, 10 and so on, and shares of one where nothing is counted. Where some values are
    below 0 they are evenly spaced.
    """
    known = [course.values for course in courses if len(course.values)]
    lowest = min((float(values.min()) for values in known), default=0.0)
    highest = max((float(values.max()) for values in known), default=0.0)
    if lowest < 0:
        return _evenly_spaced(lowest, highest)
    powers = range(0 if metric.counted else -LARGEST_POWER, LARGEST_POWER)
    steps = [_decimal(factor, power) for power in powers for factor in FACTORS]
    return [step for step in steps if step <= highest][-MAX_TARGETS:]


def _evenly_spaced(lowest: float, highest: float) -> list[float]:
    width = highest / MAX_TARGETS - lowest / MAX_TARGETS
    if not width:
        return []
    power = math.floor(math.log10(width))
    factor = next(factor for factor in (*FACTORS, 10, 20) if _decimal(factor, power) >= width)
    last = math.floor(highest / _decimal(factor, power))
    every = [_decimal(number * factor, power) for number in range(last - MAX_TARGETS + 1, last + 1)]
    return [one for one in every if one >= lowest]


def _decimal(number: int, power: int) -> float:
    """`number · 10^power`, to its last digit."""
    return number * 10**power if power >= 0 else float(f"{number}e{power}")


@dataclass(frozen=True, slots=True)
class Reached:
    """When a group's runs reached a target.

    Attributes:
        steps: the median over the runs, those censored that were ended before; infinite: half never reached it.
        seconds: the same in active time.
        runs: how many reached it.
        ended_early: how many had not, when they were ended before the farthest run of all.
    """

    steps: Estimate
    seconds: Estimate
    runs: int
    ended_early: int


def reached(courses: Sequence[Course], target: float, strata: Sequence[int] | None = None, farthest: float = -math.inf) -> Reached:
    """Sample efficiency of a group.

    Args:
        courses: its runs; those without any value do not count.
        target: the value to reach.
        strata: (courses,) what belongs together in the bootstrap.
        farthest: the last step of all runs that it is compared with.
    """
    kinds = [0] * len(courses) if strata is None else strata
    seen = [(course, kind) for course, kind in zip(courses, kinds, strict=True) if len(course.steps)]
    found, kinds = [course for course, _ in seen], [kind for _, kind in seen]
    steps = [time_to_reach(course.steps, course.values, target) for course in found]
    seconds = [time_to_reach(course.seconds, course.values, target) for course in found]
    ends = [float(course.steps[-1]) for course in found]
    early = sum(step is None and end < max(farthest, *ends) for step, end in zip(steps, ends, strict=True))
    return Reached(
        median_time(steps, ends, kinds),
        median_time(seconds, [float(course.seconds[-1]) for course in found], kinds),
        sum(step is not None for step in steps),
        early,
    )
