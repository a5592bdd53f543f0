"""The live part of the live page: progress, figures, board, charts and events of one run."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import show_chart
from pages.ui.events import failure_traceback, feed
from pages.ui.kpis import kpis, progress
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import config_of, name_of
from pages.ui.shell.navigation import REPLAY, address_of
from pages.ui.states import LOOKS
from pages.ui.tetris.board.board import show_board
from pages.ui.tetris.references import references_for
from pages.ui.text import ago, escaped
from trainer.numbers import exact
from trainer.probing import Probe, probe
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.tails import log_tail
from trainer.tasks.tetris.metrics import HEADLINE, METRICS

LOG_SCALE = "live_log_scale"
CHART_HEIGHT = 248  # pixels
EVALUATION_CHART = 1  # which of the charts: a click on one of its points opens the games behind it
OFFERED_EVALUATIONS = 100  # the newest
ORIGINS = {
    "best": "forked from the best model of",
    "checkpoint": "forked from the checkpoint of",
    "bundle": "imported from a bundle of",
}


def draw_live(run: RunDirectory, interval_s: float | None) -> None:
    """Draw everything about a run that changes while it learns."""
    probed = probe(run)
    if probed.state == "gone":
        st.title(escaped(name_of(run)), anchor=False)
        st.warning(escaped(probed.problem or "", limit=300) + " Pick another one in the sidebar.", icon=":material/delete:")
        return
    rows = run_data(run).refresh()
    _draw_heading(probed)
    with st.container():  # always there, so that what follows keeps its place and is not mounted anew
        _draw_trouble(probed, rows)
    with st.container(key="figures"):
        _draw_kpis(rows)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=250):
            _draw_board(probed, interval_s)
        with st.container(key="charts", width="stretch"):
            _draw_charts(run, rows)
    _draw_events(rows)


def _draw_heading(probed: Probe) -> None:
    config = config_of(probed.run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(escaped(name_of(probed.run)), anchor=False, width="content")
        if config is not None:
            height = escaped(config.settings.get("board_height", 20))
            facts = f"started {ago(config.created_at)} · seed {escaped(config.seed)} · board 10 × {height} · {escaped(probed.run.run_id)}"
            if config.parent is not None:
                facts += f" · {ORIGINS[config.parent.model]} {escaped(config.parent.run)}, step {exact(config.parent.step)}"
            st.caption(facts, width="content")
    done = progress(probed)
    st.progress(done.share, text=escaped(done.words, limit=200))


def _draw_trouble(probed: Probe, rows: RunRows) -> None:
    if rows.bad_lines:
        rows_word = "1 damaged row was" if rows.bad_lines == 1 else f"{rows.bad_lines:,} damaged rows were"
        st.caption(f":orange[:material/warning:] {rows_word} skipped in this run's logs.")
    if rows.problem:
        st.caption(f":orange[:material/warning:] {escaped(rows.problem, limit=400)}")
    if probed.state not in ("failed", "crashed", "orphaned", "stalled"):
        return
    text = escaped(probed.error or LOOKS[probed.state].meaning, limit=600)
    (st.warning if probed.state == "stalled" else st.error)(text, icon=LOOKS[probed.state].icon)
    said_by_itself = probed.status is not None and probed.error == probed.status.error
    traceback, tail = failure_traceback(rows.events) if said_by_itself else "", log_tail(probed.run.log)
    if traceback or tail:
        with st.expander("Trainer log", icon=":material/article:", expanded=probed.state == "failed"):
            if traceback:
                st.caption("The error in full")
                st.code(traceback, language=None)
            if tail:
                st.caption("The end of trainer.log")
                st.code(tail, language=None)


def _draw_kpis(rows: RunRows) -> None:
    figures = kpis(rows)
    for column, kpi in zip(st.columns(len(figures), gap="small"), figures, strict=True):
        column.metric(
            kpi.label,
            kpi.value,
            kpi.note,
            delta_color="off",
            delta_arrow="off",
            help=kpi.help,
            border=True,
            chart_data=kpi.course or None,
            chart_type="area",
            height="stretch",
        )


def practice_ceiling(settings: Mapping[str, Any]) -> int | None:
    """The row above which this run's training games end; None if that is the board's own top."""
    ceiling, height = settings.get("practice_ceiling"), settings.get("board_height")
    return ceiling if isinstance(ceiling, int) and isinstance(height, int) and ceiling < height else None


def _draw_board(probed: Probe, interval_s: float | None) -> None:
    config = config_of(probed.run)
    height = config.settings.get("board_height") if config else None
    watched = probed.active and (probed.control.visual if probed.control else probed.status is not None and probed.status.visual)
    new = show_board(
        probed.run,
        height=height if isinstance(height, int) else 20,
        ceiling=practice_ceiling(config.settings) if config else None,
        live=watched,
        interval_s=interval_s,
    )
    if watched:
        hint = f"{new.skipped:,} skipped: slow down to see all" if new.skipped else "\u00a0"
    elif probed.active:
        hint = "Headless: turn on **Show board** to watch."
    else:
        hint = "The last snapshot." if new.last else "No snapshots were taken."
    st.caption(hint)


def _draw_charts(run: RunDirectory, rows: RunRows) -> None:
    data, run_id = run_data(run), run.run_id
    config = config_of(run)
    settings = config.settings if config is not None else {}
    log_y = bool(st.session_state.get(LOG_SCALE))
    ceiling = practice_ceiling(settings)
    said = f"training games end above row {ceiling}" if ceiling is not None else ""
    made = (
        charts.episodes_chart(data, rows, run_id=run_id, column="lines", title="Lines per game", unit="lines", log_y=log_y, said=said),
        charts.evaluation_chart(rows, HEADLINE, run_id=run_id, log_y=log_y, references=references_for([settings])),
        charts.metric_chart(data, rows, METRICS["loss"], run_id=run_id, colour=charts.VERMILION),
        charts.metric_chart(data, rows, METRICS["q"], run_id=run_id, colour=charts.PURPLE),
    )
    for start in (0, 2):
        for column, number in zip(st.columns(2, gap="small"), (start, start + 1), strict=True):
            with column:
                goes_to = address_of(REPLAY, run=run_id, evaluation="") if number == EVALUATION_CHART else ""
                show_chart(made[number], element=f"chart_{number}", height=CHART_HEIGHT, goes_to=goes_to)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.toggle("Log scale", key=LOG_SCALE)
        _draw_watch_evaluation(run_id, rows)


def _draw_watch_evaluation(run_id: str, rows: RunRows) -> None:
    """What a click on a point of the evaluation chart does, for the keyboard."""
    steps = [round(step) for step in rows.evaluations["step"][: -OFFERED_EVALUATIONS - 1 : -1]]
    if steps:
        with st.popover("Watch an evaluation", icon=":material/movie:"):
            step = st.selectbox("Evaluation at step", steps, key="watched_evaluation", format_func=exact)
            parameters = {"run": run_id, "evaluation": str(step)}
            st.page_link("pages/3_Replay.py", label="Open its games", icon=":material/play_arrow:", query_params=parameters)


def _draw_events(rows: RunRows) -> None:
    st.markdown("## Events")
    with st.container(height=220, border=True, key="events"):
        st.markdown(feed(rows.events) or "No events.")
