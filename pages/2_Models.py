"""The models page: how good every model is, and what can be done with it."""
# Its icon in the sidebar: deployed_code.

import streamlit as st

from pages.ui.guard import fragment, guard
from pages.ui.live import IDLE_S
from pages.ui.models.page import draw_import, draw_models
from pages.ui.models.work import WORKING_S, any_active, draw_strip, seen_jobs
from pages.ui.shell.heading import draw_heading
from pages.ui.sidebar import draw_sidebar
from pages.ui.theme import ICON
from trainer.run_files.jobs import JobKind

IMPORT: tuple[JobKind, ...] = ("import",)  # the work whose place is beside its button; any other is beside its model

st.set_page_config(page_title="Models · Control Room", page_icon=ICON, layout="wide")

view = draw_sidebar()

seen = seen_jobs()
title, imported, importing = st.columns([4, 4, 2], vertical_alignment="center")
draw_heading("Models", title)
with guard(), importing:
    draw_import()
with guard(), imported:
    draw_work = fragment(draw_strip, WORKING_S if any_active(seen_jobs(IMPORT)) else IDLE_S)
    draw_work(seen_jobs(IMPORT), IMPORT)

with guard():
    draw = fragment(draw_models, WORKING_S if any_active(seen) else max(IDLE_S, view.interval_s or IDLE_S))
    draw(view.runs, view.run, seen)
