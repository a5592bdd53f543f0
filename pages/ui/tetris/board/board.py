"""The board as a Streamlit component: gets what is new since the last refresh and plays it until the next one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from pages.ui.run_data import NewFrames, new_frames, run_data
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.boards import BoardRow
from trainer.tasks.tetris.game.pieces import COLOURS, PIECES

FRAMES_PER_SECOND = 30  # more cannot be followed by eye
LONGEST_PLAY_S = 4.0  # with a slow refresh the newest seconds are played, not all
BOARD_HEIGHT = 512  # pixels, with its caption
_FOLDER = Path(__file__).parent


def part(name: str) -> str:
    """The text of a file of the component."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def looks() -> dict[str, Any]:
    """What every board is drawn with: the pieces' names and colours."""
    return {"pieces": list(PIECES), "colours": [COLOURS[piece] for piece in PIECES]}


def payload(run_id: str, new: NewFrames, *, height: int, ceiling: int | None, live: bool, interval_s: float) -> dict[str, Any]:
    """What the component gets: texts of our own, numbers and digits only.

    Args:
        run_id: another run empties the board.
        new: the frames to play; the newest snapshot if there is nothing new.
        height: rows of an empty board.
        ceiling: the row above which games end, drawn as a line; None: the board's own top.
        live: whether the board moves; it is dimmed otherwise.
        interval_s: the time to play the frames in.
    """
    frames = new.frames or ((new.last,) if new.last else ())
    return looks() | {
        "run": run_id,
        "batch": f"{run_id}:{frames[-1].step if frames else 'none'}",
        "moments": [[_frame(row)] for row in frames],
        "names": [""],
        "heat": False,
        "steers": False,
        "height": height,
        "ceiling": ceiling,
        "live": live,
        "interval_s": interval_s,
    }


def _frame(row: BoardRow) -> dict[str, Any]:
    return {"game": row.game, "lines": row.lines, "pieces": row.pieces, "piece": row.piece, "cells": row.cells}


def mount_boards(key: str, data: Mapping[str, Any], *, height: int | Literal["content"], **callbacks: Any) -> None:
    """Show a stream of boards in an element that stays in place; `key` is its name on the page."""
    mount = st.components.v2.component(
        "control_room.board", html=part("board.html"), css=part("board.css"), js=part("drawing.js") + part("stream.js")
    )
    mount(key=key, data=dict(data), height=height, **callbacks)


def show_board(run: RunDirectory, *, height: int, ceiling: int | None, live: bool, interval_s: float | None) -> NewFrames:
    """Draw the board and move this tab's cursor on; returns what was new."""
    play_s = min(interval_s or 1.0, LONGEST_PLAY_S)
    cursor_key = f"board_cursor:{run.run_id}"
    new = new_frames(run_data(run).boards(), st.session_state.get(cursor_key), limit=round(FRAMES_PER_SECOND * play_s))
    if new.last is not None:
        st.session_state[cursor_key] = new.last.step
    data = payload(run.run_id, new, height=height, ceiling=ceiling, live=live, interval_s=play_s)
    mount_boards("board", data, height=BOARD_HEIGHT)
    return new
