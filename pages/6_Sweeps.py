"""The sweeps page: search for good settings with many runs, and see how far the best can be trusted."""
# Its icon in the sidebar: travel_explore.

import streamlit as st

from pages.ui.guard import guard
from pages.ui.sidebar import draw_sidebar
from pages.ui.sweeps.page import draw_dialog, draw_sweeps, draw_title
from pages.ui.theme import ICON
from trainer.creating import default_runs_dir
from trainer.run_files.study_directory import list_studies

st.set_page_config(page_title="Sweeps · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()
studies = list_studies(default_runs_dir())

draw_title(bool(studies))
with guard():
    draw_dialog()
with guard():
    draw_sweeps(studies, view.interval_s)
