"""Kills the process of a queue again and again; its trainers are copies of it, so that a kill costs milliseconds.

`python -m tests.faults.queue_driver RUNS_DIR KILLS SEED`: makes a run for every kill, lets them wait, kills at random moments, lets a last
process empty the queue, and prints how often each run was trained.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.trainer.simulated import new_runs
from trainer import queue_process
from trainer.errors import RunIsActiveError, RunNotQueuedError
from trainer.probing import probe
from trainer.queue_process import QueueProcess
from trainer.run_files.control import read_control
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.queue import QueueEntry, add_to_queue, move_in_queue, read_queue
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import hold_run_lock, is_run_locked
from trainer.run_files.status import Status, read_status, write_status

CORES = 2
LONGEST_TRAINING_S, LONGEST_LIFE_S = 0.03, 0.06
PATIENCE_S = 60.0
TRAINED = "trained"  # a file of the run: a line each time that somebody has trained it


class CopyingEngine:
    """Trainers are copies of this process, which leave it."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir

    def room(self) -> int:
        """Cores less runs that are being trained."""
        return CORES - sum(map(is_run_locked, list_runs(self._runs_dir)))

    def start(self, run: RunDirectory) -> None:
        """Make a copy, and not wait for it."""
        if os.fork() == 0:
            os.setsid()
            train(run)
            os._exit(0)

    def busy(self) -> bool:
        """Nobody is waited for."""
        return False

    def close(self) -> None:
        """Nothing is held."""


def train(run: RunDirectory) -> None:
    """What a trainer does, in short: one of them at a time, from where the last one has ended."""
    try:
        lock = hold_run_lock(run)
    except RunIsActiveError:
        return
    before, seq = read_status(run), read_control(run).seq
    if before is None or before.state != "finished":
        write_status(run, Status("running", ProcessIdentity.own(), 1_000, applied_seq=seq))
        time.sleep(random.uniform(0, LONGEST_TRAINING_S))
        with (run.path / TRAINED).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        write_status(run, Status("finished", ProcessIdentity.own(), 1_000, applied_seq=seq))
    lock.release()


def begin(runs_dir: Path) -> int:
    """The process of the queue; returns its pid."""
    pid = os.fork()
    if pid == 0:
        queue_process.LINGER_S = 0.0
        with suppress(RunIsActiveError):
            QueueProcess(runs_dir, "", CopyingEngine(runs_dir), say=lambda _: None).until_done(threading.Event())
        os._exit(0)
    return pid


def main() -> None:
    """See the module."""
    runs_dir, kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(int(sys.argv[3]))
    add_to_queue(runs_dir, [QueueEntry(run.run_id, after_seq=1) for run in new_runs(runs_dir, 2 * kills)])
    left_at_kills = []
    for _ in range(kills):
        pid = begin(runs_dir)
        time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        if waiting := read_queue(runs_dir):
            with suppress(RunNotQueuedError):
                move_in_queue(runs_dir, chance.choice(waiting).run, "first")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        left_at_kills.append(len(waiting))
    os.waitpid(begin(runs_dir), 0)
    deadline = time.monotonic() + PATIENCE_S
    while any(probe(run).active for run in list_runs(runs_dir)) and time.monotonic() < deadline:
        time.sleep(0.01)
    runs = list_runs(runs_dir)
    found = {
        "trained": [len(log.read_text().splitlines()) for log in (run.path / TRAINED for run in runs) if log.exists()],
        "states": sorted({probe(run).state for run in runs}),
        "left": left_at_kills,
        "waiting": len(read_queue(runs_dir)),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
