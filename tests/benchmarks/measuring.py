"""What the benchmarks share: repeated measurements, one table, one JSON document."""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity."""

    what: str
    unit: str
    values: Sequence[float]
    """One a repetition."""

    @property
    def median(self) -> float:
        """Half of the repetitions gave less."""
        return statistics.median(self.values)


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


Work = Callable[[], int]
"""Does some work; returns how much it did."""


def rate(what: str, unit: str, work: Work, repeats: int) -> Figure:
    """How much work is done in a second."""
    return rates({what: work}, unit, repeats)[0]


def rates(works: Mapping[str, Work], unit: str, repeats: int) -> list[Figure]:
    """How much of each work is done in a second, in turns, so that a busy machine slows all of them down alike.

    One round before the first is not counted: it warms up.
    """
    values: dict[str, list[float]] = {what: [] for what in works}
    for work in works.values():
        work()
    for _ in range(repeats):
        for what, work in works.items():
            started = time.perf_counter()
            done = work()
            values[what].append(done / (time.perf_counter() - started))
    return [Figure(what, unit, values[what]) for what in works]


def arguments_parser(description: str) -> argparse.ArgumentParser:
    """The argument that every benchmark takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write the figures to this file")
    return parser


def own_and_train_options(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """A benchmark's own arguments, and what stands behind `--`: options of `trainer train`."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def add_repeats(parser: argparse.ArgumentParser) -> None:
    """The argument of the benchmarks that repeat the same work."""
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="repetitions of each measurement (default: %(default)s)")


def report(title: str, figures: Sequence[Figure], json: Path | None) -> None:
    """Print the figures as a table; write them to a file if one is named."""
    print(f"{title} ({processor()}; Python {platform.python_version()})")
    widest = max(len(figure.what) for figure in figures)
    print(f"  {'':<{widest}} {'median':>13} {'least':>13} {'most':>13}")
    for figure in figures:
        numbers = " ".join(f"{number:>13,.{_decimals(figure)}f}" for number in (figure.median, min(figure.values), max(figure.values)))
        print(f"  {figure.what:<{widest}} {numbers} {figure.unit}")
    if json is not None:
        json.write_bytes(orjson.dumps(_document(title, figures), option=orjson.OPT_INDENT_2))


def processor() -> str:
    """The processor's name, where the system tells it, and the number of cores."""
    name = platform.processor() or platform.machine()
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        lines = listing.read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores"


def _decimals(figure: Figure) -> int:
    return 0 if figure.median >= 1_000 else 1 if figure.median >= 1 else 2


def _document(title: str, figures: Sequence[Figure]) -> dict[str, object]:
    return {
        "version": 1,
        "title": title,
        "processor": processor(),
        "python": platform.python_version(),
        "figures": [
            {
                "what": figure.what,
                "unit": figure.unit,
                "median": figure.median,
                "least": min(figure.values),
                "most": max(figure.values),
                "repetitions": len(figure.values),
            }
            for figure in figures
        ],
    }
