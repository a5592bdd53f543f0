"""The part of the analytics page that is redrawn: the table of runs, and one section about those that are chosen."""

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.curves import draw_curves
from pages.ui.analytics.table import draw_table
from pages.ui.welcome import draw_welcome
from trainer.launcher import default_runs_dir
from trainer.run_files.run_directory import list_runs

SECTIONS = {
    "curves": ":material/show_chart: Curves",
    "versus": ":material/balance: A against B",
    "settings": ":material/tune: Settings",
    "agent": ":material/smart_toy: What the agent does",
    "home": ":material/download: Take it home",
}


def draw_analytics() -> None:
    """Draw it all; only the section that is seen is worked out."""
    actions.follow_up()
    runs = list_runs(default_runs_dir())
    if not runs:
        draw_welcome()
        return
    every, picked = draw_table(runs)
    section = address.segment("view", "Section", list(SECTIONS), "curves", format_func=SECTIONS.__getitem__, label_visibility="collapsed")
    with st.container(key=f"section_{section}"):
        if section == "curves":
            draw_curves(picked, every)
