"""What every page mounts first: it keeps the style sheet in the document's head and follows the app to another page."""

from pathlib import Path

import streamlit as st

from pages.ui.shell.navigation import wanted_address

_FOLDER = Path(__file__).parent
_CSS, _JS = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("style.css", "shell.js"))


def draw_shell() -> None:
    """Mount it. The style is constant text: nothing a person typed ever gets there."""
    mount = st.components.v2.component("control_room.shell", html="<span></span>", js=_JS)
    with st.container(key="shell"):
        mount(key="page_shell", data={"style": _CSS, "go": wanted_address()}, height=1)
