"""What two groups' numbers say, each in a plain sentence with its interval and how many independent runs it is of."""

import math
from collections.abc import Callable

import numpy as np

from ..numbers import MISSING, compact, count, digits, duration, share, signed
from ..tasks.metric import EVALUATION, Metric
from .comparison import Comparison
from .groups import FEWEST_SEEDS
from .resampling import Floats
from .scores import Reached
from .statistics import Estimate

NOT_REACHED = "not reached"
NO_INTERVAL = "no interval with a single run"
NO_SPREAD = "No resample of the runs differs, so that no interval can be made."


def runs_words(first: int, second: int) -> str:
    """`5 × 3 runs`."""
    return "1 run each" if first == second == 1 else f"{first} × {second} runs"


def comparison_sentences(found: Comparison) -> list[str]:
    """What a comparison says: which is better how often, and by how much."""
    (a, b), counts = (side.label for side in found.sides), (found.a.n, found.b.n)
    return [
        improvement_sentence(a, b, found.improvement, *counts, metric=found.metric),
        difference_sentence(a, b, found.difference, *counts, metric=found.metric),
    ]


def improvement_sentence(a: str, b: str, estimate: Estimate, first: int, second: int, *, metric: Metric = EVALUATION) -> str:
    """`A clears more lines than B in 93 % of seed pairs (95 % interval 81–99 %, 5 × 5 runs).`."""
    if math.isnan(estimate.value):
        return f"There is nothing to compare yet: {a} has {count(first, 'run')} with a number, {b} {second}."
    inside = f"{_shares(estimate, first, second)}, {runs_words(first, second)}"
    better = _comparative(metric, higher=metric.better != "lower")
    if estimate.value == 0.5:
        return f"Neither {better} more often: {a} and {b} come out alike ({inside})."
    return f"{a} {better} than {b} in {share(estimate.value)} of seed pairs ({inside})."


def _no_interval(first: int, second: int) -> str:
    return NO_INTERVAL if min(first, second) < 2 else f"{NO_INTERVAL} of each setting"


def _shares(estimate: Estimate, first: int, second: int) -> str:
    if math.isnan(estimate.low):
        return _no_interval(first, second)
    low, high = share(estimate.low), share(estimate.high)
    plain = low[0].isdigit() and high[0].isdigit()
    return f"95 % interval {low.removesuffix(' %')}–{high}" if plain else f"95 % interval {low} to {high}"


def difference_sentence(a: str, b: str, estimate: Estimate, first: int, second: int, *, metric: Metric = EVALUATION) -> str:
    """How much the IQM of one lies above that of the other, and whether that may be luck."""
    if math.isnan(estimate.value):
        return "There is nothing to compare yet."
    who, other = (f"The middle half of the runs of {a}", f"that of {b}") if max(first, second) > 1 else (a, b)
    if math.isnan(estimate.low):
        return f"{who} {_by_how_much(estimate.value, other, metric)} ({_no_interval(first, second)}, {runs_words(first, second)})."
    said = f"{who} {_by_how_much(estimate.value, other, metric)}"
    if estimate.low == estimate.high:
        return f"{said} ({runs_words(first, second)}). {NO_SPREAD}"
    interval = f"95 % interval {signed(estimate.low)} to {signed(estimate.high)}, {runs_words(first, second)}"
    return f"{said} ({interval}). {_luck(estimate, min(first, second))}"


def _luck(estimate: Estimate, fewest: int) -> str:
    if estimate.low <= 0 <= estimate.high:
        return "0 is inside: it may be luck."
    return "0 is outside, but the interval of so few runs is too narrow." if fewest < FEWEST_SEEDS else "0 is outside: more than luck."


def _by_how_much(value: float, other: str, metric: Metric) -> str:
    if value == 0:
        alike = f"{metric.verb} as many {metric.counted} as {other}"
        return alike if metric.counted else f"comes out equal in “{metric.label}” to {other}"
    if metric.counted:
        return f"{metric.verb} {amount(abs(value), metric)} {'more' if value > 0 else 'fewer'} than {other}"
    return f"{_comparative(metric, higher=value > 0)} than {other}, by {compact(abs(value))}"


def amount(value: float, metric: Metric) -> str:
    """`30 lines`, `1 line`; of what counts nothing the number alone."""
    size = compact(value)
    return f"{size} {metric.single if size == '1' else metric.counted}" if metric.counted else size


def _comparative(metric: Metric, *, higher: bool) -> str:
    if metric.counted:
        return f"{metric.verb} {'more' if higher else 'fewer'} {metric.counted}"
    if metric.better == "lower":
        return f"comes out {'higher (worse)' if higher else 'lower (better)'} in “{metric.label}”"
    return f"comes out {'higher' if higher else 'lower'} in “{metric.label}”"


def profile_sentence(a: str, b: str, first: Floats, second: Floats, *, metric: Metric = EVALUATION) -> str:
    """How good the median run of each is."""
    half = [f"of {name} {compact(float(np.median(values)))}" for name, values in ((a, first), (b, second)) if len(values)]
    what = metric.counted.capitalize() or metric.label
    return f"{what} of the median run: {', '.join(half)} ({runs_words(len(first), len(second))})." if half else ""


def efficiency_sentence(a: str, b: str, target: float, first: Reached, second: Reached, *, metric: Metric = EVALUATION) -> str:
    """When each of two groups reached a target."""
    return f"{target_words(target, metric)}: {_when(a, first)}; {_when(b, second)}."


def target_words(target: float, metric: Metric) -> str:
    """`50 lines per game`, `1 line per game`; of what counts nothing `Mean reward 0.5`."""
    size = digits(target).replace("-", "−")
    if not metric.counted:
        return f"{metric.label} {size}"
    return f"{size} {metric.short_unit.replace(metric.counted, metric.single if size == '1' else metric.counted, 1)}"


def _when(name: str, found: Reached) -> str:
    if math.isnan(found.steps.value):
        return f"{name} has no value yet"
    if not math.isfinite(found.steps.value):
        return f"{name} {NOT_REACHED} by half ({reached_words(found)})" if found.runs else f"{name} {NOT_REACHED} ({reached_words(found)})"
    of_runs = "median; " if found.steps.n > 1 else ""
    return f"{name} after {steps_words(found.steps.value)}, {duration(found.seconds.value)} ({of_runs}{reached_words(found)})"


def reached_words(found: Reached) -> str:
    """`3 of 5 runs, 1 ended early`."""
    early = f", {found.ended_early} ended early" if found.ended_early else ""
    return f"{found.runs} of {count(found.steps.n, 'run')}{early}"


def steps_words(steps: float) -> str:
    """`12.3k steps`, `1 step`."""
    return f"{compact(steps)} {'step' if steps == 1 else 'steps'}"


def interval_text(estimate: Estimate, words: Callable[[float], str] = compact) -> str:
    """`12.3k (10.1k – not reached)`; without an interval the figure alone."""
    if math.isnan(estimate.value):
        return MISSING
    middle, low, high = (NOT_REACHED if math.isinf(value) else words(value) for value in (estimate.value, estimate.low, estimate.high))
    if math.isnan(estimate.low) or estimate.low == estimate.high == estimate.value:
        return middle
    return f"{middle} ({low} – {high})"
