"""The view of the analytics page, kept in its address: a link shows the same, and so does a reload.

The session holds the view, and it is written into the address at the end of each drawing; a default is left out. An address that a
person has changed wins (see `pages.ui.shell.address`): the view is then what it says, and every widget is replaced by a new one that
shows it. Who follows a link from another page that says nothing of the view finds it as it was.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from pages.ui.shell import address as browser
from pages.ui.shell.address import Change

_VIEW = "view of the analytics page"  # in the session
_VERSION = "version of the analytics page's widgets"  # in the session: grows when the address has replaced the view
OTHERS = ("run",)  # names in the address that are not of this page
LIST_SEPARATOR = ","

S = TypeVar("S", bound=str)


def read() -> None:
    """Take the view over from the address, if a person has changed it."""
    said = {name: value for name, value in browser.everything().items() if name not in OTHERS}
    view = st.session_state.get(_VIEW)
    changed = browser.change() is Change.HERE or (browser.change() is Change.CAME and bool(said))
    if view is None or (changed and said != view):
        st.session_state[_VIEW] = said
        st.session_state[_VERSION] = st.session_state.get(_VERSION, -1) + 1


def write() -> None:
    """Bring the address up to date."""
    view: dict[str, str] = st.session_state[_VIEW]
    left_out = dict.fromkeys(name for name in browser.everything() if name not in view and name not in OTHERS)
    browser.write(**left_out | view)


def get(name: str, default: str = "") -> str:
    """A part of the view; it may be anything, for the address may say anything."""
    view: dict[str, str] = st.session_state[_VIEW]
    return view.get(name, default)


def put(name: str, value: str, default: str = "") -> None:
    """Change a part of the view."""
    view: dict[str, str] = st.session_state[_VIEW]
    if value == default:
        view.pop(name, None)
    else:
        view[name] = value


def widget(name: str) -> str:
    """The key of the widget that shows a choice; another one after the address has replaced the view."""
    version = st.session_state[_VERSION]
    return f"analytics_{name}:{version}" if version else f"analytics_{name}"


def one_of(name: str, options: Sequence[S], default: S) -> S:
    """A part of the view, if it is one of the options."""
    asked = get(name)
    return next((option for option in options if option == asked), default)


def some_of(name: str, options: Sequence[str], default: Sequence[str]) -> list[str]:
    """Those options that the view names, in its order; the default if it names none."""
    return [one for one in get(name).split(LIST_SEPARATOR) if one in options] or list(default)


def is_on(name: str, default: bool = False) -> bool:
    """Whether the view says yes."""
    return {"1": True, "0": False}.get(get(name), default)


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
