"""The live part of the live page: progress, figures, board, charts and events of one run."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.chart.chart import show_chart
from pages.ui.events import failure_traceback, feed
from pages.ui.kpis import Kpi, progress
from pages.ui.live_parts import LiveParts, parts_of
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import about_of, config_of, name_of
from pages.ui.shell.navigation import REPLAY, address_of
from pages.ui.states import LOOKS
from pages.ui.text import ago, escaped
from trainer.numbers import exact
from trainer.probing import Probe, probe
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.tails import log_tail
from trainer.tasks.about import About

LOG_SCALE = "live_log_scale"
CHART_HEIGHT = 248  # pixels
EVALUATION_CHART = 1  # which of the charts; where episodes are recorded, a click on one of its points opens the games behind it
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
    about = about_of(run)
    parts = parts_of(about)
    _draw_heading(probed, parts)
    with st.container():  # always there, so that what follows keeps its place and is not mounted anew
        _draw_trouble(probed, rows)
    with st.container(key="figures"):
        _draw_kpis(parts.kpis(rows))
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=250):
            parts.draw_picture(probed, interval_s)
        with st.container(key="charts", width="stretch"):
            _draw_charts(parts, about, probed, rows)
    _draw_events(rows)


def _draw_heading(probed: Probe, parts: LiveParts) -> None:
    config = config_of(probed.run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(escaped(name_of(probed.run)), anchor=False, width="content")
        if config is not None:
            started, task = f"started {ago(config.created_at)}", escaped(parts.facts(config.settings))
            facts = f"{started} · seed {escaped(config.seed)} · {task} · {escaped(probed.run.run_id)}"
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


def _draw_kpis(figures: Sequence[Kpi]) -> None:
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


def _draw_charts(parts: LiveParts, about: About, probed: Probe, rows: RunRows) -> None:
    run_id, played_again = probed.run.run_id, REPLAY in about.pages
    made = parts.make_charts(rows, probed, log_y=bool(st.session_state.get(LOG_SCALE)))
    for start in range(0, len(made), 2):
        for column, number in zip(st.columns(2, gap="small"), range(start, min(start + 2, len(made))), strict=False):
            with column:
                goes_to = address_of(REPLAY, run=run_id, evaluation="") if played_again and number == EVALUATION_CHART else ""
                show_chart(made[number], element=f"chart_{number}", height=CHART_HEIGHT, goes_to=goes_to)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.toggle("Log scale", key=LOG_SCALE)
        if played_again:
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
