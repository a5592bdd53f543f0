"""What a person sees before there is a run."""

import streamlit as st

from trainer.creating import default_runs_dir
from trainer.program import PROGRAM


def draw_welcome() -> None:
    """Tell what to do first."""
    with st.container(border=True):
        st.markdown("## :material/rocket_launch: No runs yet")
        st.markdown("Press **Start new run** in the sidebar, and choose what to train: Tetris, or any environment of Gymnasium.")
        st.caption("Or in a terminal:")
        st.code(f"{PROGRAM} train", language="bash", width="content")
        st.caption("Runs are kept in")
        st.code(str(default_runs_dir()), language=None, width="content")
