"""The view of the analytics page, kept in its address: a link shows the same, and so does a reload.

Each widget begins with what the address says and writes what was chosen back; a default is left out. Who comes back from another
page finds the view as it was.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

_KEPT = "analytics_address"  # in the session: other pages have addresses of their own
LIST_SEPARATOR = ","

S = TypeVar("S", bound=str)


def restore() -> None:
    """Bring the view back that was left; a link that shows one wins."""
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    if not any(name in st.query_params for name in kept):
        for name, value in kept.items():
            st.query_params[name] = value


def get(name: str, default: str = "") -> str:
    """What the address says; it may be anything."""
    return st.query_params.get(name, default)


def one_of(name: str, options: Sequence[S], default: S) -> S:
    """What the address says, if it is one of the options."""
    asked = get(name)
    return next((option for option in options if option == asked), default)


def some_of(name: str, options: Sequence[str], default: Sequence[str]) -> list[str]:
    """Those options that the address names, in its order; the default if it names none."""
    return [one for one in get(name).split(LIST_SEPARATOR) if one in options] or list(default)


def is_on(name: str, default: bool = False) -> bool:
    """Whether the address says yes."""
    return {"1": True, "0": False}.get(get(name), default)


def put(name: str, value: str, default: str = "") -> None:
    """Write a choice into the address; the default is left out."""
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    if value == default:
        kept.pop(name, None)
        if name in st.query_params:
            del st.query_params[name]
        return
    kept[name] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def widget(name: str) -> str:
    """The key of the widget that shows a choice."""
    return f"analytics_{name}"


def select(name: str, label: str, options: Sequence[str], default: str, **more: Any) -> str:
    """A choice of one from a list that opens."""
    begin = one_of(name, options, default)
    return _chosen(name, st.selectbox(label, options, options.index(begin), key=widget(name), **more), options, default)


def segment(name: str, label: str, options: Sequence[str], default: str, **more: Any) -> str:
    """A choice of one, all of which are seen."""
    begin = one_of(name, options, default)
    return _chosen(name, st.segmented_control(label, options, default=begin, key=widget(name), required=True, **more), options, default)


def slide(name: str, label: str, options: Sequence[str], default: str, **more: Any) -> str:
    """A choice of one along a scale."""
    begin = one_of(name, options, default)
    return _chosen(name, st.select_slider(label, options, begin, key=widget(name), **more), options, default)


def several(name: str, label: str, options: Sequence[str], default: Sequence[str], *, key: str = "", **more: Any) -> list[str]:
    """A choice of several, in the order in which they were chosen. A default that changes needs a key that changes with it."""
    chosen: list[str] = st.multiselect(label, options, some_of(name, options, default), key=key or widget(name), **more)
    put(name, LIST_SEPARATOR.join(chosen), LIST_SEPARATOR.join(default))
    return chosen


def switch(name: str, label: str, default: bool = False, **more: Any) -> bool:
    """A choice of yes or no."""
    chosen: bool = st.toggle(label, is_on(name, default), key=widget(name), **more)
    put(name, str(int(chosen)), str(int(default)))
    return chosen


def typed(name: str, label: str, **more: Any) -> str:
    """A line of text."""
    text: str = st.text_input(label, get(name), key=widget(name), **more) or ""
    put(name, text)
    return text


def _chosen(name: str, value: object, options: Sequence[str], default: str) -> str:
    chosen = str(value) if value in options else default
    put(name, chosen, default)
    return chosen
