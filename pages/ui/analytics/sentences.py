"""What two teams' numbers say, each in a plain sentence with its interval and how many runs it is of."""

import math
from collections.abc import Callable

import numpy as np

from pages.ui.analytics.scores import Reached
from pages.ui.curves import Floats
from pages.ui.text import compact, duration, exact
from trainer.analysis.groups import FEWEST_SEEDS
from trainer.analysis.statistics import Estimate


def runs_words(first: int, second: int) -> str:
    """`5 × 3 runs`."""
    return f"{first} × {second} runs"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def improvement_sentence(a: str, b: str, estimate: Estimate, first: int, second: int) -> str:
    """`A clears more lines than B in 93 % of seed pairs (95 % interval 81–99 %, 5 × 5 runs).`."""
    if math.isnan(estimate.value):
        return f"There is nothing to compare yet: {a} has {first} runs with a number, {b} {second}."
    inside = f"95 % interval {estimate.low * 100:.0f}–{_percent(estimate.high)}, " if not math.isnan(estimate.low) else _NO_INTERVAL
    return f"{a} clears more lines than {b} in {_percent(estimate.value)} of seed pairs ({inside}{runs_words(first, second)})."


_NO_INTERVAL = "no interval with a single run, "


def difference_sentence(a: str, b: str, estimate: Estimate, first: int, second: int) -> str:
    """How much the IQM of one lies above that of the other, and whether that may be luck."""
    if math.isnan(estimate.value):
        return "There is nothing to compare yet."
    size, word = abs(estimate.value), "more" if estimate.value >= 0 else "fewer"
    if math.isnan(estimate.low):
        return f"{a} clears {compact(size)} lines {word} than {b} ({_NO_INTERVAL}{runs_words(first, second)})."
    interval = f"95 % interval {signed(estimate.low)} to {signed(estimate.high)}, {runs_words(first, second)}"
    few = min(first, second) < FEWEST_SEEDS
    outside = " 0 is outside, but the interval of so few runs is too narrow." if few else " 0 is outside: more than luck."
    luck = " 0 is inside: it may be luck." if estimate.low <= 0 <= estimate.high else outside
    return f"The middle half of the runs of {a} clears {compact(size)} lines {word} than that of {b} ({interval}).{luck}"


def profile_sentence(a: str, b: str, first: Floats, second: Floats) -> str:
    """Above how many lines half of the runs of each are."""
    half = [f"half of {name} above {compact(float(np.median(values)))}" for name, values in ((a, first), (b, second)) if len(values)]
    return f"Of the runs, {' and '.join(half)} lines ({runs_words(len(first), len(second))})." if half else ""


def signed(value: float) -> str:
    """`+1,234`, `−12.3`, `0`."""
    return ("+" if value > 0 else "−" if value < 0 else "") + compact(abs(value))


def efficiency_sentence(a: str, b: str, target: float, first: Reached, second: Reached) -> str:
    """When each of two teams reached a number of lines."""
    return f"{exact(target)} lines a game: {_when(a, first)}; {_when(b, second)}."


def _when(name: str, found: Reached) -> str:
    counted = f"{found.runs} of {found.steps.n} runs reached it"
    if not math.isfinite(found.steps.value):
        return f"{name} not in the median ({counted})"
    return f"{name} after {compact(found.steps.value)} steps, {duration(found.seconds.value)} (median; {counted})"


def interval_text(estimate: Estimate, words: Callable[[float], str] = compact) -> str:
    """`12.3k (10.1k – never)`."""
    middle, low, high = ("never" if math.isinf(value) else words(value) for value in (estimate.value, estimate.low, estimate.high))
    return f"{middle} ({low} – {high})"
