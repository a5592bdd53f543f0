"""Exporting a game: the form that makes a GIF or an MP4 of a part of it."""

from typing import Any, cast

import streamlit as st

from pages.ui.guard import callback, fragment
from pages.ui.shell import address
from pages.ui.tetris.replay.film import Cut, Kind, film
from pages.ui.tetris.replay.recordings import Chosen, link_name, start_piece
from pages.ui.tetris.replay.timeline import Timeline
from pages.ui.text import escaped, file_size
from trainer.errors import ExportError, described, reason
from trainer.numbers import exact

MAX_PIECES = 3_000  # a minute and a half at the pace of most
FIRST_PIECES = 200
WANTED = "wanted_film"  # in the session: of which game a film is wanted that is not made yet
MADE = "film"  # in the session: the film made last
MIME: dict[str, str] = {"gif": "image/gif", "mp4": "video/mp4"}


def draw_export(chosen: Chosen, timeline: Timeline) -> None:
    """Draw the form, and the film once it is made."""
    with st.expander("Export as GIF or MP4", icon=":material/download:"):
        _draw_form(chosen, timeline)


@fragment
def _draw_form(chosen: Chosen, timeline: Timeline) -> None:
    with st.form(f"film:{chosen.key}", border=False):
        columns = st.columns(4, vertical_alignment="bottom")
        here = min(start_piece(address.says("piece")), max(0, timeline.last - 1))
        first = columns[0].number_input("From piece", 0, max(0, timeline.last - 1), here)
        pieces = columns[1].number_input("Pieces", 1, MAX_PIECES, min(FIRST_PIECES, MAX_PIECES), help=f"At most {exact(MAX_PIECES)}.")
        speed = columns[2].number_input("Pieces per second", 1, 60, 10)
        kind = cast("Kind", columns[3].selectbox("Format", list(MIME), format_func=str.upper))
        st.form_submit_button("Render", icon=":material/movie:", on_click=callback(_want), args=(chosen.key,))
    if st.session_state.get(WANTED) == chosen.key:  # until it is made: who does something else meanwhile still gets it
        st.session_state[MADE] = (chosen.key, _made(chosen, timeline, Cut(first, pieces, speed), kind))
        st.session_state.pop(WANTED, None)
    made = st.session_state.get(MADE)
    if made is not None and made[0] == chosen.key:
        _draw_made(made[1])


def _want(key: str) -> None:
    st.session_state[WANTED] = key


def _made(chosen: Chosen, timeline: Timeline, cut: Cut, kind: Kind) -> dict[str, Any] | None:
    bar = st.progress(0.0, text="Drawing…")
    try:
        content = film(kind, timeline.frames, cut, lambda done: bar.progress(done, text="Drawing…"))
    except (ExportError, OSError) as error:
        sentence = described(error) if isinstance(error, ExportError) else f"The film could not be written ({reason(error)})."
        st.error(escaped(sentence, limit=1_000), icon=":material/error:")
        return None
    finally:
        bar.empty()
    name = f"{chosen.file.path.parent.parent.name}-{link_name(chosen.file)}-game-{chosen.number + 1}-piece-{cut.first}.{kind}"
    return {"content": content, "name": name, "kind": kind}


def _draw_made(made: dict[str, Any] | None) -> None:
    if made is None:
        return
    st.download_button(
        f"Download {made['kind'].upper()}, {file_size(len(made['content']))}",
        made["content"],
        file_name=made["name"],
        mime=MIME[made["kind"]],
        on_click="ignore",
        icon=":material/download:",
    )
    if made["kind"] == "gif":
        st.image(made["content"], width=240)
    else:
        st.video(made["content"], width=240)
