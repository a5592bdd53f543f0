"""The network's value over a recorded game: where it was sure, and where it was not."""

import numpy as np

from pages.ui.curves import thinned
from pages.ui.replay.player import Curve
from pages.ui.tetris.replay.timeline import Timeline

MAX_PIECES = 200_000  # a second of computing
MAX_POINTS = 800


def values_curve(timeline: Timeline) -> Curve | None:
    """The value of every chosen placement, of a long game of some of them; None if there are none."""
    if timeline.network is None or timeline.last <= 1:
        return None
    pieces, values = timeline.some_values(MAX_PIECES)
    which = "each placement" if len(pieces) == timeline.last else f"{100 * len(pieces) / timeline.last:.0f} % of the placements"
    curve = thinned(pieces.astype(np.float64), values, MAX_POINTS)
    return Curve(f"Value of {which}: 0 lost, 1 safe", curve.x, curve.y)
