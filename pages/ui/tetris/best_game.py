"""The best recorded game of a run that has ended, which its page plays over and over in the place of the board."""

from typing import Any

import streamlit as st

from pages.ui.cache import Cache
from pages.ui.live_end import best_recorded
from pages.ui.replay.recordings import Chosen
from pages.ui.run_data import RunRows
from pages.ui.tetris.board.board import looks, mount_boards
from pages.ui.tetris.replay.parts import PARTS
from trainer.errors import FormatError, SettingError
from trainer.numbers import count, exact
from trainer.run_files.replays import link_name
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.files.replays import Recording
from trainer.tasks.tetris.game.plain import PlainGame
from trainer.tasks.tetris.game.rules import ENGINE_VERSION
from trainer.tasks.tetris.metrics import HEADLINE

SHOWN_PIECES = 200  # a fifth of a second to play again, once
PIECES_PER_S = 8
DIGITS = bytes.maketrans(bytes(range(8)), b"01234567")
_frames = Cache(4)


def draw_best_game(run: RunDirectory, rows: RunRows) -> bool:
    """Draw it; returns whether there is one that can be played again."""
    chosen = best_recorded(PARTS, run, rows, HEADLINE)
    if chosen is None:
        return False
    try:
        frames = _frames.get((chosen.file.path, chosen.number), chosen.file, lambda: frames_of(chosen))
    except FormatError:
        return False
    mount_boards("board", _payload(chosen, frames), height="content")
    game = chosen.recording.games[chosen.number]
    part = f"; its first {exact(len(frames) - 1)} pieces" if len(frames) <= game.pieces else ""
    st.caption(f"Best recorded game: {count(game.lines, 'line')}{part}, over and over.")
    parameters = {"run": run.run_id, "evaluation": link_name(chosen.file), "game": str(chosen.number + 1)}
    st.page_link("pages/3_Replay.py", label="Open it in Replay", icon=":material/movie:", query_params=parameters)
    return True


def frames_of(chosen: Chosen[Recording]) -> list[dict[str, Any]]:
    """Its first moves, played again by NumPy alone: a page does not wait for compiled code.

    Raises:
        FormatError: this version's rules are others, or the recording does not fit them.
    """
    recording, moves = chosen.recording, chosen.recording.games[chosen.number].moves[:SHOWN_PIECES]
    if recording.engine != ENGINE_VERSION or recording.ceiling != recording.board_height:
        raise FormatError(f"It was recorded by the rules of version {recording.engine}; these are version {ENGINE_VERSION}.")
    try:
        game = PlainGame(recording.games[chosen.number].seed, height=recording.board_height, randomizer=recording.randomizer)
    except SettingError as error:
        raise FormatError(f"The recording does not fit the game: {error}") from None
    frames = [_frame(game, chosen.number + 1)]
    for move in moves:
        if not (count := len(game.placements())):
            break
        game.place(move % count)
        frames.append(_frame(game, chosen.number + 1))
    return frames


def _frame(game: PlainGame, number: int) -> dict[str, Any]:
    cells = game.colours.tobytes().translate(DIGITS).decode()
    over = not game.placements()
    return {"game": number, "lines": game.lines, "pieces": game.pieces, "piece": game.piece + 1, "cells": cells, "over": over}


def _payload(chosen: Chosen[Recording], frames: list[dict[str, Any]]) -> dict[str, Any]:
    return looks() | {
        "run": f"{chosen.key}:best",
        "batch": chosen.key,
        "moments": [[frame] for frame in frames],
        "names": [""],
        "heat": False,
        "steers": False,
        "live": True,
        "loop": True,
        "interval_s": len(frames) / PIECES_PER_S,
        "height": chosen.recording.board_height,
        "ceiling": None,
    }
