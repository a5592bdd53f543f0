"""Nodes without Ray: real agents in this process, and trainers that are threads, whose rows are a function of the step alone."""

import threading
from contextlib import suppress
from pathlib import Path

import orjson

from trainer.engines.ray.agent import Agent
from trainer.engines.ray.relay import Relay
from trainer.engines.ray.wire import Ask, Link, News, NodeLostError, UnfitNodeError
from trainer.errors import ControlFileError
from trainer.run_files.checkpoints import Checkpoint, cut_logs, latest_checkpoint, save_checkpoint
from trainer.run_files.control import read_control
from trainer.run_files.files import now_text, replace_folder
from trainer.run_files.jsonl import JsonlWriter
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.status import State, Status, StatusFile

TICK_S = 0.002
CHECKPOINT_STEPS = 20
STRANGER = ProcessIdentity(pid=2**22 + 1, started_at=1.0, host="far-away", boot_id="another", start_ticks=1)


def row(step: int) -> bytes:
    """What a simulated trainer writes at a step."""
    return orjson.dumps({"step": step, "loss": step * 0.5}) + b"\n"


def rows(steps: int) -> bytes:
    """All that it has written by then."""
    return b"".join(row(step) for step in range(1, steps + 1))


class SimulatedTrainer(threading.Thread):
    """Holds the lock, writes rows and checkpoints, obeys; ends at its last step, when told to stop, or when it is killed."""

    def __init__(self, run: RunDirectory, control_seq: int, total: int) -> None:
        super().__init__(daemon=True)
        self.run_directory, self._seq, self._total = run, control_seq, total
        self.killed, self.terminated = threading.Event(), threading.Event()
        self.step = 0
        self.start()

    def run(self) -> None:
        """Train."""
        with suppress(ControlFileError, OSError):  # it was deleted in this moment
            self._train()

    def _train(self) -> None:
        run = self.run_directory
        lock = hold_run_lock(run)
        checkpoint, _ = latest_checkpoint(run)
        cut_logs(run, checkpoint)
        self.step = checkpoint.step if checkpoint is not None else 0
        status, state = StatusFile(run), "finished"
        with JsonlWriter(run.metrics) as metrics:
            while self.step < self._total:
                if self.killed.wait(TICK_S) or not run.control.exists():  # it was deleted
                    lock.release()
                    return
                control = read_control(run)
                fresh = control.seq > self._seq
                paused = fresh and control.run == "paused"
                if self.terminated.is_set() or (fresh and control.run == "stopped"):
                    state = "stopped"
                    break
                if not paused:
                    self.step += 1
                    metrics.append(orjson.loads(row(self.step)))
                    if self.step % CHECKPOINT_STEPS == 0:
                        self._save(metrics)
                self._say(status, "paused" if paused else "running", control.seq)
            self._save(metrics)
        self._say(status, state, read_control(run).seq)
        status.close()
        lock.release()
        token = run.path.with_name(f"{run.run_id}.begun").read_text()
        run.path.with_name(f"{run.run_id}.exit-{token}").write_text("0")

    def _save(self, metrics: JsonlWriter) -> None:
        run = self.run_directory
        save_checkpoint(run, Checkpoint(self.step, {"weights": b"w%d" % self.step}, {run.metrics.name: metrics.sync()}))
        replace_folder(run.best, {"model.zip": b"m%d" % self.step, "metadata.json": b"{}"})

    def _say(self, status: StatusFile, state: str, seq: int) -> None:
        known: State = state  # type: ignore[assignment]  # one of them
        about = Status(known, STRANGER, self._total, applied_seq=seq, num_timesteps=self.step, heartbeat_at=now_text())
        status.write(about)


class SimulatedCluster:
    """Some nodes with so many CPUs each; a node that is lost answers no more, while its trainers go on.

    Args:
        folder: the nodes' folders are made in it.
        nodes: their names.
        cpus: of each.
        total: steps of each run.
    """

    def __init__(self, folder: Path, nodes: tuple[str, ...] = ("a", "b"), *, cpus: int = 2, total: int = 100) -> None:
        self.folder, self.cpus, self.total = folder, cpus, total
        self.trainers: dict[tuple[str, str], SimulatedTrainer] = {}
        self.agents = dict[str, Agent]()
        self.lost, self.silent, self.unfit, self.excluded = set[str](), set[str](), set[str](), set[str]()
        self.places = dict[str, str]()
        for node in nodes:
            self.begin_agent(node)

    def begin_agent(self, node: str) -> None:
        """An agent of a node, maybe the second one."""

        def start(run: RunDirectory, control_seq: int) -> None:
            self.trainers[node, run.run_id] = SimulatedTrainer(run, control_seq, self.total)

        self.agents[node] = Agent(self.folder / node, lease_s=60, start=start)

    def trainer(self, run: RunDirectory) -> SimulatedTrainer:
        """The one that is at work on a run now."""
        return self.trainers[self.places[run.run_id], run.run_id]

    def room(self) -> int:
        """See `Cluster`."""
        return self.cpus * len(set(self.agents) - self.lost - self.excluded) - len(self.places)

    def reserve(self, run_id: str) -> str | None:
        """See `Cluster`."""
        for node in sorted(set(self.agents) - self.lost - self.excluded):
            if run_id not in self.places and list(self.places.values()).count(node) < self.cpus:
                self.places[run_id] = node
        return self.places.get(run_id)

    def release(self, run_id: str) -> None:
        """See `Cluster`."""
        self.places.pop(run_id, None)

    def exclude(self, node: str) -> None:
        """See `Cluster`."""
        self.excluded.add(node)

    def link(self, node: str) -> Link:
        """See `Cluster`."""
        if node in self.unfit:
            raise UnfitNodeError(f"No run is placed on the node {node}: it has numpy 1.0 (here 2.0).")
        return _Link(self, node)

    def is_alive(self, node: str) -> bool:
        """See `Cluster`."""
        return node not in self.lost

    def name(self, node: str) -> str:
        """See `Cluster`."""
        return f"node {node}"

    def relay(self) -> Relay:
        """A relay to this cluster; what it says is kept."""
        self.said = list[str]()
        return Relay(self, "ray", say=self.said.append)

    def close(self) -> None:
        """End all trainers."""
        for trainer in self.trainers.values():
            trainer.killed.set()
            trainer.join(10)


class _Link:
    def __init__(self, cluster: SimulatedCluster, node: str) -> None:
        self._cluster, self._node = cluster, node

    def _agent(self) -> Agent:
        if self._node in self._cluster.lost | self._cluster.silent:
            raise NodeLostError(self._node)
        return self._cluster.agents[self._node]

    def runs(self) -> dict[str, str]:
        return self._agent().runs()

    def receive(self, run_id: str, path: str, offset: int, content: bytes, modified_ns: int) -> None:
        self._agent().receive(run_id, path, offset, content, modified_ns)

    def begin(self, run_id: str, control_seq: int, token: str) -> None:
        self._agent().begin(run_id, control_seq, token)

    def put(self, run_id: str, content: bytes) -> None:
        self._agent().put(run_id, content)

    def news(self, asks: dict[str, Ask], wait_s: float) -> dict[str, News]:
        answer = self._agent().news(asks, min(wait_s, 0.1))
        self._agent()  # lost meanwhile: nothing of it has arrived
        return answer

    def piece(self, run_id: str, path: str, listed: tuple[int, int], offset: int) -> bytes | None:
        return self._agent().piece(run_id, path, listed, offset)

    def forget(self, run_id: str) -> None:
        self._agent().forget(run_id)
