"""What plays a recorded episode in the browser and goes to any place in it. It gets the frames in blocks, as it asks for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.guard import callback
from pages.ui.replay.recordings import start_place
from pages.ui.shell import address

BLOCK = 240  # frames that are sent at once, if nothing else is said
MAX_EVERY = 10_000  # frames from one to the next that is shown, at the highest speeds
_FOLDER = Path(__file__).parent


def part(name: str) -> str:
    """The text of a file of the component."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Jump:
    """A button that goes to a place which has something.

    Attributes:
        name: what `Player.find` knows it by.
        label: what the button says.
        help: where it goes.
        letter: the key that does the same.
        possible: whether there are such places.
    """

    name: str
    label: str
    help: str
    letter: str
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve over an episode, with a mark where the episode is; a click on it goes there.

    Attributes:
        label: what it shows.
        x: (points,) frames, rising.
        y: (points,) its values there.
    """

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def payload(self) -> dict[str, Any]:
        """What the component gets; what is no number is left out."""
        points = [[round(float(x)), float(f"{y:.6g}")] for x, y in zip(self.x, self.y, strict=True) if np.isfinite(y)]
        return {"label": self.label, "points": points}


@dataclass(frozen=True, slots=True)
class Player:
    """An episode, to be played.

    Attributes:
        key: tells episodes apart.
        name: of the episode.
        place: what a place in it is called: `piece`.
        last: the number of its last frame; the first is 0.
        frames: gives so many frames from one on, of which each is so many after the last; what a frame is, only the view knows.
        speeds: what is offered, and how many frames a second it is.
        speed: the one to begin with.
        per: what the speeds count; empty: they say it themselves.
        block: frames that are sent at once.
        stride: places from one frame to the next.
        end: the place of the last frame.
        jumps: buttons that look for something.
        find: the frame where something is, from one on, for so many presses; None, and what a person is told, if there is none.
        curve: what is known of the whole episode.
        looks: what the view is drawn with.
    """

    key: str
    name: str
    place: str
    last: int
    frames: Callable[[int, int, int], Sequence[Mapping[str, Any]]]
    speeds: Mapping[str, float]
    speed: str
    per: str = ""
    block: int = BLOCK
    stride: int = 1
    end: int | None = None
    jumps: tuple[Jump, ...] = ()
    find: Callable[[str, int, int], tuple[int | None, str]] = lambda *_: (None, "")
    curve: Curve | None = None
    looks: Mapping[str, Any] = field(default_factory=dict)


def mount_player(element: str, player: Player, view: tuple[str, str]) -> None:
    """Show it. What it asks for makes the part of the page that it is in run again.

    Args:
        element: its name on the page, one a kind of view.
        player: what is shown.
        view: the script with the class `View` and its style sheet; see `pages.ui.pictures`.
    """
    js, css = view
    state: Any = st.session_state.get(element) or {}
    mount = st.components.v2.component(
        f"control_room.{element}", html=part("player.html"), css=css + part("player.css"), js=js + part("player.js")
    )
    mount(
        key=element,
        data=payload(player, state.get("ask"), start=start_place(address.says(player.place))),
        on_ask_change=callback(_asked),
        on_rest_change=callback(partial(_rests, element, player.key, player.place)),
    )


def _asked() -> None:
    """What the component asks for is in its state: this part answers as it is drawn again."""


def _rests(element: str, key: str, parameter: str) -> None:
    """The episode rests at a place: the address says so, so that it can be shared."""
    rest = st.session_state[element].get("rest") or {}
    if rest.get("episode") == key and isinstance(rest.get("place"), int):
        address.write(**{parameter: str(rest["place"])})


def payload(player: Player, ask: Any, *, start: int) -> dict[str, Any]:
    """What the component gets: the frames it asks for, or those around the start; texts of our own, numbers and what the view draws.

    Args:
        player: what is shown.
        ask: what the component asks for, if it does.
        start: the place where it begins.
    """
    data = _about(player, min(start // player.stride, player.last))
    if not isinstance(ask, dict) or ask.get("episode") != player.key:
        return data | {"blocks": _blocks(player, data["start"] // player.block)}
    data["answered"] = ask.get("ask")
    frame = ask.get("at")
    at = min(max(frame, 0), player.last) if isinstance(frame, int) else 0
    if ask.get("what") == "block":
        every = ask.get("every")
        return data | {"blocks": _blocks(player, at, min(max(every, 1), MAX_EVERY) if isinstance(every, int) else 1)}
    number = ask.get("number")
    presses = min(max(number, 1), player.last) if isinstance(number, int) else 1
    return data | _answer(player, ask.get("ask"), *player.find(str(ask.get("what")), at, presses))


def _about(player: Player, start: int) -> dict[str, Any]:
    return dict(player.looks) | {
        "episode": player.key,
        "name": player.name,
        "place": player.place,
        "start": start,
        "last": player.last,
        "stride": player.stride,
        "end": player.last * player.stride if player.end is None else player.end,
        "block": player.block,
        "blocks": {},
        "speeds": [[words, per_second] for words, per_second in player.speeds.items()],
        "speed": player.speed,
        "per": player.per,
        "jumps": [
            {"name": jump.name, "label": jump.label, "help": jump.help, "letter": jump.letter, "possible": jump.possible}
            for jump in player.jumps
        ],
        "curve": player.curve.payload() if player.curve is not None else None,
        "found": None,
        "answered": None,
    }


def _answer(player: Player, ask: Any, frame: int | None, said: str) -> dict[str, Any]:
    blocks = {} if frame is None else _blocks(player, frame // player.block)
    return {"found": {"ask": ask, "frame": frame, "said": said}, "blocks": blocks}


def _blocks(player: Player, block: int, every: int = 1) -> dict[str, Any]:
    """A block by its name: its number, and how many frames it is from one of its frames to the next if that is not one."""
    name = str(block) if every == 1 else f"{block}/{every}"
    return {name: player.frames(block * player.block * every, player.block, every)}
