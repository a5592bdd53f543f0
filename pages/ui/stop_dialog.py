"""The question before a run is stopped."""

import streamlit as st

from pages.ui.commands import command
from pages.ui.dialogs import close_dialog
from pages.ui.guard import callback, dialog
from pages.ui.selection import name_of
from pages.ui.states import LOOKS, elsewhere
from pages.ui.steering import is_steerable
from pages.ui.text import escaped
from trainer.probing import probe
from trainer.run_files.run_directory import RunDirectory


@dialog("Stop this run?")
def stop_dialog(run: RunDirectory) -> None:
    """Ask before stopping: the trainer's process ends. A run that has ended meanwhile is said to have."""
    probed = probe(run)
    name, look = escaped(name_of(run)), LOOKS[probed.state]
    if not is_steerable(probed):
        words = "is being stopped already" if probed.active else f"is not being trained any more ({look.word.lower()})"
        st.info(f"**{name}** {words}: there is nothing to stop.", icon=look.icon)
        st.button("Close", key="close_stop", width="stretch", on_click=callback(close_dialog))
        return
    then = "its program goes on after learn()" if elsewhere(probed) else "Resume goes on from there"
    st.markdown(f"**{name}** ends. What it has learned is saved, and {then}.")
    keep, stop = st.columns(2)
    keep.button("Keep training", key="keep_training", width="stretch", on_click=callback(close_dialog))
    stop.button(
        "Stop training", key="confirm_stop", type="primary", icon=":material/stop:", width="stretch", on_click=callback(_stop), args=(run,)
    )


def _stop(run: RunDirectory) -> None:
    if is_steerable(probe(run)):  # else the dialog says what has happened meanwhile
        command(run, run="stopped")
        close_dialog()
