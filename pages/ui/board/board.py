"""The board as a Streamlit component: gets the snapshots since the last refresh and plays them until the next one."""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.run_data import NewFrames, new_frames, run_data
from trainer.game.pieces import COLOURS, PIECES
from trainer.run_files.boards import BoardRow
from trainer.run_files.run_directory import RunDirectory

FRAMES_PER_SECOND = 30  # more cannot be followed by eye
LONGEST_PLAY_S = 4.0  # with a slow refresh the newest seconds are played, not all
_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"board.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))


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
    return {
        "run": run_id,
        "batch": f"{run_id}:{frames[-1].step if frames else 'none'}",
        "frames": [_frame(row) for row in frames],
        "height": height,
        "ceiling": ceiling,
        "live": live,
        "interval_s": interval_s,
        "pieces": list(PIECES),
        "colours": [COLOURS[piece] for piece in PIECES],
    }


def _frame(row: BoardRow) -> dict[str, Any]:
    return {"game": row.game, "lines": row.lines, "pieces": row.pieces, "piece": row.piece, "cells": row.cells}


def show_board(run: RunDirectory, *, height: int, ceiling: int | None, live: bool, interval_s: float | None) -> NewFrames:
    """Draw the board and move this tab's cursor on; returns what was new."""
    play_s = min(interval_s or 1.0, LONGEST_PLAY_S)
    cursor_key = f"board_cursor:{run.run_id}"
    new = new_frames(run_data(run).boards(), st.session_state.get(cursor_key), limit=round(FRAMES_PER_SECOND * play_s))
    if new.last is not None:
        st.session_state[cursor_key] = new.last.step
    mount = st.components.v2.component("control_room.board", html=_HTML, css=_CSS, js=_JS)
    mount(key="board", data=payload(run.run_id, new, height=height, ceiling=ceiling, live=live, interval_s=play_s), height=510, width=244)
    return new
