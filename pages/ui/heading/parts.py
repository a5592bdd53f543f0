"""The two parts of the heading that the browser answers by itself: the name that becomes a field, and the link that is copied."""

from functools import partial
from pathlib import Path

import streamlit as st

from pages.ui.guard import callback
from pages.ui.labelling import typed_name
from pages.ui.selection import name_of
from trainer.run_files.labels import update_labels
from trainer.run_files.run_directory import MAX_NAME_CHARACTERS, RunDirectory

RENAME = "rename"  # the element; what was typed is its `name`
_FOLDER = Path(__file__).parent


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_CSS = _file("heading.css")


def draw_rename(run: RunDirectory, *, may: bool) -> None:
    """The pencil that turns the name into a field.

    Args:
        run: the run.
        may: whether it can be renamed; if not there is no pencil.
    """
    # Not in a shadow root: the style sheet hides the name while the field is open.
    mount = st.components.v2.component(
        "control_room.rename", html=_file("rename.html"), css=_CSS, js=_file("rename.js"), isolate_styles=False
    )
    data = {"run": run.run_id, "name": name_of(run), "most": MAX_NAME_CHARACTERS, "may": may}
    mount(key=RENAME, data=data, height="content", width="content", on_name_change=callback(partial(_rename, run)))


def _rename(run: RunDirectory) -> None:
    typed = st.session_state[RENAME].get("name")
    if typed is not None:
        update_labels(run, name=typed_name(str(typed)))


def draw_copy_link(run: RunDirectory) -> None:
    """The button that copies the address of a run."""
    mount = st.components.v2.component(
        "control_room.copy_link", html=_file("copy_link.html"), css=_CSS, js=_file("copy_link.js"), isolate_styles=False
    )
    mount(key="copy_link", data={"run": run.run_id}, height="content", width="content")
