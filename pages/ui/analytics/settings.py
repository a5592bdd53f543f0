"""The section of settings: those in which the chosen runs differ, against what the runs have reached."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.analytics import address
from pages.ui.analytics.groups import independent_rows
from pages.ui.analytics.run_rows import RunRow, about_of_rows, differing, setting_label, setting_text
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import GREY, Trace
from pages.ui.charts import GREEN, ORANGE, SKY
from pages.ui.curves import Floats
from pages.ui.text import plain
from trainer.analysis.sentences import amount
from trainer.numbers import compact, count

RESULTS = {"last": "last evaluation", "best": "best evaluation", "mean": "mean of the evaluations"}
MAX_AXES = 8
MAX_TICKS = 8
HEIGHT = 400  # pixels
WIDE = 50  # from here on values that far apart, lowest to highest, stand on a logarithmic axis
QUARTER = 0.25
EMPTY = np.empty(0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the values of a setting stand.

    Attributes:
        places: (runs,) of the runs; numbers on a linear or logarithmic axis, anything else one place each.
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
    def _lowest(self) -> float:
        return float(self.places.min())

    @property
    def _width(self) -> float:
        return float(np.ptp(self.places)) or 1.0


def scale_of(values: Sequence[object]) -> Scale:
    """Where values of one setting stand."""
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    distinct = sorted(
        set(values), key=lambda value: (not isinstance(value, int | float), value if isinstance(value, int | float) else str(value))
    )
    words = [setting_text(value) for value in distinct]
    if len(numbers) < len(values):
        return Scale(np.array([distinct.index(value) for value in values], np.float64), tuple(enumerate(words)))
    log = min(numbers) > 0 and max(numbers) / min(numbers) >= WIDE
    at = [math.log10(float(str(value))) if log else float(str(value)) for value in distinct]
    places = np.log10(numbers) if log else np.array(numbers)
    kept = range(0, len(at), -(-len(at) // MAX_TICKS))
    return Scale(places, tuple((at[number], words[number]) for number in kept), log)


def draw_settings(rows: Sequence[RunRow]) -> None:
    """Draw the settings that differ against the result."""
    names = differing(rows)
    if len(rows) < 2 or not names:
        st.info("The chosen runs do not differ in any setting; choose some that do.", icon=":material/tune:")
        return
    result_box, setting_box = st.columns(2)
    with result_box:
        result = address.segment("result", "Result", list(RESULTS), "last", format_func=RESULTS.__getitem__)
    with setting_box:
        default = next((name for name in names if name != "seed"), names[0])
        setting = address.select("setting", "Setting of the scatter", names, default, format_func=setting_label)
    rows, copies = independent_rows(rows)
    if copies:
        st.caption(f":material/content_copy: {count(copies, 'copy', 'copies')} of other runs (same settings, same seed) not shown.")
    known = [row for row in rows if getattr(row, result) is not None and row.settings]
    if not known:
        st.info("None of the chosen runs has an evaluation yet.", icon=":material/hourglass_empty:")
        return
    if len(known) < len(rows):
        st.caption(f":material/hourglass_empty: {len(rows) - len(known)} of the chosen runs have no evaluation yet and are not shown.")
    with st.container(key="charts"):
        axes = [name for name in names if name != "seed"] or names
        show_chart(parallel_chart(known, axes[:MAX_AXES], result), element="parallel", height=HEIGHT)
        show_chart(scatter_chart(known, setting, result), element="scatter", height=HEIGHT)
    if len(axes) > MAX_AXES:
        st.caption(f"The first {MAX_AXES} of {len(axes)} settings that differ are shown as axes.")


def _values(rows: Sequence[RunRow], name: str) -> list[object]:
    """Hashable values of a setting."""
    found = (row.settings.get(name) for row in rows)
    return [setting_text(value) if isinstance(value, list) else value for value in found]


def parallel_chart(rows: Sequence[RunRow], names: Sequence[str], result: str) -> Chart:
    """An axis a setting and one for the result; a line a run, the best and the worst quarter in colour."""
    results = [float(getattr(row, result)) for row in rows]
    scales = [scale_of(_values(rows, name)) for name in names] + [Scale(np.array(results), _ends(results))]
    heights = np.array([scale.shares() for scale in scales])  # (axes, runs)
    metric = about_of_rows(rows).headline
    texts = [f"{plain(row.name, 60)}: {amount(value, metric)}" for row, value in zip(rows, results, strict=True)]
    ranks = np.argsort(np.argsort(results)) / max(1, len(rows) - 1)
    low, high = ranks <= QUARTER, ranks >= 1 - QUARTER
    colours = (GREEN, ORANGE) if metric.better == "lower" else (ORANGE, GREEN)
    traces = [
        _paths(heights, ~(low | high), texts, Trace("line", EMPTY, EMPTY, "others", GREY, width=1.2)),
        _paths(heights, low & ~high, texts, Trace("line", EMPTY, EMPTY, "lowest quarter", colours[0])),
        _paths(heights, high, texts, Trace("line", EMPTY, EMPTY, "highest quarter", colours[1], width=2.5)),
    ]
    labels = [setting_label(name) for name in names] + [RESULTS[result]]
    words = [(float(axis), height, text) for axis, scale in enumerate(scales) for height, text in scale.share_ticks()]
    uprights = [Trace("line", np.full(2, float(axis)), np.array([0.0, 1.0]), "axis", GREY, faint=True) for axis in range(len(scales))]
    return Chart(
        f"parallel {result} {names}", "Settings and result", "a line a run, from setting to setting to the result", "", "",
        [*uprights, *traces], legend=True, x_ticks=[(float(axis), plain(label, 24)) for axis, label in enumerate(labels)], words=words,
    )  # fmt: skip


def _ends(results: Sequence[float]) -> tuple[tuple[float, str], ...]:
    return ((min(results), compact(min(results))), (max(results), compact(max(results))))


def _paths(heights: Floats, inside: NDArray[np.bool_], texts: Sequence[str], look: Trace) -> Trace:
    """The lines of several runs as one, with gaps between them; heights (axes, runs)."""
    runs = np.flatnonzero(inside).tolist()
    gap = np.full((1, heights.shape[1]), np.nan)
    y = np.concatenate([heights, gap])[:, runs].T.ravel()[:-1]
    x = np.tile(np.append(np.arange(len(heights), dtype=np.float64), np.nan), len(runs))[:-1]
    said = [texts[run] for run in runs for _ in range(len(heights) + 1)]
    return replace(look, x=x, y=y, texts=tuple(said[: len(x)]))


def scatter_chart(rows: Sequence[RunRow], setting: str, result: str) -> Chart:
    """The result of each run over one setting."""
    scale = scale_of(_values(rows, setting))
    results = np.array([float(getattr(row, result)) for row in rows])
    order = np.argsort(scale.places, kind="stable")
    metric = about_of_rows(rows).headline
    values = [f"{setting_text(row.settings.get(setting))} → {amount(getattr(row, result), metric)}" for row in rows]
    texts = [f"{plain(row.name, 60)}: {value}" for row, value in zip(rows, values, strict=True)]
    points = Trace("points", scale.places[order], results[order], "runs", SKY, texts=tuple(texts[place] for place in order))
    label = setting_label(setting)
    x_title = f"{label} (logarithmic)" if scale.log else label
    return Chart(
        f"scatter {setting} {result}", f"Result by {label}", f"a point a run: {RESULTS[result]}", x_title, metric.short_unit,
        [points], zero_y=metric.zero, x_ticks=scale.ticks,
    )  # fmt: skip
