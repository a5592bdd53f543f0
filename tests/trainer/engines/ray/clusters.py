"""A Ray cluster on this machine alone, in a process of its own: `python -m tests.trainer.engines.ray.clusters NODES`.

It prints its address and the number of a node that was added or removed, and obeys lines: `remove N`, `add`. It ends with its
standard input. Nothing listens elsewhere than at 127.0.0.1, and nothing is told to anybody.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).parents[4]
CPUS = 2  # of each node
STORE_BYTES = 80 * 2**20
VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on Linux, too: then 127.0.0.1 is not replaced by the machine's own address
    "RAY_DEDUP_LOGS": "0",
}
ENDS_IN_S = 30.0


class LocalCluster:
    """A cluster that runs.

    Attributes:
        on: what the queue calls it.
        folder: its temporary files, and those of the agents on its nodes.
    """

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self.folder = process, folder
        self.on = f"ray:{self._answer()}"

    def remove(self, node: int) -> None:
        """Kill a node, as when its machine loses its power; trainers on it go on."""
        self._ask(f"remove {node}")

    def add(self) -> int:
        """Add a node; returns its number."""
        return int(self._ask("add"))

    def trainers(self) -> list[psutil.Process]:
        """The trainers on all nodes, and on those that were removed."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                if "start" in words and any(word.startswith(str(self.folder)) for word in words):
                    found.append(process)
        return found

    def node_of(self, trainer: psutil.Process) -> int:
        """The number of the node that a trainer is on: its folder is named by it."""
        folder = next(Path(word).parent.name for word in trainer.cmdline() if word.startswith(str(self.folder)))
        return int(self._ask(f"find {folder.rpartition('-')[2]}"))

    def _ask(self, words: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        assert answer, "the cluster has ended"
        return answer


@contextmanager
def local_cluster(nodes: int) -> Iterator[LocalCluster]:
    """A cluster with so many nodes of `CPUS` each."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    before = {name: os.environ.get(name) for name in (*VARIABLES, "TMPDIR")}
    os.environ |= VARIABLES | {"TMPDIR": str(folder)}
    words = [sys.executable, "-m", __name__, str(nodes)]
    process = subprocess.Popen(words, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        cluster = LocalCluster(process, folder)
        yield cluster
        for trainer in cluster.trainers():
            with suppress(psutil.Error):
                trainer.kill()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        process.communicate(timeout=ENDS_IN_S)
        shutil.rmtree(folder, ignore_errors=True)


def _serve(count: int) -> None:
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - only this process needs it

    cluster: Any = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE_BYTES}
    )
    nodes = [cluster.add_node(num_cpus=CPUS, object_store_memory=STORE_BYTES, wait=False) for _ in range(count)]
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)  # noqa: T201 - it is how it answers
    for line in sys.stdin:
        word, *number = line.split()
        if word == "find":
            number = [str(next(at for at, node in enumerate(nodes) if node.node_id.startswith(number[0])))]
        elif word == "remove":
            cluster.remove_node(nodes[int(number[0])], allow_graceful=False)
        else:
            number = [str(len(nodes))]
            nodes.append(cluster.add_node(num_cpus=CPUS, object_store_memory=STORE_BYTES))
        print(number[0], flush=True)  # noqa: T201 - the same
    cluster.shutdown()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
