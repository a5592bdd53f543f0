"""What the live page shows of a run that trains Tetris: lines, the board, and published players to compare with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import Chart
from pages.ui.charts import Other
from pages.ui.curves import last
from pages.ui.kpis import Kpi, evaluation_kpis, speed_kpi
from pages.ui.live_end import has_ended
from pages.ui.pictures.stream import draw_no_pictures, is_watched, picture_hint
from pages.ui.run_data import RunRows, run_data
from pages.ui.selection import config_of
from pages.ui.shell.shell import board_room
from pages.ui.tetris.best_game import draw_best_game
from pages.ui.tetris.board.board import show_board
from pages.ui.tetris.references import levels, references_for
from trainer.numbers import MISSING, compact, count
from trainer.probing import Probe
from trainer.run_files.opening import exists
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.game.pieces import MAX_HEIGHT, MIN_HEIGHT
from trainer.tasks.tetris.metrics import BEST_LINES, EPISODES, EPSILON, HEADLINE, LINES, LOSS, MEAN_Q

MEAN_OF = 100  # training games
USUAL_HEIGHT = 20  # rows


def facts(settings: Mapping[str, Any]) -> str:
    """What the heading says of a run beside its seed."""
    return f"board 10 × {settings.get('board_height', 20)}"


def kpis(rows: RunRows, probed: Probe) -> list[Kpi]:
    """The figures of a run; the first one is the headline."""
    games, evaluating = _finished_games(rows), probed.status.evaluating if probed.status is not None else None
    best = f" · best {compact(games.most)}"
    return [
        *evaluation_kpis(rows, HEADLINE, "lines", evaluating),
        Kpi(
            "Training · lines",
            compact(games.mean),
            f"{count(min(games.count, MEAN_OF), 'game')}{best}" if games.count else "no game finished yet",
            f"Mean of the last {MEAN_OF} training games, and the most lines in one so far; they explore, and long ones are truncated.",
        ),
        speed_kpi(rows),
        Kpi(
            "Exploration ε",
            _share(last(rows.metrics[EPSILON])),
            "random placements",
            "The share of training moves that are chosen at random.",
        ),
    ]


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{value * 100:.3g} %"


@dataclass(frozen=True, slots=True)
class _Games:
    """The finished training games: how many, the most lines in one, and the mean of the last hundred."""

    count: int
    most: float | None
    mean: float | None


def _finished_games(rows: RunRows) -> _Games:
    """As both logs know them. Games are logged one by one, metrics every so many steps: the charts show games before the first row."""
    lines, metrics = rows.episodes["lines"], rows.metrics
    lines = lines[np.isfinite(lines)]
    most, mean = last(metrics[BEST_LINES]), last(metrics[LINES])
    if len(lines):
        most = max(float(lines.max()), most or 0.0)
        mean = float(lines[-MEAN_OF:].mean()) if mean is None else mean
    return _Games(max(int(last(metrics[EPISODES]) or 0), len(lines)), most, mean)


def practice_ceiling(settings: Mapping[str, Any]) -> int | None:
    """The row above which this run's training games end; None if that is the board's own top."""
    ceiling, height = settings.get("practice_ceiling"), settings.get("board_height")
    return ceiling if isinstance(ceiling, int) and isinstance(height, int) and ceiling < height else None


def board_height(run: RunDirectory) -> int:
    """Rows of the board."""
    config = config_of(run)
    height = config.settings.get("board_height") if config else None
    return height if isinstance(height, int) and MIN_HEIGHT <= height <= MAX_HEIGHT else USUAL_HEIGHT


def picture_room(run: RunDirectory) -> str:
    """The key of what the board is drawn in; see `board_room`."""
    return board_room(board_height(run))


def draw_picture(probed: Probe, rows: RunRows, interval_s: float | None) -> None:
    """Draw the board that is watched; of a run that has ended its best recorded game, or the last board."""
    if has_ended(probed) and draw_best_game(probed.run, rows):
        return
    if has_ended(probed) and not exists(probed.run.pictures):
        draw_no_pictures(probed)
        return
    config = config_of(probed.run)
    new = show_board(
        probed.run,
        height=board_height(probed.run),
        ceiling=practice_ceiling(config.settings) if config else None,
        live=is_watched(probed),
        interval_s=interval_s,
    )
    st.caption(picture_hint(probed, new))


def make_charts(rows: RunRows, probed: Probe, *, log_y: bool, other: Other | None = None) -> tuple[Chart, ...]:
    """The charts; the second one is that of the evaluations."""
    data, run_id, config = run_data(probed.run), probed.run.run_id, config_of(probed.run)
    settings = config.settings if config is not None else {}
    ceiling = practice_ceiling(settings)
    players = references_for([settings])
    said = f"training games end above row {ceiling}" if ceiling is not None else ""
    return (
        charts.episodes_chart(
            data,
            rows,
            run_id=run_id,
            column="lines",
            title="Lines per game",
            unit="lines",
            what="game",
            log_y=log_y,
            said=said,
            other=other,
        ),
        charts.evaluation_chart(
            rows,
            HEADLINE,
            run_id=run_id,
            unit="lines per game",
            note="greedy games",
            log_y=log_y,
            hint="click to watch",
            other=other,
            levels=lambda highest: levels(players, highest, log_y=log_y),
        ),
    )


def picked_charts(rows: RunRows) -> tuple[str, ...]:  # noqa: ARG001 - see LiveParts
    """Loss and Q."""
    return LOSS, MEAN_Q
