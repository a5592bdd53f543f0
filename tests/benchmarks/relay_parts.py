"""The processes of `relays`: nodes with an agent and simulated trainers, and a head with a relay. They talk over sockets, not over Ray.

    python -m tests.benchmarks.relay_parts node FOLDER
    python -m tests.benchmarks.relay_parts head RUNS_DIR NODE_FOLDER…

A node prints the address of its socket. The head prints a line of figures for each line it reads.
"""

import os
import resource
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import orjson
import psutil

from tests.pages.fake_runs import metrics_row
from trainer.engines.ray.agent import Agent
from trainer.engines.ray.relay import Relay
from trainer.engines.ray.wire import CallingLink, Link
from trainer.run_files.checkpoints import Checkpoint, save_checkpoint
from trainer.run_files.control import read_control
from trainer.run_files.files import now_ms
from trainer.run_files.jsonl import JsonlWriter
from trainer.run_files.opening import Stamp, stamp
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.status import Status, StatusFile

KEY = b"on this machine alone"
OBEY_INTERVAL_S = 0.03  # as long as a trainer takes to see a command
ROW_INTERVAL_S = 1.0  # between two rows, and two statuses, of a trainer
CHECKPOINT_ROWS = 120
WEIGHTS = os.urandom(300_000)


class Trainers:
    """All simulated trainers of a node, in one thread: a row and a status a second each, commands obeyed at once."""

    def __init__(self) -> None:
        self._runs: list[tuple[RunDirectory, JsonlWriter, StatusFile, list[Any]]] = []
        threading.Thread(target=self._work, daemon=True).start()

    def begin(self, run: RunDirectory, _control_seq: int) -> None:
        """One more; its lock is held as long as this process lives."""
        lock = hold_run_lock(run)
        self._runs.append((run, JsonlWriter(run.metrics), StatusFile(run), [0, time.monotonic(), None, lock]))

    def _work(self) -> None:
        own = ProcessIdentity.own()
        while True:
            for run, metrics, status, about in list(self._runs):
                seen: Stamp | None = stamp(run.control)
                is_due = time.monotonic() >= about[1]
                if is_due:
                    about[0] += 1
                    about[1] += ROW_INTERVAL_S
                    metrics.append(replace(metrics_row(about[0]), at=now_ms()))
                    if about[0] % CHECKPOINT_ROWS == 0:
                        save_checkpoint(run, Checkpoint(about[0], {"model.zip": WEIGHTS}, {run.metrics.name: metrics.sync()}))
                if is_due or seen != about[2]:
                    about[2] = seen
                    status.write(Status("running", own, 10**9, applied_seq=read_control(run).seq, num_timesteps=about[0]))
            time.sleep(OBEY_INTERVAL_S)


def serve_node(folder: Path) -> None:
    """Answer calls of the agent's methods until standard input ends."""
    agent = Agent(folder, lease_s=3600, start=Trainers().begin)
    listener = Listener(str(folder / "socket"), "AF_UNIX", authkey=KEY)

    def answer(connection: Connection) -> None:
        with suppress(EOFError, OSError):  # the head has ended
            while True:
                method, arguments = connection.recv()
                connection.send(getattr(agent, method)(*arguments))

    def accept() -> None:
        while True:
            threading.Thread(target=answer, args=(listener.accept(),), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    _say(str(folder / "socket"))
    sys.stdin.read()


class SocketLink(CallingLink):
    """Calls the agent of a node; each thread over a connection of its own."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "socket")
        self._local = threading.local()

    def _call(self, method: str, *arguments: Any) -> Any:
        if not hasattr(self._local, "connection"):
            self._local.connection = Client(self._address, "AF_UNIX", authkey=KEY)
        self._local.connection.send((method, arguments))
        return self._local.connection.recv()


class SocketCluster:
    """Nodes that take as many runs as come, in turns."""

    def __init__(self, folders: list[Path]) -> None:
        self._links = {folder.name: SocketLink(folder) for folder in folders}
        self._places: dict[str, str] = {}

    def room(self) -> int:
        """Always."""
        return 1

    def reserve(self, run_id: str) -> str | None:
        """The next node."""
        return self._places.setdefault(run_id, sorted(self._links)[len(self._places) % len(self._links)])

    def release(self, run_id: str) -> None:
        """Nothing is held."""

    def exclude(self, node: str) -> None:
        """None is."""

    def link(self, node: str) -> Link:
        """Its socket."""
        return self._links[node]

    def is_alive(self, node: str) -> bool:
        """None is ever lost."""
        return node in self._links

    def name(self, node: str) -> str:
        """The name of its folder."""
        return node


def serve_head(runs_dir: Path, folders: list[Path]) -> None:
    """Place every run of a folder; print what that takes, whenever a line comes."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    process = psutil.Process()
    base = process.memory_info().rss
    relay = Relay(SocketCluster(folders), "ray", say=lambda _: None)
    for run in list_runs(runs_dir):
        relay.add(run, read_control(run).seq)
    for _ in sys.stdin:
        times, written = process.cpu_times(), process.io_counters()
        figures = {
            "at": time.monotonic(), "cpu_s": times.user + times.system, "rss": process.memory_info().rss - base, "files": process.num_fds(),
            "threads": process.num_threads(), "writes": written.write_count, "bytes": written.write_chars, "waiting": relay.waiting,
        }  # fmt: skip
        _say(orjson.dumps(figures).decode())
    relay.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kind, *paths = sys.argv[1:]
    if kind == "node":
        serve_node(Path(paths[0]))
    else:
        serve_head(Path(paths[0]), [Path(path) for path in paths[1:]])
