"""Wait until a trainer has applied a command. Its `status.json` alone tells, so a look costs next to nothing."""

import contextlib
import time

from .errors import FormatError
from .run_files.run_directory import RunDirectory
from .run_files.status import Status, read_status

LOOK_INTERVAL_S = 0.01  # a trainer answers within a few hundredths of a second


def wait_until_applied(run: RunDirectory, seq: int, *, patience_s: float) -> Status | None:
    """The status in which the trainer acknowledges a command; None if there is none in time.

    Args:
        run: the run.
        seq: the number of the command in `control.json`.
        patience_s: how long to wait, in seconds; a trainer that has died never answers.
    """
    deadline = time.monotonic() + patience_s
    while True:
        with contextlib.suppress(FormatError):  # the next one may be whole
            status = read_status(run)
            if status is not None and status.applied_seq >= seq:
                return status
        if time.monotonic() >= deadline:
            return None
        time.sleep(LOOK_INTERVAL_S)
