"""Published players to measure a run by: their stored figures, as lines in the charts of lines.

The figures are measured on this project's own game: `python -m tests.benchmarks.players --write` makes the file anew.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pages.ui.chart.trace import Level
from trainer.numbers import compact

FIGURES = Path(__file__).with_name("references.json")
NAMES = {"random": "random", "dellacherie": "Dellacherie", "bcts": "BCTS", "dt10": "DT-10", "dt20": "DT-20"}
CLOSE = 1.25  # times as good: on one line
FLOOR = 0.02  # a player far below the agent would lie on the axis
HEADROOM = 1.15  # on a linear axis a player shows up when the agent comes near it: one far above would press the curve flat


@dataclass(frozen=True, slots=True)
class Reference:
    """How a published player did: mean lines of games of set B, with the 95 % interval of the mean."""

    player: str
    board_height: int
    randomizer: str
    episodes: int
    seed: int
    max_pieces: int
    """Games were truncated after this many pieces; 0: never."""
    truncated_episodes: int
    mean_lines: float
    ci95: tuple[float, float]


@functools.cache
def stored() -> tuple[Reference, ...]:
    """Every stored figure."""
    rows = orjson.loads(FIGURES.read_bytes())["players"]
    return tuple(Reference(**row | {"ci95": tuple(row["ci95"])}) for row in rows)


def references_for(settings: Sequence[Mapping[str, Any]]) -> tuple[Reference, ...]:
    """The players on the board that all of these runs play on, weakest first; none for a board that was not measured."""
    boards = {(one.get("board_height"), one.get("randomizer")) for one in settings}
    found = (reference for reference in stored() if boards == {(reference.board_height, reference.randomizer)})
    return tuple(sorted(found, key=lambda reference: reference.mean_lines))


def levels(references: Sequence[Reference], highest: float, *, log_y: bool) -> list[Level]:
    """The players that fit into a chart with that highest value."""
    return [Level(group[0].mean_lines, label(group)) for group in neighbours(within_view(references, highest, log_y=log_y))]


def within_view(references: Sequence[Reference], highest: float, *, log_y: bool) -> list[Reference]:
    """Those that a chart has room for, whose own highest value is given: on a logarithmic axis all that can be drawn there."""
    lowest, highest = (1.0, math.inf) if log_y else (highest * FLOOR, highest * HEADROOM)
    return [one for one in references if lowest <= one.mean_lines <= highest]


def neighbours(references: Sequence[Reference]) -> list[list[Reference]]:
    """Players so close together, weakest first, that they share a line and its label."""
    groups: list[list[Reference]] = []
    for one in references:
        if groups and one.mean_lines <= groups[-1][0].mean_lines * CLOSE:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def label(group: Sequence[Reference]) -> str:
    """`BCTS, DT-10 4.04k–4.84k`; with `≥` when games were truncated, for then the players are better than that."""
    weakest, strongest = compact(group[0].mean_lines), compact(group[-1].mean_lines)
    names = ", ".join(NAMES[one.player] for one in group)
    if any(one.truncated_episodes for one in group):
        return f"{names} ≥ {weakest}"
    return f"{names} {weakest}" if weakest == strongest else f"{names} {weakest}–{strongest}"
