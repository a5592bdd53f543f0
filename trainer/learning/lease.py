"""A lease: who has started a trainer on a machine of its own renews a file, and training ends in good order once that stops.

Without it a trainer whose machine has lost the connection would learn on for nobody, for days.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..run_files.opening import stamp

LOOKS_A_LEASE = 10  # while it lasts: so it ends at most a tenth of it late


@dataclass(frozen=True, slots=True)
class Lease:
    """Which file is renewed, and how long training goes on without that."""

    file: Path
    seconds: float


class LeaseWatcher:
    """Looks from a thread of its own whether a lease is still renewed: by changes of the file, seen by the monotonic clock.

    What the file's times say does not matter, so no clock that somebody sets ends a lease.

    Args:
        lease: it.
        ran_out: called once, on the thread, with one sentence.
        clock: seconds that only grow.
    """

    def __init__(self, lease: Lease, ran_out: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._lease, self._ran_out, self._clock = lease, ran_out, clock
        self._seen, self._renewed_at = stamp(lease.file), clock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no longer."""
        self._ended.set()
        self._thread.join()

    def look(self) -> bool:
        """Look once. Returns whether the lease has run out."""
        seen, now = stamp(self._lease.file), self._clock()
        if seen is not None and seen != self._seen:
            self._seen, self._renewed_at = seen, now
        return now - self._renewed_at > self._lease.seconds

    def _watch(self) -> None:
        while not self._ended.wait(self._lease.seconds / LOOKS_A_LEASE):
            if self.look():
                self._ran_out(
                    f"Nobody has asked for this run's files for {self._lease.seconds:g} s: the machine that placed it here is gone. "
                    "Training stops; it goes on from its last checkpoint when it is placed again."
                )
                return
