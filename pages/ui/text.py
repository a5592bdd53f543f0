"""How the app writes times, names and what else is text, so that it looks the same everywhere; numbers: `trainer.numbers`."""

import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from trainer.numbers import MISSING, digits

JOINER = "\u2060"  # zero width: keeps two characters from being read as one Markdown token
ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # what is between keeps its own direction of writing, and the rest of the line its own
MAX_SHOWN_NAME = 60
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+.!|~<>$&^=@:/\"'-])")
_SPLIT_AFTER = re.compile(r"[:@](?=[\w/+-])|[-<>=~.](?=[-<>=~.])|www(?=\.)", re.IGNORECASE)


def plain(text: object, limit: int = MAX_SHOWN_NAME) -> str:
    """A text for places that show it as it is: one line, printable, cut to a limit.

    One that is written from right to left moves nothing of what stands beside it: `first isolate` and its end are around it, as
    the Unicode standard advises (UAX #9, 2.7); HTML's `<bdi>` does the same, but canvases, charts and Markdown have none.
    """
    whole = str(text)
    if not whole.isprintable():
        whole = "".join(character if character.isprintable() else " " for character in whole)
    line = shortened(" ".join(whole.split()), limit)
    return f"{ISOLATE}{line}{END_ISOLATE}" if _is_from_right_to_left(line) else line


def _is_from_right_to_left(line: str) -> bool:
    """Whether any of it is: Hebrew, Arabic, Syriac and so on, or digits of theirs."""
    return not line.isascii() and any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line)


def shortened(line: str, limit: int) -> str:
    """A line of at most so many characters: cut between two words, where there are any, and never after a comma or the like."""
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    between = max((place for place in range(limit // 2, limit) if line[place].isspace()), default=0)
    return (cut[:between] if between else cut).rstrip(" ,;:·–-") + "…"


def escaped(text: object, limit: int = MAX_SHOWN_NAME) -> str:
    """A text for places that render Markdown, so that it is shown as it is.

    A backslash disarms Markdown, LaTeX, colours and HTML. Streamlit also replaces `:smile:`, `->`, addresses and the like after
    the backslashes are gone; an invisible joiner in their middle stops that.
    """
    split = _SPLIT_AFTER.sub(lambda match: match[0] + JOINER, plain(text, limit))
    return _PUNCTUATION.sub(r"\\\1", split)


def moment(text: str) -> datetime | None:
    """The time in a text that `now_text` wrote, or None if it is damaged."""
    try:
        when = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def ago(text: str, now: datetime | None = None) -> str:
    """How long ago a time was: `just now`, `3 min ago`, `2 h ago`."""
    when = moment(text)
    if when is None:
        return MISSING
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    if seconds < 5:
        return "just now"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def clock(text: str, zone: ZoneInfo) -> str:
    """A time for a label, in the zone of the person who reads it: `24 Nov 15:04`."""
    when = moment(text)
    return MISSING if when is None else f"{when.astimezone(zone):%d %b %H:%M}"


def setting_text(value: object) -> str:
    """A setting's value as a person would write it, to its last digit: `0.99`, `64, 64`, `–`."""
    if value is None:
        return MISSING
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value)
    return digits(value)
