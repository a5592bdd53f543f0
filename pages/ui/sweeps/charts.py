"""The charts of a study. Each dot is a trial, and a click on it opens the trial's first run."""

import math
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import GREY, Trace
from pages.ui.charts import ORANGE, SKY, joined
from pages.ui.curves import Floats
from pages.ui.parallel import Scale, parallel_chart, result_scale, scale_of
from pages.ui.sweeps.view import View, link_of, params_text, score_words, value_of
from pages.ui.text import setting_text
from trainer.numbers import count, exact
from trainer.run_files.studies import Confirmed, Trial, Vary

MAX_AXES = 8
MAX_LINES = 150  # of the parallel coordinates: more cannot be told apart
MAX_WHISKERS = 200  # dots with an interval each: of more the dots alone are drawn
STEPS_OF_TICKS = (1.0, 2.0, 5.0, 10.0)
MAX_TICKS = 5  # between the ends of an axis: slices stand three in a row
NEAR = 0.12  # of an axis: a tick that is nearer to an end would lie on its words
CLICK = "a click opens its run"


def history_chart(view: View) -> Chart:
    """Each trial's score with its interval, in the order of the trials, and the best so far."""
    pruned = [one for one in view.scored if one.state == "pruned"]
    numbers = [one.number for one in view.scored] or [0]
    traces = [
        _best_so_far(view),
        *([_dots(view, pruned, [one.number for one in pruned], "pruned", GREY)] if pruned else []),
        _dots(view, view.complete, [one.number for one in view.complete], "trial", SKY),
    ]
    known = any(one.low is not None for one in view.complete)
    what = "score with its 95 % interval" if known and len(view.complete) <= MAX_WHISKERS else "score"
    note = joined(what, f"{count(len(pruned), 'pruned trial')} in grey" if pruned else "", CLICK)
    ticks = [(tick, f"{tick:g}") for tick in _whole_ticks(min(numbers), max(numbers))]
    return Chart(
        f"history {view.study_id}",
        "History",
        note,
        "trial",
        view.metric.short_unit,
        traces,
        legend=True,
        x_ticks=ticks,
    )


def _best_so_far(view: View) -> Trace:
    scores = np.array([one.score for one in view.complete], np.float64)
    best = np.maximum.accumulate(scores * view.sign) * view.sign if len(scores) else scores
    return Trace(
        "line",
        np.array([one.number for one in view.complete], np.float64),
        best,
        "best so far",
        ORANGE,
        steps=True,
    )


def _dots(view: View, trials: Sequence[Trial], places: Sequence[float] | Floats, name: str, colour: str) -> Trace:
    """A dot a trial, from left to right."""
    at = np.array(places, np.float64)
    order = np.argsort(at, kind="stable")
    chosen = [trials[place] for place in order]
    whiskers = (_numbers(one.low for one in chosen), _numbers(one.high for one in chosen)) if len(chosen) <= MAX_WHISKERS else None
    return Trace(
        "points", at[order], np.array([one.score for one in chosen], np.float64), name, colour,
        texts=tuple(trial_text(view, one) for one in chosen), links=tuple(link_of(one, view.study.seeds) for one in chosen),
        interval=whiskers,
    )  # fmt: skip


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if one is None else one for one in values], np.float64)


def trial_text(view: View, trial: Trial) -> str:
    """`Trial 7: 191 (180 to 199)`, and a line a setting."""
    state = " · pruned" if trial.state == "pruned" else ""
    values = params_text(view, trial, between="\n")
    return f"Trial {trial.number}: {score_words(trial.score, trial.low, trial.high)}{state}\n{values}"


def parallel_of(view: View) -> Chart:
    """An axis a setting and one for the score; a line a trial."""
    trials = _some(view, view.scored)
    named = list(view.varied.items())[:MAX_AXES]
    vary = {one.setting: one for one in view.study.vary}
    axes = [(label, axis_of(vary[name], view.values_of(name, trials))) for name, label in named]
    scores = ("score", result_scale([one.score or 0.0 for one in trials]))
    left_out = len(view.scored) - len(trials)
    note = joined(
        "a line a trial, from setting to setting to its score",
        f"{exact(left_out)} lines left out" if left_out else "",
        CLICK,
    )
    return parallel_chart(
        [*axes, scores], [trial_text(view, one) for one in trials], view.metric.better, key=f"parallel {view.study_id}",
        title="All settings and the score", note=note, links=[link_of(one, view.study.seeds) for one in trials],
    )  # fmt: skip


