"""The part of the analytics page that is redrawn: the table of runs, and one section about those that are chosen."""

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.agent import draw_agent
from pages.ui.analytics.curves import draw_curves
from pages.ui.analytics.examples import draw_examples, under_way
from pages.ui.analytics.home import draw_home
from pages.ui.analytics.settings import draw_settings
from pages.ui.analytics.table import draw_table
from pages.ui.analytics.versus import draw_versus
from trainer.launcher import default_runs_dir
from trainer.run_files.run_directory import list_runs

SECTIONS = {
    "curves": ":material/show_chart: Curves",
    "versus": ":material/balance: A against B",
    "settings": ":material/tune: Settings",
    "agent": ":material/smart_toy: What the agent does",
    "home": ":material/download: Take it home",
}


def draw_analytics(live: bool) -> None:
    """Draw it all; only the section that is seen is worked out.

    Args:
        live: whether it is drawn again on a timer; the whole page must be drawn when that changes.
    """
    actions.follow_up()
    if under_way() and not live:
        st.rerun()
    runs = list_runs(default_runs_dir())
    draw_examples(len(runs))
    if not runs:
        return
    every, picked = draw_table(runs)
    section = address.segment("view", "Section", list(SECTIONS), "curves", format_func=SECTIONS.__getitem__, label_visibility="collapsed")
    with st.container(key=f"section_{section}"):
        if section == "curves":
            draw_curves(picked, every)
        elif section == "versus":
            draw_versus(picked)
        elif section == "settings":
            draw_settings(picked)
        elif section == "agent":
            draw_agent(picked)
        else:
            draw_home(picked, every)
