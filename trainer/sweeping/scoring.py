"""What a trial is worth: one number a run, one figure of all its seeds, and how well that is known.

A run's number is the last one of its metric. A trial's score is the mean of its seeds' numbers, or
their interquartile mean, which leaves out the lowest and the highest quarter (of fewer than four
values it is the mean).

The interval is Student's, from the spread between seeds, around either figure. It holds the truth
more often than a bootstrap of so few values, which is much too narrow, and than the interval of
Tukey and McLaughlin for trimmed means: in 95 % of all cases of 3 to 20 normal values, in 88 to 94 %
of exponential ones (counted in the tests).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ..analysis.resampling import trimmed_mean
from ..analysis.scores import Course, score
from ..run_files.studies import Decide, Study, Trial
from ..tasks.metric import Metric

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """A figure of some seeds, with its interval; None where there are too few for one."""

    value: float
    low: float | None
    high: float | None


def number_of(course: Course, metric: Metric, step: float = math.inf) -> float | None:
    """A run's number at a step: its last value at or before it; None before its first."""
    return score(course, "last", step, metric)


def score_of(values: Sequence[float], decide: Decide, *, among: int = 1) -> Score:
    """The score of some seeds' numbers, of which there is at least one.

    Args:
        values: one a seed.
        decide: what is made of them.
        among: how many scores are looked at together; the intervals all hold at once in 95 % of all
            cases (Bonferroni), so that the best of them may be picked by its score.
    """
    array = np.asarray(values, np.float64)
    value = float(trimmed_mean(array[:, None], decide)[0])
    n = len(array)
    if n < 2:
        return Score(value, None, None)
    scale = float(np.abs(array).max()) or 1.0  # squares of large values would overflow
    error = float((array / scale).std(ddof=1)) * scale / math.sqrt(n)
    half = error * float(stdtrit(n - 1, 1 - (1 - CONFIDENCE) / (2 * among)))
    return Score(value, value - half, value + half)


def better(one: float, other: float, metric: Metric) -> bool:
    """Whether a score is better than another."""
    return one < other if metric.better == "lower" else one > other


def ranked(trials: Sequence[Trial], metric: Metric, phase: str = "search") -> list[Trial]:
    """The complete trials of a phase, the best first; of equal ones the earlier."""
    sign = 1 if metric.better == "lower" else -1
    complete = [one for one in trials if one.phase == phase and one.state == "complete"]
    known = [(sign * one.score, one.number, one) for one in complete if one.score is not None]
    return [one for _, _, one in sorted(known, key=lambda entry: entry[:2])]


def in_order(values: Mapping[str, float], seeds: Sequence[int]) -> list[float]:
    """The seeds' numbers in the order of the study's seeds, of those that there are."""
    return [values[str(seed)] for seed in seeds if str(seed) in values]


def seeds_of(study: Study, trial: Trial) -> list[int]:
    """The seeds that a trial is trained with."""
    return study.confirm_seeds if trial.phase == "confirm" else study.seeds