def _some(view: View, trials: Sequence[Trial]) -> list[Trial]:
    """As many trials as can be told apart as lines.

    The best, and of the others some from the first to the last.
    """
    if len(trials) <= MAX_LINES:
        return list(trials)
    ranked = sorted(trials, key=lambda one: -(one.score or 0.0) * view.sign)
    best, others = (
        ranked[: MAX_LINES // 2],
        sorted(ranked[MAX_LINES // 2 :], key=lambda one: one.number),
    )
    places = np.unique(np.linspace(0, len(others) - 1, MAX_LINES // 2).astype(np.int64)).tolist()
    return sorted([*best, *(others[place] for place in places)], key=lambda one: one.number)


def slice_chart(view: View, vary: Vary) -> Chart:
    """The score over one setting that varies."""
    trials, label = view.complete, view.varied[vary.setting]
    scale = axis_of(vary, view.values_of(vary.setting, trials))
    x_title = f"{label} (logarithmic)" if scale.log else label
    dots = _dots(view, trials, scale.places, "trial", SKY)
    key = f"slice {view.study_id} {vary.setting}"
    return Chart(
        key,
        label,
        f"a dot a trial · {CLICK}",
        x_title,
        view.metric.short_unit,
        [dots],
        x_ticks=scale.ticks,
    )


def axis_of(vary: Vary, values: Sequence[Hashable]) -> Scale:
    """Where values of a setting stand.

    On the whole range that is searched, so that the axis stays as trials come.
    """
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    low, high = vary.low, vary.high
    if vary.scale == "choices" or low is None or high is None or not low < high or len(numbers) < len(values):
        return scale_of(values)
    if vary.scale == "log" and min([low, *numbers]) > 0:
        ticks = [math.log10(one) for one in _powers_of_ten(low, high)]
        kept = _between(math.log10(low), math.log10(high), ticks)
        words = tuple((place, setting_text(value_of(float(10.0**place)))) for place in kept)
        return Scale(np.log10(np.array(numbers, np.float64)), words, log=True)
    words = tuple((place, setting_text(value_of(float(place)))) for place in _between(low, high, _round_ticks(low, high)))
    return Scale(np.array(numbers, np.float64), words)


def _powers_of_ten(low: float, high: float) -> list[float]:
    exponents = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return [10.0**one for one in exponents[:: max(1, -(-len(exponents) // MAX_TICKS))]]


def _whole_ticks(low: int, high: int) -> list[float]:
    ticks = _between(low, high, [tick for tick in _round_ticks(low, high) if tick == int(tick)])
    return ticks if low < high else [low]


def _round_ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high."""
    if not low < high:
        return [low]
    rough = (high - low) / MAX_TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = size * next(one for one in STEPS_OF_TICKS if one * size >= rough * 0.999)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _between(low: float, high: float, ticks: Sequence[float]) -> list[float]:
    """Both ends, and those ticks between them that leave their words alone."""
    room = NEAR * (high - low)
    return [low, *(tick for tick in ticks if low + room < tick < high - room), high]


def confirmation_chart(view: View, confirmed: Sequence[Confirmed]) -> Chart:
    """Of each of the best trials its score in the search and the one on new seeds, side by side."""
    before, after, ticks = [], [], list[tuple[float, str]]()
    for place, one in enumerate(confirmed):
        at = 3.0 * place
        ticks += [(at, f"trial {one.trial}"), (at + 1, "again")]
        before.append((at, one.search_score, one.search_low, one.search_high, view.trial(one.trial)))
        again = next((two for two in view.again if two.number == one.again), None)
        after.append((at + 1, one.score, one.low, one.high, again))
    traces = [
        _pairs(before, "in the search", SKY, view.study.seeds),
        _pairs(after, "on seeds that the search never saw", ORANGE, view.study.confirm_seeds),
    ]
    note = joined("score and 95 % interval", CLICK)
    return Chart(
        f"confirmed {view.study_id}",
        "In the search, and again on unseen seeds",
        note,
        "",
        view.metric.short_unit,
        traces,
        x_ticks=ticks,
    )


Pair = tuple[float, float, float | None, float | None, Trial | None]


def _pairs(points: Sequence[Pair], name: str, colour: str, seeds: list[int]) -> Trace:
    texts = tuple(f"{name}: {score_words(score, low, high)}" for _, score, low, high, _ in points)
    links = tuple(link_of(trial, seeds) if trial is not None else "" for *_, trial in points)
    ends = (
        _numbers([low for _, _, low, _, _ in points]),
        _numbers([high for _, _, _, high, _ in points]),
    )
    x, y = _numbers([place for place, *_ in points]), _numbers([score for _, score, *_ in points])
    return Trace("points", x, y, name, colour, texts=texts, links=links, interval=ends)
