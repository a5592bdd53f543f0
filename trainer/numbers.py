"""How numbers are written where none of their digits, or none that tells something, may be lost: in files, texts and commands."""

import math


def digits(value: float) -> str:
    """A number to its last digit: `2,147,483,647`, `0.04`, `1e-300`; read back it is the same number."""
    return f"{value:,}".removesuffix(".0")


def rounded(value: float) -> float:
    """A number with as many digits as tell something: to tenths, or to three digits where that is finer."""
    if not value or not math.isfinite(value):
        return value
    return round(value, max(1, 2 - math.floor(math.log10(abs(value)))))


def short(value: float) -> str:
    """The same in words: `1,234.6`, `87.5`, `0.04`."""
    return digits(rounded(value))


def interval_words(ends: tuple[float, float] | None) -> str:
    """The 95 % interval of a mean over games in words; one game, or equal ones, have no spread to make it of."""
    if ends is None:
        return "one game, so no interval"
    low, high = ends
    return "all games alike, so no interval" if low == high else f"95 % interval {short(low)} to {short(high)}"
