"""The browser's tab: its title and its icon tell how the shown run is, on every page, also while nobody looks at it.

The title begins with what the run does, since a narrow tab cuts its end: `▶ 43 % · First try · Live · Control Room`.
The icon is a ring that fills up, in the colour of the state, around a shape of its own. It is drawn in the browser:
nothing is fetched for it.

What is worth a notification in the shown run is said here too: as a toast, and by the browser where a person has allowed it.
"""

import secrets
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.cache import Cache
from pages.ui.guard import fragment
from pages.ui.selection import name_of
from pages.ui.states import LOOKS
from pages.ui.text import escaped, plain
from trainer.errors import FormatError
from trainer.notifying.noticing import Notice, RunNotices
from trainer.notifying.starting import see_to_notifications
from trainer.numbers import percent
from trainer.probing import Probe, ProbedState, probe
from trainer.run_files.notifications import Told
from trainer.run_files.notify_settings import DEFAULT_EVENTS, NotifyEvent, read_notify_settings
from trainer.run_files.run_directory import RunDirectory

TAB_S = 2.0  # between two looks at a run that is trained: a tab is glanced at
NAME_CHARACTERS = 40
SHARED_STATES: frozenset[ProbedState] = frozenset({"running", "paused", "stopping", "stopped"})
"""Of which a person wants to know how far the run is."""
NOTHING: dict[str, Any] = {"words": "", "look": "", "colour": "gray", "share": 0.0, "notices": []}
ICONS: dict[str, str] = {"finished": ":material/check_circle:", "target_reached": ":material/flag:", "new_best": ":material/star:"}
TAIL_BYTES = 256 * 1024  # of each log: what was before is not told
KEPT_NOTICES = 5  # that the browser is told of, in case that it has missed one
TOLD, NOTICES = "tab_told", "tab_notices"  # in the session

_followed = Cache(20)
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
        mount(key="browser_tab", data=_data(run) if run is not None else NOTHING, height=1)


def _data(run: RunDirectory) -> dict[str, Any]:
    """What the tab tells, and the newest notices; says as a toast what this session has not been told yet."""
    probed = probe(run)
    if probed.active:
        see_to_notifications(run.path.parent)  # that process may have been killed
    kept: list[dict[str, str]] = st.session_state.setdefault(NOTICES, [])
    name = name_of(run)
    for notice in _news(run):
        icon = ICONS.get(notice.event, ":material/warning:")
        st.toast(f"{escaped(name, NAME_CHARACTERS)}: {escaped(_words(notice), 200)}", icon=icon)
        title = f"{plain(name, NAME_CHARACTERS)}: {notice.words}"
        kept.append({"id": secrets.token_hex(8), "title": title, "text": plain(notice.sentence, 200)})
    del kept[:-KEPT_NOTICES]
    return tab_of(probed) | {"notices": list(kept)}


def _words(notice: Notice) -> str:
    return f"{notice.words}. {notice.sentence}"


def _news(run: RunDirectory) -> list[Notice]:
    """What this session has not been told of a run; nothing at its first look."""
    notices = _followed.get(run.path, None, lambda: RunNotices(run, TAIL_BYTES))
    notices.look()
    told: dict[str, Told] = st.session_state.setdefault(TOLD, {})
    before = told.get(run.run_id)
    told[run.run_id] = notices.state() if before is None else notices.known(before)
    if before is None:
        return []
    return notices.since(before, _events(run))


def _events(run: RunDirectory) -> tuple[NotifyEvent, ...]:
    try:
        return read_notify_settings(run.path.parent).events
    except FormatError:
        return DEFAULT_EVENTS


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
