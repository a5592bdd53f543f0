"""The network's value over a recorded game: where it was sure, and where it was not."""

import numpy as np

from pages.ui.curves import thinned
from pages.ui.replay.player import Curve
from pages.ui.tetris.replay.timeline import Timeline

MAX_PIECES = 200_000  # a second of computing
MAX_POINTS = 800


def values_curve(timeline: Timeline) -> Curve | None:
    """The value of every chosen placement; None if there are none, or too many to be computed in no time."""
    if timeline.network is None or not 1 < timeline.last <= MAX_PIECES:
        return None
    curve = thinned(np.arange(timeline.last, dtype=np.float64), timeline.values, MAX_POINTS)
    return Curve("Value of each placement: 0 lost, 1 safe", curve.x, curve.y)
