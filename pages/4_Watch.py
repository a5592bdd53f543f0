"""The watch page: saved models and published players play, alone or on the same pieces."""
# Its icon in the sidebar: visibility.

import streamlit as st

from pages.ui.guard import guard
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import draw_sidebar
from pages.ui.tetris.watch.watch_page import draw_watch
from pages.ui.theme import ICON

st.set_page_config(page_title="Watch · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()
draw_heading("Watch")

with guard():
    draw_watch(view.runs, view.run, view.probes)
