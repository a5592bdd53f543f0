"""What only runs of Tetris have on the analytics page; see `pages.ui.analytics.task_parts`."""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.ui.analytics.task_parts import Section
from pages.ui.chart.trace import Level
from pages.ui.tetris.behaviour import draw_behaviour
from pages.ui.tetris.references import levels, references_for
from trainer.tasks.metric import Metric
from trainer.tasks.tetris.metrics import HEADLINE

SECTIONS = {"behaviour": Section(":material/smart_toy: Behaviour", draw_behaviour)}


def levels_of(metric: Metric, settings: Sequence[Mapping[str, Any]], highest: float, *, log_y: bool) -> list[Level]:
    """Published players, where their figures mean the same: mean lines of greedy games, not of training under a low ceiling."""
    return levels(references_for(settings), highest, log_y=log_y) if metric.column == HEADLINE.column and settings else []
