"""The live page: start, watch and steer one run."""

import streamlit as st

from pages.ui.chart.chart import load_plotly
from pages.ui.guard import guard
from pages.ui.live import redrawn
from pages.ui.live_page import draw_live
from pages.ui.sidebar import draw_sidebar
from pages.ui.theme import ICON
from pages.ui.welcome import draw_welcome

st.set_page_config(page_title="Live · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()

if view.run is None:
    draw_welcome()
    st.stop()

with guard():
    draw = redrawn(draw_live, view.interval_s if view.active else None)
    draw(view.run, view.interval_s)
    load_plotly()
