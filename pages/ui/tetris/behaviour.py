"""The section about what the agents do: how long their games are, what they clear, where and what they place, how their boards look."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.choices import chosen_view, zoom_of, zoomed
from pages.ui.analytics.curves import draw_forks_choice, draw_group_choice, draw_left_out
from pages.ui.analytics.groups import Group, groups_of
from pages.ui.analytics.overlay import MAX_GROUPS, Options, group_name, overlay
from pages.ui.analytics.run_rows import RunRow
from pages.ui.chart.chart import Chart, show_chart
from pages.ui.chart.trace import Trace
from pages.ui.curves import Floats
from pages.ui.run_data import rows_version, run_data
from trainer.numbers import count
from trainer.run_files.evaluations import last_of_each
from trainer.tasks.tetris.game.pieces import PIECES
from trainer.tasks.tetris.metrics import METRICS

HEIGHT = 340  # pixels
MAX_STEPS = 400  # of a curve of shares
OVER_TRAINING = ("holes", "height", "training-holes", "training-height")
CLEARS = ("one row", "two rows", "three rows", "four rows")
NOTE = "greedy games of the last evaluation of each run"


def draw_behaviour(rows: Sequence[RunRow]) -> None:
    """Draw the choice of groups and the distributions, then the boards over training."""
    group_box, forks_box = st.columns([2, 6], vertical_alignment="bottom")
    with group_box:
        draw_group_choice(rows)
    with forks_box:
        draw_forks_choice()
    choices = chosen_view(rows)
    groups = groups_of(rows, choices.group, with_marked=choices.forks)
    charts = behaviour_charts(groups.groups, choices.options)
    seen = [chart for chart in charts if any(len(trace.x) for trace in chart.traces)]
    if not seen:
        st.info("None of the selected runs has an evaluation yet; choose others in the table above.", icon=":material/hourglass_empty:")
        return
    with st.container(key="charts"):
        for start in range(0, len(charts), 2):
            for number, column in enumerate(st.columns(2, gap="small"), start):
                chart, element = charts[number], address.widget(f"behaviour_{number}")
                on_zoom = _noticed(element, chart) if chart.zoom_group else None
                with column:
                    show_chart(chart, element=element, height=HEIGHT, zoom=zoom_of(chart), on_zoom=on_zoom)
    draw_left_out(groups)


def _noticed(element: str, chart: Chart) -> Callable[[], None]:
    return lambda: zoomed(element, chart.x_key)


def behaviour_charts(groups: Sequence[Group], options: Options) -> list[Chart]:
    """The distributions, and the boards over training."""
    over_training = [overlay(METRICS[name], groups, replace(options, log_y=False)) for name in OVER_TRAINING]
    return distributions(groups[:MAX_GROUPS]) + over_training


def distributions(groups: Sequence[Group]) -> list[Chart]:
    """Lines a game, clears, columns and pieces of the groups, as shares that add up to one."""
    return [
        _games_chart(groups),
        _shares_chart(groups, "clears", "Rows cleared at once", "share of clearing moves", CLEARS, bars=True),
        _shares_chart(
            groups, "columns", "Column of a piece's leftmost cell", "share of pieces", [str(number) for number in range(1, 11)], bars=False
        ),
        _shares_chart(groups, "pieces", "Pieces", "share of pieces", list(PIECES), bars=True),
    ]


def _games_chart(groups: Sequence[Group]) -> Chart:
    traces, counted = [], 0
    for group in groups:
        games = np.sort(np.concatenate([np.empty(0), *map(_games, group.rows)]))
        counted += len(games)
        x = np.append(0.0, games)
        share = np.append(1.0, 1 - np.arange(1, len(games) + 1) / max(1, len(games)))
        shown = np.unique(np.linspace(0, len(x) - 1, MAX_STEPS).astype(np.int64)) if len(games) else np.empty(0, np.int64)
        name, x, share = group_name(group), x[shown], share[shown]
        traces.append(Trace("line", x, share, name, group.colour, dash=group.dash, steps=True, whole=group.whole))
    note = f"{NOTE}: {count(counted, 'game')}"
    return Chart("games", "Lines a game", note, "lines", "share of games with more", traces, zero_y=True, legend=True)


def _games(row: RunRow) -> Floats:
    data = run_data(row.run)
    return data.derived("last games", rows_version(data.log("evaluations")), lambda: np.array(last_of_each(row.run, "lines"), np.float64))


def _shares_chart(groups: Sequence[Group], column: str, title: str, y_title: str, words: Sequence[str], *, bars: bool) -> Chart:
    """Shares of a tuple of counts in the evaluations; each run counts the same, whatever its games' length."""
    places = np.arange(len(words), dtype=np.float64)
    traces = []
    for group in groups:
        shares = [share for row in group.rows if (share := last_shares(row, column, len(words))) is not None]
        if shares:
            look = Trace("bars" if bars else "line", places, np.mean(shares, axis=0), group_name(group), group.colour, whole=group.whole)
            traces.append(look if bars else replace(look, dash=group.dash, dots=True))
    ticks = list(zip(places.tolist(), words, strict=True))
    return Chart(column, title, NOTE, "", y_title, traces, zero_y=True, legend=True, x_ticks=ticks)


def last_shares(row: RunRow, column: str, parts: int) -> Floats | None:
    """The last counts of a run's evaluations as shares (parts,); None if it has none, or they are all 0."""
    data = run_data(row.run)
    columns = data.log("evaluations")

    def compute() -> Floats | None:
        if f"{column}_1" not in columns:
            return None
        counts = np.array([columns[f"{column}_{part}"] for part in range(1, parts + 1)])  # (parts, evaluations)
        known = np.flatnonzero(np.isfinite(counts).all(axis=0))
        total = counts[:, known[-1]].sum() if len(known) else 0.0
        return counts[:, known[-1]] / total if total > 0 else None

    return data.derived(f"last {column}", rows_version(columns), compute)
