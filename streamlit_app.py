"""The live page: watch one run learn, and steer it.

It is the server of the app too: `streamlit run` imports this file for that, and runs it as
`__main__` each time that the page is drawn.
"""
# Its icon in the sidebar: monitoring.

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.chart.plotly_script import plotly_route
from pages.ui.guard import guard
from pages.ui.heading.heading import draw_labels_dialog, draw_run_heading
from pages.ui.live_charts import begin_charts
from pages.ui.live_page import draw_live
from pages.ui.people.open_address import note_own_address
from pages.ui.server import KnownVisitorsOnly, end_without_waiting, leave_out_of_collections
from pages.ui.sidebar import draw_sidebar, steering_interval
from pages.ui.theme import ICON
from pages.ui.welcome.first_page import draw_first_page


def draw() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Live · Control Room", page_icon=ICON, layout="wide")

    view = draw_sidebar()

    if view.run is None:
        with guard():
            draw_first_page(view.runs)
        return

    with guard():
        probed = view.probes[view.run.run_id]
        draw_run_heading(probed, steering_interval(view))
        draw_labels_dialog(view.run)
        begin_charts()
        draw_live(probed, view.interval_s, view.runs)


if __name__ == "__main__":
    draw()
else:
    end_without_waiting()
    note_own_address()
    app = st.App(__file__, middleware=[Middleware(KnownVisitorsOnly)], routes=[plotly_route()])
    leave_out_of_collections()
