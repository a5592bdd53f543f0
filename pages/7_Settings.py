"""The settings page: what concerns the whole app, not one run."""
# Its icon in the sidebar: settings.

import streamlit as st

from pages.ui.settings.page import draw_settings
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import draw_sidebar
from pages.ui.theme import ICON

st.set_page_config(page_title="Settings · Control Room", page_icon=ICON, layout="wide")

draw_sidebar()
draw_heading("Settings")
draw_settings()
