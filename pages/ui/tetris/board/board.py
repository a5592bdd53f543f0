"""Boards as a stream of pictures, and what every board is drawn with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pages.ui.pictures.stream import mount_stream, stream_data, take_new
from pages.ui.run_data import NewFrames
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.boards import BoardRow, boards_reader
from trainer.tasks.tetris.game.pieces import COLOURS, ORIENTATIONS, PIECES

_FOLDER = Path(__file__).parent


def part(name: str) -> str:
    """The text of a file of the component."""
    return (_FOLDER / name).read_text(encoding="utf-8")


BOARD_VIEW = part("drawing.js") + "const View = Board;\n", part("board.css")
"""What a moment of a stream or of a recorded game is shown in; see `pages.ui.pictures`."""


def looks() -> dict[str, Any]:
    """What every board is drawn with: the pieces' names, colours and shapes."""
    shapes = [ORIENTATIONS[piece][0] for piece in PIECES]
    return {"pieces": list(PIECES), "colours": [COLOURS[piece] for piece in PIECES], "shapes": shapes}


def payload(
    run_id: str, new: NewFrames[BoardRow], *, height: int, ceiling: int | None, live: bool, interval_s: float | None
) -> dict[str, Any]:
    """What the component gets: texts of our own, numbers and digits only.

    Args:
        run_id: another run empties the board.
        new: the frames to play; the newest snapshot if there is nothing new.
        height: rows of an empty board.
        ceiling: the row above which games end, drawn as a line; None: the board's own top.
        live: whether the board moves; it is dimmed otherwise.
        interval_s: until the next refresh.
    """
    return looks() | stream_data(run_id, new, _frame, live=live, interval_s=interval_s) | {"height": height, "ceiling": ceiling}


def _frame(row: BoardRow) -> dict[str, Any]:
    return {"game": row.game, "lines": row.lines, "pieces": row.pieces, "piece": row.piece, "cells": row.cells}


def mount_boards(key: str, data: Mapping[str, Any], *, height: int | Literal["content"], **callbacks: Any) -> None:
    """Show a stream of boards in an element that stays in place; `key` is its name on the page."""
    mount_stream(key, "control_room.board", BOARD_VIEW, data, height=height, **callbacks)


def show_board(run: RunDirectory, *, height: int, ceiling: int | None, live: bool, interval_s: float | None) -> NewFrames[BoardRow]:
    """Draw the board and move this tab's cursor on; returns what was new."""
    new = take_new(run, boards_reader, interval_s)
    data = payload(run.run_id, new, height=height, ceiling=ceiling, live=live, interval_s=interval_s)
    mount_boards("board", data, height="content")
    return new
