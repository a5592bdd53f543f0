"""A stream of pictures as a Streamlit component: it gets what is new since the last refresh and plays it until the next one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from pages.ui.run_data import NewFrames, P, new_frames, run_data
from pages.ui.selection import about_of
from trainer.probing import Probe
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.tails import NewestRows

FRAMES_PER_SECOND = 30  # more cannot be followed by eye
LATE = 1.25  # a refresh takes longer than the time between two, by so much: what was written by then is played too
LONGEST_PLAY_S = 4.0  # with a slow refresh the newest seconds are played, not all
_FOLDER = Path(__file__).parent


def part(name: str) -> str:
    """The text of a file of the component."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def play_seconds(interval_s: float | None) -> float:
    """How long the new frames are played: until the next refresh, but no longer than can be followed."""
    return min(interval_s or 1.0, LONGEST_PLAY_S)


def take_new(run: RunDirectory, make_reader: Callable[[RunDirectory], NewestRows[P]], interval_s: float | None) -> NewFrames[P]:
    """The pictures that this tab has not shown yet; its cursor is moved on."""
    cursor_key = f"picture_cursor:{run.run_id}"
    limit = round(FRAMES_PER_SECOND * play_seconds(interval_s) * LATE)
    new = new_frames(run_data(run).pictures(make_reader), st.session_state.get(cursor_key), limit=limit)
    if new.last is not None:
        st.session_state[cursor_key] = new.last.step
    return new


def stream_data(
    run_id: str, new: NewFrames[P], frame: Callable[[P], dict[str, Any]], *, live: bool, interval_s: float | None
) -> dict[str, Any]:
    """What the component gets: texts of our own, numbers and what `frame` makes.

    Args:
        run_id: another run empties the stream.
        new: the pictures to play; the newest one if there is nothing new.
        frame: what the view draws of a picture.
        live: whether the stream moves; it is dimmed otherwise.
        interval_s: until the next refresh.
    """
    rows = new.frames or ((new.last,) if new.last else ())
    return {
        "run": run_id,
        "batch": f"{run_id}:{rows[-1].step if rows else 'none'}",
        "moments": [[frame(row)] for row in rows],
        "names": [""],
        "heat": False,
        "steers": False,
        "live": live,
        "interval_s": play_seconds(interval_s),
    }


def is_watched(probed: Probe) -> bool:
    """Whether pictures of a run are being taken, or will be as soon as it acknowledges."""
    return probed.active and (probed.control.visual if probed.control else probed.status is not None and probed.status.visual)


def picture_hint(probed: Probe, new: NewFrames[Any]) -> str:
    """What a person must know about the pictures that are shown."""
    if is_watched(probed):
        return f"{new.skipped:,} skipped: slow down to see all" if new.skipped else "\u00a0"
    if probed.active:
        return f"Headless: turn on **Show {about_of(probed.run).picture}** to watch."
    return "The last snapshot." if new.last else "\u00a0"


def draw_no_pictures(probed: Probe) -> None:
    """In the place of the picture: a run that has ended and never showed any; how to see some."""
    seen = about_of(probed.run).picture
    with st.container(key="no_picture"):
        st.markdown(
            f":material/hide_image: **No {seen} to show.** It was not watched while it trained: turn on **Show {seen}** while a run trains."
        )


def mount_stream(
    key: str, component: str, view: tuple[str, str], data: Mapping[str, Any], *, height: int | Literal["content"], **callbacks: Any
) -> None:
    """Show a stream in an element that stays in place.

    Args:
        key: its name on the page.
        component: the name of the component: one a view.
        view: its script and its style sheet.
        data: what the stream gets; see `stream_data`.
        height: in pixels.
        callbacks: what is called when a person steers it.
    """
    js, css = view
    mount = st.components.v2.component(component, html=part("stream.html"), css=part("stream.css") + css, js=js + part("stream.js"))
    mount(key=key, data=dict(data), height=height, **callbacks)
