"""Pictures of the episode that is watched: seldom enough to cost little, and never worth a crash."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ...errors import described
from ...run_files.pictures import OBSERVATION, PICTURE, Shown
from ..environment_faults import explained
from .generators import generators_kept
from .observation import ObservationPicture

PICTURE_INTERVAL_S = 1 / 30  # more cannot be followed by eye
WORDS: dict[Shown, str] = {PICTURE: "environment", OBSERVATION: "observation"}
DRAWING_SHARE = 0.06  # of the time: what pictures may take from training, however long one takes


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture (height, width, 3), and what is seen in it."""

    pixels: NDArray[np.uint8]
    shown: Shown


class Camera:
    """Takes pictures of an environment; of its observations where it has none of itself.

    Args:
        draw: draws the environment; None if it cannot be drawn. It may raise anything.
        observe: the observation that the learner sees now.
        space: of the observations.
        say: tells a person, once, why there is no picture.
    """

    def __init__(
        self,
        draw: Callable[[], NDArray[np.uint8] | None],
        observe: Callable[[], Any],
        space: spaces.Space[Any],
        say: Callable[[str], None],
    ) -> None:
        observation = ObservationPicture(space)
        self._views: list[tuple[Shown, Callable[[], NDArray[np.uint8] | None]]] = [
            (PICTURE, draw),
            (OBSERVATION, lambda: observation.draw(observe())),
        ]
        self._say = say
        self._next_at, self._first = 0.0, True

    def take(self, *, slowed: bool = False) -> Taken | None:
        """What is seen now; None if the last picture was taken a moment ago, or if there is nothing to see.

        The generators that all share are as they were. The clock decides nothing but whether there is a picture.

        Args:
            slowed: whether training is slowed down to be followed: then each picture may take its time.
        """
        began = time.monotonic()
        if began < self._next_at:
            return None
        with generators_kept():
            taken = self._seen()
        took = 0.0 if slowed or self._first else time.monotonic() - began  # the first one makes windows and loads fonts
        self._next_at, self._first = began + max(PICTURE_INTERVAL_S, took / DRAWING_SHARE), False
        return taken

    def _seen(self) -> Taken | None:
        while self._views:
            shown, draw = self._views[0]
            try:
                pixels = draw()
            except Exception as error:  # noqa: BLE001 - somebody else's code; a picture is never worth a crash
                why = described(explained(error)).rstrip(".")
                self._say(f"There is no picture of the {WORDS[shown]}: {why}. Training goes on")
                pixels = None
            if pixels is not None:
                return Taken(pixels, shown)
            self._views.pop(0)
        return None
