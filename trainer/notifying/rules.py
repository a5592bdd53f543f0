"""Rules that tell from a run's rows that something is wrong: stalled, not a number, plateau, collapse.

Each rule is given the rows in the order in which they were written and answers after each of them. What it says at a row depends on that
row and those before it alone: a rule knows nothing of what comes, whoever asks, and the same rows give the same answers.
`python -m tests.benchmarks.rules` measures how often each is wrong, on runs that had no say in how the rules are set.

Plateau and collapse look at scores: the mean reward of the evaluations, or, of a run without any, `rollout/ep_rew_mean`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from ..numbers import compact, count
from ..run_files.status import STALLED_AFTER_S

Rule = Literal["not_a_number", "stalled", "plateau", "collapse"]
Log = Literal["metrics", "episodes", "evaluations", "events"]

NAN_ROWS = 2  # rows of metrics in a row whose loss is no number: one may be of an update that did nothing
NAN_ROWS_AT_FIRST = 5  # of a loss that was never a number: it may not be measured yet
LOSS = re.compile(r"train/(.*_)?loss")
NAN_IN_WORDS = re.compile(r"\bnan\b|not finite", re.IGNORECASE)
JUDGED_FROM = 0.3  # of all steps: a run that has hardly begun has not stood still
FEWEST_SCORES = 16  # before a plateau can be told
MOST_SCORES = 64  # when there are so many, each two neighbours become their mean
STANDS_STILL_Z = 0.3  # Kendall's trend of the later half of the scores, in standard errors: not even a weak rise
RISES_Z = 1.64  # a rise that 19 of 20 runs without one do not show: what is told may be told again
UNUSUAL = 3.0  # times the longest wait for a step so far
FEWEST_BEFORE_COLLAPSE = 8  # scores: the first ones rise and fall with luck
SMOOTHED = 3  # scores whose median counts for a collapse
LOST_SHARE = 0.5  # of what was learned
NOISE = 3.0  # times the usual difference of two neighbours: a fall that is no luck


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a rule has to say.

    Attributes:
        step: of the row at which it is told.
        sentence: what was seen.
    """

    rule: Rule
    step: int
    sentence: str


class NotANumber:
    """A loss, a reward or an evaluation is NaN or infinite: nothing is learned any more. Told once, again after a resume.

    In rows such a value is null. A loss is null also before the first update.
    """

    def __init__(self) -> None:
        self._told = False
        self._rows = 0
        self._measured = False

    def take(self, log: Log, row: Mapping[str, Any]) -> Alarm | None:
        """Look at the next row of a log."""
        if log == "events" and row.get("kind") == "started":
            self._told, self._rows = False, 0
        what = _not_a_number(log, row)
        if log == "metrics":
            self._measured = self._measured or any(LOSS.fullmatch(name) and value is not None for name, value in row.items())
            self._rows = self._rows + 1 if what else 0
            what = what if self._rows >= (NAN_ROWS if self._measured else NAN_ROWS_AT_FIRST) else ""
        if not what or self._told:
            return None
        self._told = True
        return Alarm("not_a_number", _step(row), f"{what} is not a number any more.")


def _not_a_number(log: Log, row: Mapping[str, Any]) -> str:
    """What of a row is no number; empty if all is well."""
    if log == "metrics" and row.get("updates"):
        return next((name for name, value in row.items() if value is None and LOSS.fullmatch(name)), "")
    if log == "episodes":
        return "The reward of an episode" if row.get("reward", 0.0) is None else ""
    if log == "evaluations":
        return "The mean reward of an evaluation" if row.get("mean_reward", 0.0) is None else ""
    failed = log == "events" and row.get("kind") == "failure" and NAN_IN_WORDS.search(str(row.get("message")))
    return "What the network gives" if failed else ""


class Stalled:
    """No environment step for `STALLED_AFTER_S` and much longer than ever before, though none of the waiting is meant. Told once a stop.

    A simulator that starts anew for each episode takes its time now and then: how long the run has waited so far says what is usual.
    """

    def __init__(self) -> None:
        self._told = False
        self._step = -1
        self._silent_s = self._longest_s = 0.0

    def take(self, step: int, silent_s: float) -> Alarm | None:
        """Look at a run.

        Args:
            step: environment steps done.
            silent_s: seconds without one, or without a word of the trainer; 0 while it waits for something that goes well.
        """
        if step != self._step and not self._told:
            self._longest_s = max(self._longest_s, self._silent_s)
        self._step, self._silent_s = step, silent_s
        stalled = silent_s > max(STALLED_AFTER_S, UNUSUAL * self._longest_s)
        told, self._told = self._told, stalled
        return Alarm("stalled", step, f"No step since step {step:,}.") if stalled and not told else None


