"""The analytics page: a table of all runs, and what the chosen ones say together."""
# Its icon in the sidebar: compare_arrows.

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.page import draw_analytics, is_live
from pages.ui.analytics.table import soon_read
from pages.ui.guard import fragment, guard
from pages.ui.sidebar import begin_sidebar, end_sidebar
from pages.ui.theme import ICON

st.set_page_config(page_title="Analytics · Control Room", page_icon=ICON, layout="wide")

view = begin_sidebar()
table_first = soon_read(view.runs)  # a person waits for the table; but while a thousand runs are read, the controls must be there
if not table_first:
    end_sidebar(view)
st.title("Analytics", anchor=False)

with guard():
    address.read()
    actions.draw_dialogs()
    live = is_live(view.any_active)
    draw = fragment(draw_analytics, view.interval_s if live else None)
    draw(view.any_active, live)

if table_first:
    end_sidebar(view)
