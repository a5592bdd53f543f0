"""Which pages there are, and the one way from one to another that is not a link.

The browser is asked to go there, and Streamlit follows the address.

`st.switch_page` is never called. It changes the page on the server while the browser's timers go on asking for parts of the page
that is being left. A page change that begins in the browser, as that of a link does, stops the timers first. A click can still come
in between; `pages.ui.shell.streamlit_fixes` says what is done about it.
"""

import functools
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LIVE, REPLAY, WATCH, PLAY = "", "Replay", "Watch", "Play"  # pages, as the address names them
WANTED = "wanted_address"  # in the session: the page that was asked for last, which the browser follows once

PROJECT = Path(__file__).parents[3]
_PURPOSE = re.compile(r'\A"""The [\w ]+ page: (.+?)\.(?:"""$|$)', re.MULTILINE)
_ICON = re.compile(r"^# Its icon in the sidebar: (\w+)\.$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, as the sidebar links to it.

    Attributes:
        purpose: one line that says what it is for.
    """

    path: str
    label: str
    icon: str
    purpose: str


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """The live page and every file `pages/<number>_<Name>.py`, in their order.

    Its docstring says what it is for, and a comment what its icon is.
    """
    return (
        _page("streamlit_app.py", "Live"),
        *(_page(f"pages/{path.name}", path.stem.split("_", 1)[1].replace("_", " ")) for path in _page_files()),
    )


def _page_files() -> list[Path]:
    return sorted((PROJECT / "pages").glob("[0-9]*_*.py"), key=lambda path: int(path.name.split("_", 1)[0]))


def _page(path: str, label: str) -> Page:
    text = (PROJECT / path).read_text(encoding="utf-8")
    icon, purpose = _ICON.search(text), _PURPOSE.search(text)
    said = purpose[1] if purpose else ""
    return Page(path, label, f":material/{icon[1] if icon else 'description'}:", f"{said[:1].upper()}{said[1:]}." if said else "")


def purpose_of(label: str) -> str:
    """What a page is for, by its label; one line."""
    return next(page.purpose for page in all_pages() if page.label == label)


def go_to(page: str, **parameters: str) -> None:
    """Go to another page; nothing after this call is run.

    Args:
        page: `LIVE` or `REPLAY`.
        parameters: what its address says.
    """
    st.session_state[WANTED] = {"number": secrets.token_hex(8), "address": address_of(page, **parameters), "asked_on": shown_page()}
    st.rerun()  # all of this page: only that draws the shell


def address_of(page: str, **parameters: str) -> str:
    """The address of another page, from that of any page.

    Args:
        page: `LIVE` or `REPLAY`.
        parameters: what it says.
    """
    return f"./{page}?{urlencode(parameters)}"


def wanted_address() -> dict[str, str] | None:
    """The address that the browser is asked to go to, with a number of its own; None if there is none.

    It is forgotten on any other page than the one that asked: the person has gone on by a link meanwhile.
    """
    wanted: dict[str, str] | None = st.session_state.get(WANTED)
    if wanted is not None and wanted["asked_on"] != shown_page():
        del st.session_state[WANTED]
        return None
    return wanted


def shown_page() -> str:
    """Which page is being drawn, as Streamlit tells pages apart; empty outside of an app."""
    context = get_script_run_ctx()
    return context.page_script_hash if context else ""
