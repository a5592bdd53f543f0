"""Runs of different boards are never compared: where the chosen runs play on several, one board is looked at at a time."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.lines import Line
from pages.ui.text import plain
from trainer.analysis.groups import problem_of, problem_words
from trainer.numbers import count


def board_of(line: Line) -> tuple[Any, ...] | None:
    """What a run plays on; None if its `config.json` cannot be read."""
    return problem_of(line.probed.config) if line.probed.config else None


def boards_of(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """The runs by what they play on, in words, the board with the most runs first; those that do not say it are in none."""
    boards: dict[str, list[Line]] = {}
    for line in lines:
        if (board := board_of(line)) is not None:
            boards.setdefault(plain(problem_words(board)), []).append(line)
    return dict(sorted(boards.items(), key=lambda item: -len(item[1])))


def draw_board_choice(lines: Sequence[Line]) -> list[Line]:
    """Draw the choice of a board, if there is one; returns the runs that play on it, or all."""
    boards = boards_of(lines)
    if len(boards) < 2:
        return list(lines)
    words = {name: f"{name} · {count(len(runs), 'run')}" for name, runs in boards.items()}
    st.caption(":material/grid_on: The chosen runs play on different boards, which are never compared. Shown is one board:")
    chosen = address.segment(
        "board", "Board", list(words), next(iter(words)), format_func=words.__getitem__, label_visibility="collapsed", wrap=True
    )
    return boards[chosen]
