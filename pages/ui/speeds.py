"""How fast a run that is watched may be, as a person chooses it: environment steps per second, called as its task calls them."""

import bisect
import math
from collections.abc import Mapping
from typing import Any

from trainer.numbers import digits
from trainer.tasks.about import About

FULL_SPEED = math.inf  # a widget's own None is no choice
STOPS = tuple(base * ten for ten in (1, 10, 100, 1_000) for base in (1, 2, 5))


def speed_words(about: About, speed: float | None) -> str:
    """A speed in words: `20 pieces/s`, `full speed`."""
    if speed is None or speed == FULL_SPEED:
        return "full speed"
    return f"{digits(speed)} {about.step}{'' if speed == 1 else 's'}/s"


def speed_stops(n_envs: int, shown: float | None = None) -> list[float]:
    """The speeds that are offered, the slowest first.

    Args:
        n_envs: environments that step together: at the slowest the picture still moves every second or two.
        shown: the one that is set, which may be none of them.
    """
    first = bisect.bisect_right(STOPS, n_envs) - 1
    stops = {*STOPS[max(0, first) :], FULL_SPEED, choice_of(shown)}
    return sorted(stops)


def choice_of(speed: float | None) -> float:
    """What a widget has for a speed of `control.json`."""
    return FULL_SPEED if speed is None else speed


def limit_of(choice: float) -> float | None:
    """What `control.json` has for the choice of a widget."""
    return None if choice == FULL_SPEED else choice


def envs_of(settings: Mapping[str, Any]) -> int:
    """How many environments of a run step together; 1 if its settings do not say."""
    n_envs = settings.get("n_envs")
    return n_envs if isinstance(n_envs, int) and n_envs > 0 else 1


def speed_help(about: About, n_envs: int) -> str:
    """What a limit does."""
    help_text = f"The most {about.step}s per second while the {about.picture} is shown. Without it a run always trains at full speed."
    if n_envs > 1:
        help_text += f" {n_envs:,} environments step together: the {about.picture} moves once every {n_envs:,} {about.step}s."
    return help_text
