"""How the app writes numbers, durations, times and names: one formatter each, so that a value looks the same everywhere."""

import math
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MISSING = "–"
JOINER = "\u2060"  # zero width: keeps two characters from being read as one Markdown token
MAX_SHOWN_NAME = 60
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+.!|~<>$&^=@:/\"'-])")
_SPLIT_AFTER = re.compile(r"[:@](?=[\w/+-])|[-<>=~.](?=[-<>=~.])|www(?=\.)", re.IGNORECASE)


def plain(text: object, limit: int = MAX_SHOWN_NAME) -> str:
    """A text for places that show it as it is: one line, printable, cut to a limit."""
    whole = str(text)
    if not whole.isprintable():
        whole = "".join(character if character.isprintable() else " " for character in whole)
    return shortened(" ".join(whole.split()), limit)


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


def compact(value: float | None) -> str:
    """A number in three or four digits: `0.0123`, `87.5`, `9,876`, `12.3k`, `1.23M`."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    for limit, divisor, unit in ((1e4, 1.0, ""), (999_500.0, 1e3, "k"), (999.5e6, 1e6, "M"), (math.inf, 1e9, "B")):
        if size < limit:
            return _digits(value / divisor, short_whole=not unit) + unit
    return MISSING


def _digits(value: float, *, short_whole: bool) -> str:
    size = abs(value)
    if size >= 999.5 or (short_whole and value == int(value)):
        return f"{value:,.0f}"
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 2 - math.floor(math.log10(size))
    return f"{value:.{min(decimals, 8)}f}"


def exact(value: float | None) -> str:
    """A count in full: `81,920`."""
    return MISSING if value is None or not math.isfinite(value) else f"{value:,.0f}"


def digits(value: float) -> str:
    """A number to its last digit: `2,147,483,647`, `0.04`, `1e-300`; read back it is the same number."""
    return f"{value:,}".removesuffix(".0")


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval: `95 % 61.2 to 88`."""
    return f"95 %: {compact(low)} to {compact(high)}"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return MISSING
    if 0 < seconds < 10:
        return f"{seconds:.1f} s"
    total = round(seconds)
    for size, unit, smaller_size, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if total >= size:
            rest = total % size // smaller_size
            return f"{total // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{total} s"


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


def percent(share: float) -> str:
    """A share as a percentage without false precision: `41 %`, `0.4 %`; 100 % only when it is all."""
    value = share * 100
    if 0 < value < 10:
        return f"{value:.1f} %"
    return f"{math.floor(value)} %"


def file_size(size: int) -> str:
    """Bytes in the unit that a person reads: `340 kB`, `2.5 MB`."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1_000:.0f} kB"
