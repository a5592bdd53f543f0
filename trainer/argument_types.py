"""What options of the command line may be: each function here is a `type` of argparse, and refuses with one sentence."""

import math
import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from .errors import RunDirectoryError
from .run_files.control import MAX_SPEED, MIN_SPEED
from .run_files.run_directory import expanded_path

FULL_SPEED = "full"
LARGEST = 2**53  # the last whole number that every reader of JSON tells from the next


def whole_number(minimum: int, maximum: int = LARGEST) -> Callable[[str], int]:
    """A whole number in a range, both ends included."""

    def convert(text: str) -> int:
        try:
            number = int(text[:40])
        except ValueError:
            number = minimum - 1
        if not minimum <= number <= maximum:
            limit = f"from {minimum:,} to {maximum:,}" if maximum != LARGEST else f"of at least {minimum:,}"
            raise ArgumentTypeError(f"must be a whole number {limit}; got {text[:40]!r}")
        return number

    return convert


def speed_limit(text: str) -> float:
    """The most environment steps per second; infinite for `full`."""
    try:
        limit = math.inf if text == FULL_SPEED else float(text[:40])
    except ValueError:
        limit = 0
    if not (MIN_SPEED <= limit <= MAX_SPEED or text == FULL_SPEED):
        raise ArgumentTypeError(
            f"must be from {MIN_SPEED} to {MAX_SPEED:,} environment steps per second, or {FULL_SPEED}; got {text[:40]!r}"
        )
    return limit


def path(text: str) -> Path:
    """A path, `~` expanded."""
    try:
        return expanded_path(text)
    except RunDirectoryError as error:
        raise ArgumentTypeError(str(error)) from None


def unicode_text(text: str) -> str:
    """A text that is going to be kept: it must be UTF-8, whatever the terminal's locale says."""
    try:
        return os.fsencode(text).decode()
    except UnicodeDecodeError:
        raise ArgumentTypeError(f"must be text in UTF-8; got {text[:40]!r}") from None
