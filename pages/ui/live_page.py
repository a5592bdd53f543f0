"""The live part of the live page: figures, picture, charts and events of one run."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.controls import draw_view_controls
from pages.ui.events import failure_traceback, feed
from pages.ui.kpis import Kpi, progress
from pages.ui.live_charts import draw_charts
from pages.ui.live_end import draw_offers, has_ended
from pages.ui.live_parts import parts_of
from pages.ui.projector.projector import draw_button, draw_progress_figure
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import about_of
from pages.ui.states import LOOKS
from pages.ui.text import escaped
from trainer.probing import Probe, probe
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.tails import log_tail


def draw_live(run: RunDirectory, interval_s: float | None, runs: Sequence[RunDirectory], *, followed: bool = False) -> None:
    """Draw everything about a run that changes while it learns.

    Args:
        run: the one that is shown.
        interval_s: until the next refresh; None: there is none.
        runs: those that can be laid over it.
        followed: whether the page looks by itself how far work on the model of a run that has ended is.
    """
    probed = probe(run)
    if probed.state == "gone":
        st.warning(escaped(probed.problem or "", limit=300) + " Pick another one in the sidebar.", icon=":material/delete:")
        return
    rows = run_data(run).refresh()
    about = about_of(run)
    parts = parts_of(about)
    with st.container():  # always there, so that what follows keeps its place and is not mounted anew
        _draw_trouble(probed, rows)
    with st.container(horizontal=True, gap="medium", key="live_body"):
        with st.container(key="picture", width="content"):
            with st.container(key=parts.picture_room(run)):
                parts.draw_picture(probed, rows, interval_s)
            draw_view_controls(probed)
            draw_button()
            if has_ended(probed):
                draw_offers(probed, about, followed=followed)
        with st.container(key="figures_and_charts", width="stretch"):
            with st.container(key="figures"):
                _draw_kpis(parts.kpis(rows, probed))
                draw_progress_figure(probed, progress(probed))
            with st.container(key="charts"):
                draw_charts(parts, about, probed, rows, runs)
    _draw_events(rows)


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
        column.metric(kpi.label, kpi.value, kpi.note, delta_color="off", delta_arrow="off", help=kpi.help)


def _draw_events(rows: RunRows) -> None:
    st.markdown("## Events")
    with st.container(height=220, border=True, key="events"):
        st.markdown(feed(rows.events) or "No events.")
