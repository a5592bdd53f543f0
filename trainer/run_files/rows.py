"""Named numbers: what a row of a log may hold besides the core fields of its format.

A name is that of stable-baselines3 (`rollout/ep_rew_mean`, `train/loss`), of a task (`lines`) or of
whoever logged it. Its value is a number, true or false, null, or a list of numbers: one an episode
of an evaluation. Names come from strangers too: a reader takes up to `MAX_COLUMNS` of a log, each
plain text of up to `MAX_NAME_CHARACTERS`; it counts the values that it leaves out, and says so.
"""

from dataclasses import fields
from typing import Any

MAX_COLUMNS = 500
"""Of one log, besides those of its core fields."""
MAX_NAME_CHARACTERS = 100
NAMED = "named"
"""The field of a row type that holds the named values; it is not written under this name."""


def is_name(text: str) -> bool:
    """Whether a reader takes a value of this name: it is short, and every character can be seen."""
    return 0 < len(text) <= MAX_NAME_CHARACTERS and text.isprintable()


def flat(row: Any) -> Any:
    """A row as it is written: its core fields, then its named values, none of which replaces a core field.

    Args:
        row: a dataclass with a field `named`; any other row is returned as it is.
    """
    named = getattr(row, NAMED, None)
    if named is None:
        return row
    core = {one.name: getattr(row, one.name) for one in fields(row) if one.name != NAMED}
    return core | {name: value for name, value in named.items() if name not in core}
