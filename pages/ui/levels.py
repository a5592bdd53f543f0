"""Widgets that show a truth kept elsewhere: in `control.json`, in the address, in the session.

Writing a widget's value into `st.session_state` is not safe for this: when a run of the page is cut short by the next one, the
new value can be lost on its way to the browser. The browser then shows the widget's default, sends it back, and the page takes
that for a click. So the truth is always the widget's default, and when a widget holds something else it is replaced by a new one.
"""

import streamlit as st


def level_key(name: str, truth: object) -> str:
    """The key for a widget whose default is `truth`; another one when the widget of the present key shows something else."""
    counter = f"{name}:version"
    version: int = st.session_state.setdefault(counter, 0)
    key = f"{name}:{version}"
    if key in st.session_state and st.session_state[key] != truth:
        st.session_state[counter] = version + 1
        return f"{name}:{version + 1}"
    return key
