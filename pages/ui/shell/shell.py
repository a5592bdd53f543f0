"""What every page mounts first: it keeps the style sheet in the document's head and follows the app to another page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.shell import address
from pages.ui.shell.navigation import wanted_address
from pages.ui.shell.streamlit_fixes import apply_streamlit_fixes
from trainer.tasks.tetris.game.pieces import MAX_HEIGHT, MIN_HEIGHT

apply_streamlit_fixes()


def board_room(rows: int) -> str:
    """The key of a container in which boards of so many rows are as large as the window allows, and have their room beforehand.

    The style sheet makes a cell (`--cell`) of the window's height without `--around`: what is above and below the board. A page that
    has more around its boards sets that on what is around the container.
    """
    return f"board_{rows}"


def table_room(number: int, rows: int) -> str:
    """The key of a container that has the room of a table beforehand.

    Args:
        number: tells the tables of a page apart.
        rows: of the table, with its heading.
    """
    return f"table_{min(rows, MOST_ROWS)}_{number}"


MOST_ROWS = 14  # more scroll
_FOLDER = Path(__file__).parent
_CSS, _JS = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("style.css", "shell.js"))
_BOARDS = "".join(f".st-key-{board_room(rows)} {{ --rows: {rows} }}\n" for rows in range(MIN_HEIGHT, MAX_HEIGHT + 1))

_TABLES = "".join(
    f'[class*="st-key-table_{rows}_"] {{ min-height: min({rows * 36}px, 30rem, 70vh) }}\n' for rows in range(1, MOST_ROWS + 1)
)


def draw_shell() -> None:
    """Mount it. The style is constant text: nothing a person typed ever gets there."""
    mount = st.components.v2.component("control_room.shell", html="<span></span>", js=_JS)
    with st.container(key="shell"):
        mount(key="page_shell", data={"style": _CSS + _BOARDS + _TABLES, "go": wanted_address(), "run": address.says("run")}, height=1)


@contextmanager
def on_every_page() -> Iterator[None]:
    """What is drawn inside belongs to every page: the browser keeps it when the page changes, until it is drawn anew in its place.

    A page's own elements are removed as soon as another page begins. Streamlit keeps only what it counts as drawn by the main script
    (`AppRoot.filterMainScriptElements` in the browser), as it does with a sidebar beside `st.navigation`.
    """
    context = get_script_run_ctx()
    if context is None:  # outside of an app there is no browser
        yield
        return
    with context.run_with_active_hash(context.pages_manager.main_script_hash):
        yield
