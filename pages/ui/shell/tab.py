"""The browser's tab: its title and its icon tell how the shown run is, on every page, also while nobody looks at it.

The title begins with what the run does, since a narrow tab cuts its end: `▶ 43 % · First try · Live · Control Room`.
The icon is a ring that fills up, in the colour of the state, around a shape of its own. It is drawn in the browser:
nothing is fetched for it.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.guard import fragment
from pages.ui.selection import name_of
from pages.ui.states import LOOKS
from pages.ui.text import plain
from trainer.numbers import percent
from trainer.probing import Probe, ProbedState, probe
from trainer.run_files.run_directory import RunDirectory

TAB_S = 2.0  # between two looks at a run that is trained: a tab is glanced at
NAME_CHARACTERS = 40
SHARED_STATES: frozenset[ProbedState] = frozenset({"running", "paused", "stopping", "stopped"})
"""Of which a person wants to know how far the run is."""
NOTHING: dict[str, Any] = {"words": "", "look": "", "colour": "gray", "share": 0.0}

_JS = Path(__file__).with_name("tab.js").read_text(encoding="utf-8")


def draw_tab(run: RunDirectory | None, every_s: float | None) -> None:
    """Let the tab follow a run.

    Args:
        run: the one that is shown; None: the tab is as Streamlit makes it.
        every_s: seconds between two looks at it; None: only when the page is drawn.
    """
    draw = fragment(_draw, every_s, about=run.run_id if run is not None else "")
    draw(run)


def _draw(run: RunDirectory | None) -> None:
    mount = st.components.v2.component("control_room.tab", html="<span></span>", js=_JS)
    with st.container(key="tab"):
        mount(key="browser_tab", data=tab_of(probe(run)) if run is not None else NOTHING, height=1)


def tab_of(probed: Probe) -> dict[str, Any]:
    """What the tab tells of a run: the words before the page's title, and how its icon looks."""
    look, share = LOOKS[probed.state], _share(probed)
    told = percent(share) if probed.state in SHARED_STATES and probed.status is not None else look.word
    words = f"{look.glyph} {told} · {plain(name_of(probed.run), NAME_CHARACTERS)}"
    return {"words": words, "look": probed.state, "colour": look.colour, "share": share}


def _share(probed: Probe) -> float:
    status = probed.status
    if status is None or not status.total_timesteps:
        return 0.0
    return min(1.0, max(0.0, status.num_timesteps / status.total_timesteps))
