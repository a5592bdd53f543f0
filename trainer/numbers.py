"""How numbers and lengths of time are written, in the app, in files and on the command line: one formatter a purpose.

| formatter | where | 1234.5678 |
|---|---|---|
| `digits` | settings, files, commands: no digit is lost | 1,234.5678 |
| `short`, and `rounded` as a number | results in texts and tables: tenths, or three digits where that is finer | 1,234.6 |
| `compact` | cards, charts and sentences: three or four digits and a unit | 1,235 |
| `exact` | counts | 1,235 |
"""

import math

MISSING = "–"
LARGEST_WITH_UNIT = 999.5e9  # above it a number is written with its power of ten
SMALLEST_DECIMAL = 1e-6  # below it too
EXACT_BELOW = 2**53  # whole numbers up to here are exact in a float
LONGEST_DURATION_S = 1e5 * 86_400
UNITS = ((1e4, 1.0, ""), (999_500.0, 1e3, "k"), (999.5e6, 1e6, "M"), (LARGEST_WITH_UNIT, 1e9, "B"))


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


def compact(value: float | None) -> str:
    """A number in three or four digits: `0.0123`, `87.5`, `9,876`, `12.3k`, `1.23M`, `1.00e300`."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    if size and (size >= LARGEST_WITH_UNIT or size < SMALLEST_DECIMAL):
        return _with_power_of_ten(value, 2)
    divisor, unit = next((divisor, unit) for limit, divisor, unit in UNITS if size < limit)
    return _three_digits(value / divisor, short_whole=not unit) + unit


def _three_digits(value: float, *, short_whole: bool) -> str:
    size = abs(value)
    if size >= 999.5 or (short_whole and value == int(value)):
        return f"{value or 0.0:,.0f}"  # no "-0"
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 2 - math.floor(math.log10(size))
    return f"{value:.{min(decimals, 8)}f}"


def _with_power_of_ten(value: float, decimals: int) -> str:
    mantissa, power = f"{value:.{decimals}e}".split("e")
    return f"{mantissa}e{int(power)}"


def exact(value: float | None) -> str:
    """A count in full: `81,920`; one that a float cannot hold exactly is written with its power of ten."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{round(value):,}" if abs(value) < EXACT_BELOW else _with_power_of_ten(value, 6)


def signed(value: float) -> str:
    """`+1,234`, `−12.3`, `0`."""
    return ("+" if value > 0 else "−" if value < 0 else "") + compact(abs(value))


def share(value: float) -> str:
    """A share as a rounded percentage: `93 %`; 0 % and 100 % only when it is none and all."""
    if not math.isfinite(value):
        return MISSING
    if 0 < value < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= value < 1 else f"{value * 100:.0f} %"


def percent(value: float) -> str:
    """How much is done, never more than is: `41 %`, `0.4 %`; 100 % only when it is all."""
    if not math.isfinite(value):
        return MISSING
    hundredths = value * 100 + 1e-9  # 0.29 is a little less than 29 hundredths
    if 0 < value < 0.001:
        return "< 0.1 %"
    return f"{math.floor(hundredths * 10) / 10:.1f} %" if 0 < hundredths < 10 and value else f"{math.floor(hundredths)} %"


def interval(ends: tuple[float | None, float | None] | None, *, in_full: bool = False) -> str:
    """The 95 % interval of a mean over episodes: `95 %: 61.2 to 88`; a single one has none, and equal ones no spread to make it of.

    Args:
        ends: the lowest and the highest value of it; None or NaN if there is none.
        in_full: for a text, which has room: `95 % interval 61.2 to 12,345.6`.
    """
    low, high = ends or (None, None)
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "one episode, so no interval" if in_full else "one episode: no interval"
    if low == high:
        return "all episodes alike, so no interval" if in_full else "all episodes alike"
    return f"95 % interval {short(low)} to {short(high)}" if in_full else f"95 %: {compact(low)} to {compact(high)}"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return MISSING
    if seconds >= LONGEST_DURATION_S:
        return f"{compact(seconds / 86_400)} d"
    if 0 < seconds < 10:
        return "< 0.1 s" if seconds < 0.05 else f"{seconds:.1f} s"
    total = round(seconds)
    for size, unit, smaller_size, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if total >= size:
            rest = total % size // smaller_size
            return f"{total // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{total} s"


def file_size(size: int) -> str:
    """Bytes in the unit that a person reads: `340 kB`, `2.5 MB`, `1.2 GB`."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size / 1_000:.0f} kB"


def count(number: int, what: str, several: str = "") -> str:
    """A number with its noun: `1 run`, `2 runs`, `1,000 copies`."""
    return f"{exact(number)} {what if number == 1 else several or what + 's'}"


def listed(words: list[str]) -> str:
    """Words as a person lists them: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
