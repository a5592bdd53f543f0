"""A published player that plays at once: what moves on a page before there is anything else to see.

It is played here, in the app, by NumPy alone (`trainer.tasks.tetris.game.plain`): nothing is compiled or loaded, no process is
started and nothing is written. The first moments take 30 ms. After `GAMES` games it begins anew; by then all are known, so that
however many people look on, and however long, the app has played each move once.
"""

import functools
import threading
import time
from typing import Any, Final

import streamlit as st

from pages.ui.guard import fragment
from pages.ui.shell.shell import board_room
from pages.ui.tetris.board.board import looks, mount_boards
from trainer.tasks.tetris.game.picture import picture
from trainer.tasks.tetris.game.plain import PlainGame, published_player
from trainer.tasks.tetris.game.rules import ENGINE_VERSION

PLAYER: Final = "bcts"
WHO: Final = "BCTS, a player that Thiery and Scherrer published in 2009, plays"
HEIGHT: Final = 20  # rows
GAMES: Final = 5
PIECES: Final = 300  # of a game: the player itself would hardly ever lose one
PIECES_PER_SECOND: Final = 10
REFRESH_S: Final = 2.0
ELEMENT = "showreel"
_BEGAN = "showreel_began"  # in the session: when this tab began to look, by the monotonic clock, and the moments that it has


class Showreel:
    """Games of a published player, moment by moment.

    Args:
        games: how many, on the seeds from 1.
        pieces: of each.
    """

    def __init__(self, games: int = GAMES, pieces: int = PIECES) -> None:
        self._games, self._pieces = games, pieces
        self._network = published_player(PLAYER)
        self._moments: list[dict[str, Any]] = []
        self._game: PlainGame | None = None
        self._lock = threading.Lock()

    @property
    def length(self) -> int:
        """Moments until it begins anew."""
        return self._games * (self._pieces + 1)

    def moments(self, first: int, last: int) -> list[dict[str, Any]]:
        """What the board shows from one moment to another, the last one not included, counted from 0 and without an end."""
        with self._lock:
            return [self._moment(number % self.length) for number in range(first, last)]

    def _moment(self, number: int) -> dict[str, Any]:
        while len(self._moments) <= number:
            game, pieces = divmod(len(self._moments), self._pieces + 1)
            if self._game is None or pieces == 0:
                self._game = PlainGame(game + 1, height=HEIGHT)
            else:
                self._game.play_greedily(self._network, 1)
            self._moments.append(picture(self._game, network=self._network) | {"game": game + 1})
        return self._moments[number]


@functools.cache
def showreel() -> Showreel:
    """The one that every page shows."""
    return Showreel()


def moments_due(began: float, shown: int, now: float) -> tuple[float, int, int]:
    """When a tab began to look, and the moments that it is to get now: those until its next refresh.

    A tab that was away goes on where it was: what it has missed would have to be played first.

    Args:
        began: when it began to look, by the monotonic clock.
        shown: how many it has got.
        now: by the same clock.
    """
    each = round(REFRESH_S * PIECES_PER_SECOND)
    if (now - began) * PIECES_PER_SECOND > shown + each:
        began = now - shown / PIECES_PER_SECOND
    return began, shown, max(shown, int((now - began) * PIECES_PER_SECOND) + each)


def draw_showreel() -> None:
    """Draw the board; called inside a fragment that is drawn again every `REFRESH_S` seconds."""
    now = time.monotonic()
    began, shown = st.session_state.get(_BEGAN, (now, 0))
    began, first, last = moments_due(began, shown, now)
    st.session_state[_BEGAN] = (began, last)
    moments = showreel().moments(first, last) or showreel().moments(last - 1, last)  # the newest again: it may not have arrived
    data = looks() | {
        "run": f"showreel {ENGINE_VERSION}",
        "batch": f"showreel {last}",
        "moments": [[moment] for moment in moments],
        "names": ["BCTS"],
        "heat": True,
        "steers": False,
        "height": HEIGHT,
        "ceiling": None,
        "live": True,
        "interval_s": REFRESH_S,
    }
    mount_boards(ELEMENT, data, height="content")


def draw_playing(words: str = "") -> None:
    """Draw the board as a part of the page that goes on by itself.

    Args:
        words: what follows the sentence that says who plays.
    """
    fragment(_draw, REFRESH_S)(words)


def _draw(words: str) -> None:
    with st.container(key="watched_1"), st.container(key=board_room(HEIGHT)):
        draw_showreel()
    st.caption(f"{WHO}. Above the board: what it makes of every placement, a row a rotation. {words}")
