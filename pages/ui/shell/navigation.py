"""The one way from a page to another that is not a link: the browser is asked to go there, and Streamlit follows the address.

`st.switch_page` is never called. It changes the page on the server while the browser's timers go on asking for parts of the page
that is being left. Streamlit 1.67 accepts such a request as long as the new page has not been drawn once
(`AppSession.request_rerun` asks the fragment storage, which only a finished run clears), and runs it afterwards as a run of the
*old* page: `ScriptRunner._run_script` announces that page, the browser, which shows another one, takes this for a change of the page
(`handleNewSession`) and removes everything, and the next refresh finds no place for what it draws ("Bad delta path index"). A page
change that begins in the browser, as that of a link does, stops the timers first.

A click can still come in between, so `ScriptRunner._run_script` gets a rule that it lacks: a part of a page that was left is not run.
"""

import secrets
from typing import Final
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

LIVE, REPLAY = "", "Replay"  # pages, as the address names them
WANTED = "wanted_address"  # in the session: the page that was asked for last, which the browser follows once


def go_to(page: str, **parameters: str) -> None:
    """Go to another page; nothing after this call is run.

    Args:
        page: `LIVE` or `REPLAY`.
        parameters: what its address says.
    """
    address = f"./{page}?{urlencode(parameters)}"
    st.session_state[WANTED] = {"number": secrets.token_hex(8), "address": address}
    st.rerun()  # all of this page: only that draws the shell


def wanted_address() -> dict[str, str] | None:
    """The address that the browser is asked to go to, with a number of its own; None if there never was one."""
    wanted: dict[str, str] | None = st.session_state.get(WANTED)
    return wanted


_RUN: Final = ScriptRunner._run_script  # noqa: SLF001 - Streamlit has no other place for the rule


def _run_unless_left(runner: ScriptRunner, rerun_data: RerunData) -> None:
    """Run a page, or a part of the page that is shown; a part of any other page is forgotten."""
    shown = runner._pages_manager.current_page_script_hash  # noqa: SLF001
    if not rerun_data.fragment_id_queue or rerun_data.page_script_hash == shown:
        _RUN(runner, rerun_data)


ScriptRunner._run_script = _run_unless_left  # type: ignore[assignment]  # noqa: SLF001
