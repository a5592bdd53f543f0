"""What a press asks of a run. The second click of a double click on Pause must not take back what the first one asked for."""

import time
from typing import Any

import streamlit as st

from pages.ui.steering import resume, send
from trainer.run_files.run_directory import RunDirectory

DOUBLE_CLICK_S = 0.5
_PRESSED_AT = "pause_or_resume_pressed_at"  # in the session


def command(run: RunDirectory, /, **changes: Any) -> None:
    """Send a command. Whoever sends another one in between presses Pause on purpose."""
    st.session_state.pop(_PRESSED_AT, None)
    send(run, **changes)


def pause_or_resume(run: RunDirectory, /, **changes: Any) -> None:
    """Pause or resume, but for the second click of a double click, wherever on the page each of them was.

    Args:
        run: the run.
        changes: what is asked of its trainer; nothing: to train on, after the trainer has ended.
    """
    pressed_at = time.monotonic()
    if pressed_at - st.session_state.get(_PRESSED_AT, -DOUBLE_CLICK_S) < DOUBLE_CLICK_S:
        return
    if changes:
        command(run, **changes)
    else:
        resume(run)
    st.session_state[_PRESSED_AT] = pressed_at
