"""Which trials are ended early: pure functions of the trial and of the trials before it.

A trial is judged only against trials that are as long before it as those that it was suggested from
(`search.known_before`), and in a fixed order of looks, so that the same sweep prunes the same
trials whenever a run happens to end. What a run did after the look that pruned its trial does not
count.

| pruner | looks | prunes |
|---|---|---|
| `median` | after each seed | worse than the median of the earlier trials on the same seeds |
| `wilcoxon` | after each seed from the fourth on | worse than the best earlier trial on the same seeds, by the signed-rank test, p < 0.1 |
| `hyperband` | at 1/9 and 1/3 of the steps of each seed | not in the best third of the earlier trials at that step |
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from ..analysis.scores import Course
from ..run_files.studies import Study, Trial
from ..tasks.metric import Metric
from .scoring import better, in_order, number_of, score_of

FEWEST_TRIALS = 4  # before one is judged by them
FEWEST_FOR_WILCOXON = 4  # seeds: 1/16 is the smallest p of four
WILCOXON_P = 0.1
REDUCTION = 3  # of trials from one rung of Hyperband to the next

Courses = Mapping[str, Mapping[str, Course]]
"""Trial → seed → the course of the run."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A trial that is to be ended.

    Attributes:
        values: seed → number, of the seeds that it was judged by.
        why: one sentence.
        step: at which; None after whole runs.
    """

    values: dict[str, float]
    why: str
    step: float | None = None


def rungs_of(total_timesteps: int) -> tuple[float, ...]:
    """The steps at which Hyperband looks."""
    return total_timesteps / REDUCTION**2, total_timesteps / REDUCTION


def judge(
    study: Study, trial: Trial, before: Sequence[Trial], metric: Metric, courses: Mapping[str, Mapping[str, Course]]
) -> Judged | None:
    """Whether a trial is to be ended; None: it goes on.

    Args:
        study: what is searched.
        trial: with the numbers of the seeds that have ended.
        before: the trials that it is judged by, all of them settled.
        metric: what is compared.
        courses: seed → course of the trial itself under "", and of each of `before` under its
            number; for Hyperband alone.
    """
    if study.pruner == "hyperband":
        return _by_rungs(study, trial, before, metric, courses)
    prefix = _prefix(study, trial)
    for seeds in range(1, min(len(prefix), len(study.seeds) - 1) + 1):
        shown = study.seeds[:seeds]
        against = [known for one in before if len(known := in_order(one.values, shown)) == seeds and one.state != "failed"]
        worse = _worse_than_median if study.pruner == "median" else _worse_than_best
        if why := worse(study, prefix[:seeds], against, metric):
            return Judged({str(seed): trial.values[str(seed)] for seed in shown}, why)
    return None


def _prefix(study: Study, trial: Trial) -> list[float]:
    """The numbers of the first seeds, up to the first that has none yet."""
    known = list[float]()
    for seed in study.seeds:
        if str(seed) not in trial.values:
            break
        known.append(trial.values[str(seed)])
    return known


def _worse_than_median(study: Study, own: Sequence[float], against: Sequence[Sequence[float]], metric: Metric) -> str:
    if len(against) < FEWEST_TRIALS:
        return ""
    middle = median(score_of(one, study.decide).value for one in against)
    if not better(middle, score_of(own, study.decide).value, metric):
        return ""
    return f"Worse than the median of {len(against)} trials after {len(own)} of {len(study.seeds)} seeds."


def _worse_than_best(study: Study, own: Sequence[float], against: Sequence[Sequence[float]], metric: Metric) -> str:
    if len(own) < FEWEST_FOR_WILCOXON or not against:
        return ""
    sign = -1.0 if metric.better == "lower" else 1.0
    best = max(against, key=lambda one: sign * score_of(one, study.decide).value)
    p = signed_rank_p([sign * (mine - theirs) for mine, theirs in zip(own, best, strict=True)])
    return f"Worse than the best trial on the same {len(own)} seeds (Wilcoxon, p = {p:.3f})." if p < WILCOXON_P else ""


def signed_rank_p(differences: Sequence[float]) -> float:
    """How probably the differences are as low as this, or lower, if none were expected: Wilcoxon's test, one-sided, exact to 20."""
    known = sorted((one for one in differences if one), key=abs)
    if not known:
        return 1.0
    ranks = _mid_ranks([abs(one) for one in known])
    positive = sum(rank for rank, one in zip(ranks, known, strict=True) if one > 0)
    n = len(known)
    if n > 20:  # the normal approximation
        spread = math.sqrt(sum(rank * rank for rank in ranks)) / 2
        return float(0.5 * math.erfc((sum(ranks) / 2 - positive) / spread / math.sqrt(2)))
    ways = {0.0: 1}  # sum of the positive ranks → in how many ways it comes about
    for rank in ranks:
        more = dict(ways)
        for total, number in ways.items():
            more[total + rank] = more.get(total + rank, 0) + number
        ways = more
    return float(sum(number for total, number in ways.items() if total <= positive) / 2**n)


def _mid_ranks(sizes: Sequence[float]) -> list[float]:
    """The ranks of ascending numbers, equal ones sharing theirs."""
    return [(sizes.index(one) + len(sizes) - sizes[::-1].index(one) + 1) / 2 for one in sizes]


def _by_rungs(study: Study, trial: Trial, before: Sequence[Trial], metric: Metric, courses: Courses) -> Judged | None:
    rungs = rungs_of(int(study.settings["total_timesteps"]))[trial.number % REDUCTION :]  # the bracket: some trials are looked at less
    own = courses.get("", {})
    for seeds, rung in product(range(1, len(study.seeds) + 1), rungs):
        shown = study.seeds[:seeds]
        if not all(_is_past(own.get(str(seed)), rung, trial, seed) for seed in shown):
            return None
        mine = _at_rung(own, shown, rung, metric)
        counted = [one for one in before if one.state != "failed" and _counts_at(one, seeds, rung)]
        others = [_at_rung(courses.get(str(one.number), {}), shown, rung, metric) for one in counted]
        known = [score_of(list(one.values()), study.decide).value for one in others if len(one) == seeds]
        if len(mine) < seeds or len(known) < FEWEST_TRIALS:
            continue
        score = score_of(list(mine.values()), study.decide).value
        ahead = sum(better(one, score, metric) for one in known)
        if ahead >= (len(known) + 1) / REDUCTION:
            why = f"Behind {ahead} of {len(known)} trials at step {rung:,.0f}, after {seeds} of {len(study.seeds)} seeds."
            return Judged(mine, why, rung)
    return None


def _counts_at(trial: Trial, seeds: int, rung: float) -> bool:
    """Whether a trial was not pruned before that look: what its runs still did until they were stopped depends on the moment."""
    return trial.step is None or (seeds, rung) <= (len(trial.values), trial.step)


def _is_past(course: Course | None, rung: float, trial: Trial, seed: int) -> bool:
    """Whether nothing that comes can still be at or before the rung."""
    return str(seed) in trial.values or (course is not None and course.end is not None and course.end >= rung)


def _at_rung(courses: Mapping[str, Course], seeds: Sequence[int], rung: float, metric: Metric) -> dict[str, float]:
    found = {str(seed): number_of(courses[str(seed)], metric, rung) for seed in seeds if str(seed) in courses}
    return {seed: value for seed, value in found.items() if value is not None}
