"""Lies where a trainer's program lies, as its command line tells it: `tests.trainer.pretend_trainer`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[2])

from tests.trainer.pretend_trainer import main  # noqa: E402 - found by the line above

main()
