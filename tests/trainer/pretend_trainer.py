"""A process that looks like a trainer from outside: it holds the run's lock and writes statuses, but learns nothing.

`python tests/trainer/__main__.py start RUN '{"state": "paused", …}' [--deaf]`: from outside its command line is a trainer's.
`--deaf` ignores SIGTERM. It ends when its standard input is closed.
"""

import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

import orjson

from trainer.run_files.files import now_text
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.status import Status, write_status


def main() -> None:
    """Hold the lock, write one status, wait."""
    run, fields = RunDirectory(Path(sys.argv[2])), orjson.loads(sys.argv[3])
    if "--deaf" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    lock = hold_run_lock(run)
    lock.keep(lambda: None)
    if fields:
        fields["process"] = ProcessIdentity(**(asdict(ProcessIdentity.own()) | fields.get("process", {})))
        beat = {"heartbeat_at": now_text(), "heartbeat_monotonic_s": time.monotonic()}
        write_status(run, Status(**{"total_timesteps": 1_000, **beat, **fields}))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    lock.release()
