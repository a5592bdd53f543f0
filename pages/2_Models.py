"""The models page: the best model of every run, to take home."""

import streamlit as st

from pages.ui.guard import guard
from pages.ui.live import IDLE_S, redrawn
from pages.ui.models_page import draw_models
from pages.ui.sidebar import draw_sidebar
from pages.ui.theme import ICON
from pages.ui.welcome import draw_welcome

st.set_page_config(page_title="Models · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()

if not view.runs:
    draw_welcome()
    st.stop()

st.subheader("Models", anchor=False)

with guard():
    draw = redrawn(draw_models, max(IDLE_S, view.interval_s) if view.interval_s else None)
    draw(view.runs)
