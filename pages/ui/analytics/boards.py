"""Runs of different boards are never compared: where the chosen runs play on several, one board is looked at at a time."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.analytics import address
from pages.ui.analytics.run_rows import RunRow
from pages.ui.text import plain
from trainer.analysis.groups import problem_of, problem_words
from trainer.numbers import count


def board_of(row: RunRow) -> tuple[Any, ...] | None:
    """What a run plays on; None if its `config.json` cannot be read."""
    return problem_of(row.probed.config) if row.probed.config else None


def boards_of(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    """The runs by what they play on, in words, the board with the most runs first; those that do not say it are in none."""
    boards: dict[str, list[RunRow]] = {}
    for row in rows:
        if (board := board_of(row)) is not None:
            boards.setdefault(plain(problem_words(board)), []).append(row)
    return dict(sorted(boards.items(), key=lambda item: -len(item[1])))


def draw_board_choice(rows: Sequence[RunRow]) -> list[RunRow]:
    """Draw the choice of a board, if there is one; returns the runs that play on it, or all."""
    boards = boards_of(rows)
    if len(boards) < 2:
        return list(rows)
    words = {name: f"{name} · {count(len(runs), 'run')}" for name, runs in boards.items()}
    st.caption(":material/grid_on: The chosen runs play on different boards, which are never compared. Shown is one board:")
    chosen = address.segment(
        "board", "Board", list(words), next(iter(words)), format_func=words.__getitem__, label_visibility="collapsed", wrap=True
    )
    return boards[chosen]
