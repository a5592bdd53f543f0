"""The play page: a person against an agent on the same pieces."""
# Its icon in the sidebar: sports_esports.

import streamlit as st

from pages.ui.guard import guard
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import draw_sidebar
from pages.ui.tetris.play.play_page import draw_play
from pages.ui.theme import ICON

st.set_page_config(page_title="Play · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()
draw_heading("Play")

with guard():
    draw_play(view.runs, view.run, view.probes)
