"""Widgets that show a truth kept elsewhere: in `control.json`, in the address, in the session.

Writing a widget's value into `st.session_state` is not safe for this: when a run of the page is cut short by the next one, the
new value can be lost on its way to the browser. The browser then shows the widget's default, sends it back, and the page takes
that for a click. So the truth is always the widget's default, and when a widget shows something else it is replaced by a new one.
"""

import streamlit as st


def value_key(name: str, truth: object) -> str:
    """The key for a widget whose default is `truth`; another one when the widget of the present key shows something else.

    What it shows is its value in the session; a widget that nobody has touched may have none there (Streamlit forgets the value
    when a run of the page ends early), and then it shows the default that it was made with.
    """
    counter, made_with = f"{name}:version", f"{name}:truth"
    version: int = st.session_state.setdefault(counter, 0)
    shown = st.session_state.get(f"{name}:{version}", st.session_state.get(made_with, truth))
    if shown != truth:
        version = st.session_state[counter] = version + 1
    st.session_state[made_with] = truth
    key = f"{name}:{version}"
    st.session_state[f"{key}:known"] = truth
    return key


def is_news(key: str) -> bool:
    """Whether the widget that says it was changed shows what it did not show before. Ask once, in its callback.

    A browser goes on sending the value of a widget that was replaced, and Streamlit, which has forgotten it, takes that for a change:
    obeyed, it would take back what another tab has just set.
    """
    known = f"{key}:known"
    value = st.session_state[key]
    news = bool(value != st.session_state.get(known))
    st.session_state[known] = value
    return news
