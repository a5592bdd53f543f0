"""Settings against a result.

Where values stand on an axis, and the chart with an axis a setting and a line a run.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pages.ui.chart.chart import Chart
from pages.ui.chart.trace import GREY, Trace
from pages.ui.charts import GREEN, ORANGE
from pages.ui.curves import Floats
from pages.ui.text import plain, setting_text
from trainer.numbers import compact
from trainer.tasks.metric import Better

MAX_TICKS = 8
WIDE = 50  # from here on values that far apart, lowest to highest, stand on a logarithmic axis
QUARTER = 0.25
EMPTY = np.empty(0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the values of a setting stand.

    Attributes:
        places: (runs,) of the runs; numbers on a linear or logarithmic axis, anything else one place
            each.
        ticks: places with what they mean.
        log: whether the places are exponents of 10.
    """

    places: Floats
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def shares(self) -> Floats:
        """The places from 0 to 1."""
        return (self.places - self._lowest) / self._width

    def share_ticks(self) -> list[tuple[float, str]]:
        """The ticks from 0 to 1."""
        return [((place - self._lowest) / self._width, words) for place, words in self.ticks]

    @property
    def _ends(self) -> tuple[float, float]:
        every = [*self.places.tolist(), *(place for place, _ in self.ticks)]
        return min(every, default=0.0), max(every, default=0.0)

    @property
    def _lowest(self) -> float:
        return self._ends[0]

    @property
    def _width(self) -> float:
        low, high = self._ends
        return high - low or 1.0


def scale_of(values: Sequence[Hashable]) -> Scale:
    """Where values of one setting stand."""
    numbers = [float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    distinct = sorted(
        set(values),
        key=lambda one: (
            not isinstance(one, int | float),
            one if isinstance(one, int | float) else str(one),
        ),
    )
    words = [setting_text(value) for value in distinct]
    if len(numbers) < len(values):
        places = {value: place for place, value in enumerate(distinct)}
        return Scale(np.array([places[value] for value in values], np.float64), tuple(enumerate(words)))
    log = min(numbers) > 0 and max(numbers) / min(numbers) >= WIDE
    at = [math.log10(float(str(value))) if log else float(str(value)) for value in distinct]
    kept = range(0, len(at), -(-len(at) // MAX_TICKS))
    ticks = tuple((at[number], words[number]) for number in kept)
    return Scale(np.log10(numbers) if log else np.array(numbers), ticks, log)


def result_scale(results: Sequence[float]) -> Scale:
    """The axis of what the runs have reached."""
    ends = min(results), max(results)
    return Scale(np.array(results), tuple((end, compact(end)) for end in ends))


def parallel_chart(
    axes: Sequence[tuple[str, Scale]],
    texts: Sequence[str],
    better: Better | None,
    *,
    key: str,
    title: str,
    note: str,
    links: Sequence[str] = (),
) -> Chart:
    """A line a run, the best and the worst quarter in colour.

    Args:
        axes: what stands below each, and where the runs are on it; the last is the result.
        texts: (runs,) what the pointer reads on a run's line.
        better: which way the result is.
        key: of the chart.
        title: of the chart.
        note: of the chart.
        links: (runs,) where a click on a run's line leads; none: nowhere.
    """
    heights = np.array([scale.shares() for _, scale in axes])  # (axes, runs)
    ranks = np.argsort(np.argsort(heights[-1])) / max(1, heights.shape[1] - 1)
    low, high = ranks <= QUARTER, ranks >= 1 - QUARTER
    colours = (GREEN, ORANGE) if better == "lower" else (ORANGE, GREEN)
    looks = [
        (~(low | high), Trace("line", EMPTY, EMPTY, "others", GREY, width=1.2)),
        (low & ~high, Trace("line", EMPTY, EMPTY, "lowest quarter", colours[0])),
        (high, Trace("line", EMPTY, EMPTY, "highest quarter", colours[1], width=2.5)),
    ]
    traces = [_paths(heights, inside, texts, links, look) for inside, look in looks]
    words = [(float(axis), height, text) for axis, (_, scale) in enumerate(axes) for height, text in scale.share_ticks()]
    uprights = [Trace("line", np.full(2, float(axis)), np.array([0.0, 1.0]), "axis", GREY, faint=True) for axis in range(len(axes))]
    ticks = [(float(axis), plain(label, 24)) for axis, (label, _) in enumerate(axes)]
    return Chart(key, title, note, "", "", [*uprights, *traces], legend=True, x_ticks=ticks, words=words)


def _paths(
    heights: Floats,
    inside: NDArray[np.bool_],
    texts: Sequence[str],
    links: Sequence[str],
    look: Trace,
) -> Trace:
    """The lines of several runs as one, with gaps between them; heights (axes, runs)."""
    runs = np.flatnonzero(inside).tolist()
    gap = np.full((1, heights.shape[1]), np.nan)
    y = np.concatenate([heights, gap])[:, runs].T.ravel()[:-1]
    x = np.tile(np.append(np.arange(len(heights), dtype=np.float64), np.nan), len(runs))[:-1]
    said, leads = ([of_runs[run] for run in runs for _ in range(len(heights) + 1)][: len(x)] for of_runs in (texts, links or texts))
    return replace(look, x=x, y=y, texts=tuple(said), links=tuple(leads) if links else ())
