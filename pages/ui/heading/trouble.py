"""What is wrong with a run: rows that cannot be read, and why its trainer ended."""

import streamlit as st

from pages.ui.events import failure_traceback
from pages.ui.run_data import RunRows
from pages.ui.states import LOOKS
from pages.ui.text import escaped
from trainer.probing import Probe
from trainer.run_files.tails import log_tail


def draw_trouble(probed: Probe, rows: RunRows) -> None:
    """Draw it; nothing if nothing is.

    Args:
        probed: the run.
        rows: of the run.
    """
    if rows.bad_lines:
        rows_word = "1 damaged row was" if rows.bad_lines == 1 else f"{rows.bad_lines:,} damaged rows were"
        st.caption(f":orange[:material/warning:] {rows_word} skipped in this run's logs.")
    if rows.problem:
        st.caption(f":orange[:material/warning:] {escaped(rows.problem, limit=400)}")
    if probed.state not in ("failed", "crashed", "orphaned", "stalled"):
        return
    text = escaped(probed.error or LOOKS[probed.state].meaning, limit=600)
    (st.warning if probed.state == "stalled" else st.error)(text, icon=LOOKS[probed.state].icon)
    said_by_itself = probed.status is not None and probed.error == probed.status.error
    traceback, tail = failure_traceback(rows.events) if said_by_itself else "", log_tail(probed.run.log)
    if traceback or tail:
        with st.expander("Trainer log", icon=":material/article:", expanded=probed.state == "failed"):
            if traceback:
                st.caption("The error in full")
                st.code(traceback, language=None)
            if tail:
                st.caption("The end of trainer.log")
                st.code(tail, language=None)
