"""The part of the analytics page that is redrawn: the table of runs, and one section about those that are chosen."""

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.agent import draw_agent
from pages.ui.analytics.boards import draw_board_choice
from pages.ui.analytics.curves import draw_curves
from pages.ui.analytics.examples import draw_examples, under_way
from pages.ui.analytics.export import draw_export
from pages.ui.analytics.settings import draw_settings
from pages.ui.analytics.table import draw_table
from pages.ui.analytics.versus import draw_versus
from trainer.creating import default_runs_dir
from trainer.run_files.run_directory import RunDirectory, list_runs

SECTIONS = {
    "curves": ":material/show_chart: Curves",
    "versus": ":material/balance: Compare A vs B",
    "settings": ":material/tune: Settings",
    "agent": ":material/smart_toy: Behaviour",
    "export": ":material/download: Export",
}
DEFAULT_SECTION = "curves"


def is_live(any_active: bool) -> bool:
    """Whether the page is drawn again on a timer: while something is being trained, unless something is being exported."""
    return (any_active or under_way()) and address.one_of("view", list(SECTIONS), DEFAULT_SECTION) != "export"


def draw_analytics(any_active: bool, live: bool) -> None:
    """Draw it all; only the section that is seen is worked out.

    Args:
        any_active: whether a run is being trained.
        live: whether it is drawn again on a timer now; the whole page is drawn when that must change.
    """
    actions.follow_up()
    every = list_runs(default_runs_dir())
    draw_examples(len(every))
    if every:
        _draw_runs(every)
    address.write()
    if is_live(any_active) != live:
        st.rerun()


def _draw_runs(runs: list[RunDirectory]) -> None:
    every, picked = draw_table(runs)
    section = address.segment(
        "view", "Section", list(SECTIONS), DEFAULT_SECTION, format_func=SECTIONS.__getitem__, label_visibility="collapsed"
    )
    with st.container(key=f"section_{section}"):
        picked = draw_board_choice(picked)
        if section == "curves":
            draw_curves(picked, every)
        elif section == "versus":
            draw_versus(picked)
        elif section == "settings":
            draw_settings(picked)
        elif section == "agent":
            draw_agent(picked)
        else:
            draw_export(picked, every)
