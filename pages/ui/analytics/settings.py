"""The section of settings: those in which the selected runs differ, against what the runs have reached."""

from collections.abc import Hashable, Sequence

import numpy as np
import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.groups import independent_rows
from pages.ui.analytics.run_rows import RunRow, about_of_rows, differing, setting_label
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import Trace
from pages.ui.charts import SKY
from pages.ui.parallel import parallel_chart, result_scale, scale_of
from pages.ui.text import plain, setting_text
from trainer.analysis.sentences import amount
from trainer.numbers import count, exact

RESULTS = {"last": "last evaluation", "best": "best evaluation", "mean": "mean of the evaluations"}
MAX_AXES = 8
HEIGHT = 400  # pixels


def draw_settings(rows: Sequence[RunRow]) -> None:
    """Draw the settings that differ against the result."""
    names = differing(rows)
    if len(rows) < 2 or not names:
        st.info("The selected runs do not differ in any setting; choose some that do.", icon=":material/tune:")
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
        st.info("None of the selected runs has an evaluation yet.", icon=":material/hourglass_empty:")
        return
    if len(known) < len(rows):
        st.caption(
            f":material/hourglass_empty: {exact(len(rows) - len(known))} of the selected runs have no evaluation yet and are not shown."
        )
    with st.container(key="charts"):
        axes = [name for name in names if name != "seed"] or names
        show_chart(settings_chart(known, axes[:MAX_AXES], result), element="parallel", height=HEIGHT)
        show_chart(scatter_chart(known, setting, result), element="scatter", height=HEIGHT)
    if len(axes) > MAX_AXES:
        st.caption(f"The first {MAX_AXES} of {len(axes)} settings that differ are shown as axes.")


def _values(rows: Sequence[RunRow], name: str) -> list[Hashable]:
    """Hashable values of a setting."""
    found = (row.settings.get(name) for row in rows)
    return [setting_text(value) if isinstance(value, list) else value for value in found]


def settings_chart(rows: Sequence[RunRow], names: Sequence[str], result: str) -> Chart:
    """An axis a setting and one for the result; a line a run."""
    results = [float(getattr(row, result)) for row in rows]
    axes = [(setting_label(name), scale_of(_values(rows, name))) for name in names] + [(RESULTS[result], result_scale(results))]
    metric = about_of_rows(rows).headline
    texts = [f"{plain(row.name, 60)}: {amount(value, metric)}" for row, value in zip(rows, results, strict=True)]
    note = "a line a run, from setting to setting to the result"
    return parallel_chart(axes, texts, metric.better, key=f"parallel {result} {names}", title="Settings and result", note=note)


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
