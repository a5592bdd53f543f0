"""What libraries and environments warn of, as events of the run: each text once, and not more than a person reads."""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAX_SAID = 10
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FROM_GYMNASIUM = "WARN: "  # its logger begins all with it, in yellow
FOR_PEOPLE = (UserWarning, RuntimeWarning)  # others are for the authors of libraries


@contextmanager
def warnings_said(say: Callable[[str], None]) -> Iterator[None]:
    """Inside, what is warned of is said by a function instead of being printed.

    Args:
        say: gets one sentence.
    """
    said, process = set[str](), os.getpid()

    def show(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
        text = COLOURS.sub("", str(message))
        plain = " ".join(text.removeprefix(FROM_GYMNASIUM).split()).rstrip(".")
        if os.getpid() != process or not (issubclass(category, FOR_PEOPLE) or text.startswith(FROM_GYMNASIUM)):
            return
        where = f" ({Path(filename).name}, line {lineno})" if issubclass(category, RuntimeWarning) else ""
        if plain in said or len(said) > MAX_SAID:
            return
        said.add(plain)
        say(f"{plain}{where}" if len(said) <= MAX_SAID else f"There are more than {MAX_SAID} different warnings: no more is said")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
