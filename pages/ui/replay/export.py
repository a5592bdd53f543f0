"""Exporting an episode: the form that makes a GIF or an MP4 of a part of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st
from PIL import Image

from pages.ui.guard import callback, fragment
from pages.ui.replay.film import Cut, Kind, film
from pages.ui.replay.recordings import Chosen, start_place
from pages.ui.shell import address
from pages.ui.text import escaped
from trainer.errors import ControlRoomError, described, reason
from trainer.numbers import exact, file_size
from trainer.run_files.replays import link_name

WANTED = "wanted_film"  # in the session: of which episode a film is wanted that is not made yet
MADE = "film"  # in the session: the film made last
MIME: dict[str, str] = {"gif": "image/gif", "mp4": "video/mp4"}
SHOWN_WIDTH = 240  # pixels


@dataclass(frozen=True, slots=True)
class Footage:
    """What films of an episode are made of.

    Attributes:
        episode: what an episode is called.
        image: draws a frame.
        last: the number of the last one.
        place: what a place is called; frames are `stride` places apart.
        first_number: places that are offered.
        most: places of a film, at most.
        per_second: places a second that are offered; whole.
        fastest: at most.
        stride: places from one frame to the next.
        palette: every colour of a frame, if that is known.
    """

    episode: str
    image: Callable[[int], Image.Image]
    last: int
    place: str
    first_number: int
    most: int
    per_second: int
    fastest: int
    stride: int = 1
    palette: Callable[[], Image.Image] | None = None

    def cut(self, first: int, number: int, per_second: int) -> Cut:
        """The frames of so many places from one on."""
        begin = min(first // self.stride, self.last)
        return Cut(begin, min(begin + -(-number // self.stride), self.last), per_second / self.stride)


def draw_export(chosen: Chosen[Any], footage: Footage) -> None:
    """Draw the form, and the film once it is made."""
    with st.expander("Export as GIF or MP4", icon=":material/download:"):
        _draw_form(chosen, footage)


@fragment
def _draw_form(chosen: Chosen[Any], footage: Footage) -> None:
    places, end = f"{footage.place.capitalize()}s", footage.last * footage.stride
    with st.form(f"film:{chosen.key}", border=False):
        columns = st.columns(4, vertical_alignment="bottom")
        here = min(start_place(address.says(footage.place)), max(0, end - 1))
        first = columns[0].number_input(f"From {footage.place}", 0, max(0, end - 1), here)
        number = columns[1].number_input(places, 1, footage.most, footage.first_number, help=f"At most {exact(footage.most)}.")
        speed = columns[2].number_input(f"{places} per second", 1, footage.fastest, footage.per_second)
        kind = cast("Kind", columns[3].selectbox("Format", list(MIME), format_func=str.upper))
        st.form_submit_button("Render", icon=":material/movie:", on_click=callback(_want), args=(chosen.key,))
    if st.session_state.get(WANTED) == chosen.key:  # until it is made: who does something else meanwhile still gets it
        st.session_state[MADE] = (chosen.key, _made(chosen, footage, first, footage.cut(first, number, speed), kind))
        st.session_state.pop(WANTED, None)
    made = st.session_state.get(MADE)
    if made is not None and made[0] == chosen.key:
        _draw_made(made[1])


def _want(key: str) -> None:
    st.session_state[WANTED] = key


def _made(chosen: Chosen[Any], footage: Footage, first: int, cut: Cut, kind: Kind) -> dict[str, Any] | None:
    bar = st.progress(0.0, text="Drawing…")
    try:
        content = film(kind, footage.image, cut, lambda done: bar.progress(done, text="Drawing…"), footage.palette)
    except (ControlRoomError, OSError) as error:
        sentence = described(error) if isinstance(error, ControlRoomError) else f"The film could not be written ({reason(error)})."
        st.error(escaped(sentence, limit=1_000), icon=":material/error:")
        return None
    finally:
        bar.empty()
    what = f"{link_name(chosen.file)}-{footage.episode}-{chosen.number + 1}-{footage.place}-{first}"
    return {"content": content, "name": f"{chosen.run.run_id}-{what}.{kind}", "kind": kind}


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
        st.image(made["content"], width=SHOWN_WIDTH)
    else:
        st.video(made["content"], width=SHOWN_WIDTH)
