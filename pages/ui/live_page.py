"""The live part of the live page: picture, figures, charts and events of one run.

Each part is drawn again alone and no more often than it changes, and what never changes by itself, such as a switch, with the whole page
only: each element costs the server and every browser that looks.
"""

from collections.abc import Sequence

import streamlit as st

from pages.ui.controls import draw_view_controls
from pages.ui.events import feed
from pages.ui.guard import fragment
from pages.ui.kpis import Kpi, progress
from pages.ui.live import IDLE_S
from pages.ui.live_charts import chosen_charts, draw_chart_controls, draw_charts
from pages.ui.live_end import draw_offers, has_ended, work_interval
from pages.ui.live_parts import parts_of
from pages.ui.projector.projector import draw_button, draw_progress_figure
from pages.ui.run_data import run_data
from pages.ui.selection import about_of
from pages.ui.text import escaped
from trainer.probing import Probe, probe
from trainer.run_files.run_directory import RunDirectory

EVENTS_S = 2.0  # between two looks at what happened: it is read, not watched


def draw_live(probed: Probe, interval_s: float | None, runs: Sequence[RunDirectory]) -> None:
    """Draw everything about a run that changes while it learns.

    Args:
        probed: the one that is shown.
        interval_s: until the next refresh of a run that grows; None: there is none.
        runs: those that can be laid over it.
    """
    run = probed.run
    if probed.state == "gone":
        st.warning(escaped(probed.problem or "", limit=300) + " Pick another one in the sidebar.", icon=":material/delete:")
        return
    parts, grows = parts_of(about_of(run)), interval_s if probed.growing else None
    with st.container(horizontal=True, gap="medium", key="live_body"):
        with st.container(key="picture", width="content"):
            with st.container(key=parts.picture_room(run)):
                fragment(_draw_picture, grows, about=run.run_id)(run, interval_s)
            draw_view_controls(probed)
            draw_button()
            if has_ended(probed):
                working_s = work_interval(run)
                fragment(draw_offers, working_s, about=run.run_id)(run, followed=working_s is not None)
        with st.container(key="figures_and_charts", width="stretch"):
            fragment(_draw_figures, grows, about=run.run_id)(run)
            slowly = None if grows is None else max(grows, IDLE_S)
            fragment(draw_chart_controls, slowly, about=run.run_id)(run, runs, chosen_charts())
    st.markdown("## Events")
    with st.container(height=220, border=True, key="events"):
        fragment(_draw_events, None if grows is None else max(grows, EVENTS_S), about=run.run_id)(run)


def _draw_picture(run: RunDirectory, interval_s: float | None) -> None:
    parts_of(about_of(run)).draw_picture(probe(run), run_data(run).refresh(), interval_s)


def _draw_figures(run: RunDirectory) -> None:
    probed, rows, parts = probe(run), run_data(run).refresh(), parts_of(about_of(run))
    with st.container(key="figures"):
        _draw_kpis(parts.kpis(rows, probed))
        draw_progress_figure(probed, progress(probed))
    with st.container(key="charts"):
        draw_charts(parts, probed, rows)


def _draw_kpis(figures: Sequence[Kpi]) -> None:
    for column, kpi in zip(st.columns(len(figures), gap="small"), figures, strict=True):
        column.metric(kpi.label, kpi.value, kpi.note, delta_color="off", delta_arrow="off", help=kpi.help)


def _draw_events(run: RunDirectory) -> None:
    st.markdown(feed(run_data(run).refresh().events) or "No events.")
