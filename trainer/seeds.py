"""Several seeds at once, as a person writes them: `1-5`, `1,4,9`; and what runs of one setting with different seeds are called."""

import re
from collections import Counter
from collections.abc import Sequence

from .config import RunSettings
from .errors import SettingError, shown

MOST = 100  # runs that one word may ask for
_SETTING = next(one for one in RunSettings.described() if one.name == "seed")
ALLOWED = f"{_SETTING.allowed}, or up to {MOST} of them: 1-5, or 1,4,9"
_PART = re.compile(r"\s*(\d{1,10})\s*(?:[-\u2013]\s*(\d{1,10})\s*)?", re.ASCII)  # an en dash, too, as text programs write it


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds in the order in which they are written.

    Raises:
        SettingError: it is something else, a range that is upside down, one seed twice, or too many.
    """
    found: list[int] = []
    for part in text.split(","):
        first, last = _ends(part, text)
        if last - first >= MOST or len(found) + last - first >= MOST:
            raise SettingError(f"seed must be {ALLOWED}; {shown(text)} is more than {MOST}.")
        found += range(first, last + 1)
    twice = [seed for seed, times in Counter(found).items() if times > 1]
    if twice:
        raise SettingError(f"seed must name each seed once; {shown(text)} names {twice[0]} more than once.")
    return tuple(found)


def _ends(part: str, text: str) -> tuple[int, int]:
    match = _PART.fullmatch(part)
    ends = [end for end in match.groups() if end] if match is not None else []
    padded = any(len(end) > 1 and end.startswith("0") for end in ends)  # `1,000`: one number or two
    if not ends or padded or max(map(int, ends)) > _SETTING.maximum:
        raise SettingError(f"seed must be {ALLOWED}; got {shown(text)}.")
    first, last = int(ends[0]), int(ends[-1])
    if first > last:
        raise SettingError(f"seed must be a range that grows, {last}-{first}; got {shown(text)}.")
    return first, last


def name_with_seed(name: str, seed: int, seeds: Sequence[int]) -> str:
    """What one of several runs is called: `First try, seed 3`, without a name `Seed 3`; one alone keeps its name."""
    if len(seeds) == 1:
        return name
    return f"{name}, seed {seed}" if name else f"Seed {seed}"


def name_without_seed(name: str, seed: int | None) -> str:
    """What such runs are called together."""
    return name.removesuffix(f", seed {seed}")
