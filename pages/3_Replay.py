"""The replay page: every recorded episode of a run, watched again."""
# Its icon in the sidebar: movie.

import streamlit as st

from pages.ui.guard import guard
from pages.ui.replay.page import EMPTY, draw_replay
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import draw_sidebar
from pages.ui.theme import ICON
from pages.ui.welcome.empty import draw_empty_page

st.set_page_config(page_title="Replay · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()
draw_heading("Replay")

if view.run is None:
    draw_empty_page("movie", "No episodes yet", EMPTY)
else:
    with guard():
        draw_replay(view.run)
