"""The analytics page: a table of all runs, and what the chosen ones say together."""
# Its icon in the sidebar: compare_arrows.

import streamlit as st

from pages.ui.analytics import actions, address
from pages.ui.analytics.importing import KINDS, draw_import
from pages.ui.analytics.page import draw_analytics, is_live
from pages.ui.analytics.table import soon_read
from pages.ui.guard import fragment, guard
from pages.ui.live import IDLE_S
from pages.ui.models.work import WORKING_S, any_active, draw_strip, seen_jobs
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import begin_sidebar, end_sidebar
from pages.ui.theme import ICON

st.set_page_config(page_title="Analytics · Control Room", page_icon=ICON, layout="wide")

view = begin_sidebar()
table_first = soon_read(view.runs)  # a person waits for the table; but while a thousand runs are read, the controls must be there
if not table_first:
    end_sidebar(view)
title, importing = st.columns([5, 2], vertical_alignment="center")
draw_heading("Analytics", title)
with guard(), importing:
    draw_import()

with guard():
    seen = seen_jobs(KINDS)
    draw_work = fragment(draw_strip, WORKING_S if any_active(seen) else IDLE_S)
    draw_work(seen, KINDS)

with guard():
    address.read()
    actions.draw_dialogs()
    live = is_live(view.any_active)
    draw = fragment(draw_analytics, view.interval_s if live else None)
    draw(view.any_active, live)

if table_first:
    end_sidebar(view)
