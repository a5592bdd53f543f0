"""The part of the analytics page that is redrawn: the table of runs, and one section about those that are chosen."""

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.curves import draw_curves
from pages.ui.analytics.export import draw_export
from pages.ui.analytics.problems import draw_problem_choice
from pages.ui.analytics.run_rows import about_of_rows
from pages.ui.analytics.settings import draw_settings
from pages.ui.analytics.table import draw_table
from pages.ui.analytics.task_parts import sections_of
from pages.ui.analytics.versus import draw_versus
from pages.ui.selection import listed
from pages.ui.welcome.empty import draw_empty
from pages.ui.welcome.examples import under_way
from trainer.creating import default_runs_dir
from trainer.run_files.run_directory import RunDirectory, list_runs

ENOUGH_RUNS = 2
EMPTY = (
    "Two or more runs are compared here: their curves, which group is better, and whether that was luck. "
    "**Import runs** that you have already by the button above."
)
DEFAULT_SECTION, EXPORT = "curves", "export"
SECTIONS = {
    DEFAULT_SECTION: ":material/show_chart: Curves",
    "versus": ":material/balance: Compare A vs B",
    "settings": ":material/tune: Settings",
}
"""The sections of every task. Its own ones follow (see `pages.ui.analytics.task_parts`), then the export."""


def is_live(any_active: bool) -> bool:
    """Whether the page is drawn again on a timer: while something is being trained, unless something is being exported."""
    return (any_active or under_way()) and address.get("view") != EXPORT


def draw_analytics(any_active: bool, live: bool) -> None:
    """Draw it all; only the section that is seen is worked out.

    Args:
        any_active: whether a run is being trained.
        live: whether it is drawn again on a timer now; the whole page is drawn when that must change.
    """
    actions.follow_up()
    every = list_runs(default_runs_dir())
    _draw_offer(len(listed(every)))
    if every:
        _draw_runs(every)
    address.write()
    if is_live(any_active) != live:
        st.rerun()


def _draw_offer(runs: int) -> None:
    with st.container():  # always there: the table below keeps its place
        if runs < ENOUGH_RUNS or under_way():
            draw_empty("compare_arrows", "One run so far" if runs else "No runs yet", EMPTY)


def _draw_runs(runs: list[RunDirectory]) -> None:
    every, picked = draw_table(runs)
    with st.container():  # always there, so that what follows keeps its place
        picked = draw_problem_choice(picked)
    own = sections_of(about_of_rows(picked or every))
    labels = SECTIONS | {name: one.label for name, one in own.items()} | {EXPORT: ":material/download: Export"}
    section = address.segment(
        "view", "Section", list(labels), DEFAULT_SECTION, format_func=labels.__getitem__, label_visibility="collapsed"
    )
    with st.container(key=f"section_{section}"):
        if section in own:
            own[section].draw(picked)
        elif section == "versus":
            draw_versus(picked)
        elif section == "settings":
            draw_settings(picked)
        elif section == EXPORT:
            draw_export(picked, every)
        else:
            draw_curves(picked, every)
