"""The button of the full screen, and the figure that only that shows."""

from pathlib import Path

import streamlit as st

from pages.ui.kpis import Progress
from trainer.numbers import MISSING, exact, percent
from trainer.probing import Probe

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"projector.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))


def draw_button() -> None:
    """Draw what F does as well, in an element that stays in place."""
    mount = st.components.v2.component("control_room.projector", html=_HTML, css=_CSS, js=_JS)
    mount(key="projector", data={}, height="content")


def draw_progress_figure(probed: Probe, done: Progress) -> None:
    """How far the run is, as a figure: the page itself has a bar for it."""
    status = probed.status
    step = exact(status.num_timesteps) if status is not None else MISSING
    note = f"{percent(done.share)} of {exact(status.total_timesteps)}" if status is not None and status.total_timesteps else "\u00a0"
    with st.container(key="projected_progress"):
        st.metric("Step", step, note, delta_color="off", delta_arrow="off")
