"""The limits: named in one place, and none below what Control Room itself writes."""

import re
from pathlib import Path

from trainer.run_files import limits

SOURCES = Path(limits.__file__).parents[1]


def test_limits_of_reading_are_named_in_one_place() -> None:
    named = re.compile(r"^(MAX_\w*(?:BYTES|ENTRIES|MOVES)) *=", re.MULTILINE)
    found = {(path.name, name) for path in SOURCES.rglob("*.py") for name in named.findall(path.read_text("utf-8"))}
    assert {path for path, _ in found} == {"limits.py"}
    assert {name for _, name in found} >= {"MAX_DOCUMENT_BYTES", "MAX_MODEL_BYTES", "MAX_BAD_BYTES"}


def test_the_largest_network_fits_with_its_optimiser() -> None:
    weights = 11 * 1024 + 3 * 1024 * 1024 + 1024 + 4 * 1024 + 1
    networks, optimiser, bytes_each = 3, 2, 4
    assert (networks + optimiser) * weights * bytes_each < limits.MAX_MODEL_BYTES