class Plateau:
    """The later half of the scores does not rise. Told once, and again after a rise.

    Args:
        total_timesteps: of the whole run.
    """

    def __init__(self, total_timesteps: int) -> None:
        self._from_step = JUDGED_FROM * total_timesteps
        self._scores: list[float] = []
        self._open: list[float] = []  # scores that do not yet make a whole one
        self._together = 1
        self._told = False

    def take(self, step: int, score: float) -> Alarm | None:
        """Look at the next score."""
        self._keep(score)
        if step < self._from_step or len(self._scores) < FEWEST_SCORES or self._open:
            return None
        later = self._scores[len(self._scores) // 2 :]
        trend = kendall_z(later)
        if self._told:
            self._told = trend < RISES_Z
            return None
        if trend > STANDS_STILL_Z:
            return None
        self._told = True
        return Alarm("plateau", step, f"No rise over the last {count(len(later) * self._together, 'score')}, now {compact(score)}.")

    def _keep(self, score: float) -> None:
        self._open.append(score)
        if len(self._open) < self._together:
            return
        self._scores.append(sum(self._open) / len(self._open))
        self._open = []
        if len(self._scores) == MOST_SCORES:
            pairs = zip(self._scores[::2], self._scores[1::2], strict=True)
            self._scores = [(first + second) / 2 for first, second in pairs]
            self._together *= 2


class Collapse:
    """Half of what was learned is lost: the score falls back towards where it began. Told once, and again after a recovery."""

    def __init__(self) -> None:
        self._newest: list[float] = []
        self._differences: list[float] = []
        self._first = self._best = -math.inf
        self._seen = 0
        self._told = False

    def take(self, step: int, score: float) -> Alarm | None:
        """Look at the next score."""
        if self._newest:
            self._differences = [*self._differences, abs(score - self._newest[-1])][-MOST_SCORES:]
        self._newest = [*self._newest, score][-SMOOTHED:]
        self._seen += 1
        if self._seen < SMOOTHED:
            return None
        now = median(self._newest)
        if self._seen == SMOOTHED:
            self._first = now
        self._best = max(self._best, now)
        learned, lost = self._best - self._first, self._best - now
        if self._told:
            self._told = lost > LOST_SHARE / 2 * learned
            return None
        if self._seen < FEWEST_BEFORE_COLLAPSE or lost <= LOST_SHARE * learned or lost <= NOISE * median(self._differences):
            return None
        self._told = True
        return Alarm("collapse", step, f"The score fell from {compact(self._best)} to {compact(now)}.")


class RowRules:
    """All rules that look at rows, for one run.

    Args:
        total_timesteps: of the whole run.
    """

    def __init__(self, total_timesteps: int) -> None:
        self._nan = NotANumber()
        self._by_log: dict[Log, tuple[Plateau, Collapse]] = {
            log: (Plateau(total_timesteps), Collapse()) for log in ("evaluations", "metrics")
        }
        self._evaluated = False

    def take(self, log: Log, row: Mapping[str, Any]) -> list[Alarm]:
        """Look at the next row of a log; returns what there is to say of it."""
        self._evaluated = self._evaluated or log == "evaluations"
        found = [self._nan.take(log, row)]
        score = row.get("mean_reward" if log == "evaluations" else "rollout/ep_rew_mean")
        if log in self._by_log and isinstance(score, int | float) and math.isfinite(score):
            of_scores = [rule.take(_step(row), float(score)) for rule in self._by_log[log]]
            found += of_scores if log == "evaluations" or not self._evaluated else []
        return [alarm for alarm in found if alarm is not None]


def kendall_z(values: Sequence[float]) -> float:
    """Kendall's trend of some values over their order, in standard errors; 0 of values that are all alike.

    M. G. Kendall, Rank Correlation Methods (1948): the variance is that of values without ties, which makes ties look like no trend.
    """
    size = len(values)
    rises = sum((later > earlier) - (later < earlier) for place, earlier in enumerate(values) for later in values[place + 1 :])
    variance = size * (size - 1) * (2 * size + 5) / 18
    return rises / math.sqrt(variance) if variance else 0.0


def _step(row: Mapping[str, Any]) -> int:
    step = row.get("step")
    return step if type(step) is int else 0
