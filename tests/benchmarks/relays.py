"""What runs on other machines cost the head: files, processor, memory and disk a run, and how late rows and acknowledgements are.

    python -m tests.benchmarks.relays [--runs 200] [--nodes 10] [--seconds 20] [--commands 50] [--ray] [--json PATH]

The relay and the agents are the real ones; trainers are simulated (a row and a status a second, a checkpoint of 300 kB every two
minutes), and agents answer over local sockets, so that one machine can play fifty. Lateness is measured from outside, by the time
that each row carries. What Ray adds is 0.6 ms a call, on either side, and there are four calls a second and node.
`--ray` gives the commands to a real trainer on a real Ray cluster of two nodes on this machine, and does nothing else.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson

from tests.benchmarks.measuring import Figure, arguments_parser, report
from tests.trainer.engines.ray.clusters import local_cluster
from tests.trainer.engines.ray.heads import Head
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.control import update_control
from trainer.run_files.files import now_ms
from trainer.run_files.jsonl import JsonlReader
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import read_status
from trainer.tasks.tetris.about import TetrisSettings

WATCHED = 20  # runs whose rows and commands are timed
LOOK_INTERVAL_S = 0.01
PATIENCE_S = 120.0


class Part:
    """A process of `relay_parts`."""

    def __init__(self, stack: ExitStack, *words: object) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.relay_parts", *map(str, words)]
        self._process = subprocess.Popen(command, cwd=PROJECT_DIR, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stack.callback(self._end)

    def answer(self, line: str = "") -> str:
        """What it prints next; of the head, after a line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if line:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()

    def figures(self) -> dict[str, float]:
        """How the head is now."""
        found: dict[str, float] = orjson.loads(self.answer("how are you"))
        return found

    def _end(self) -> None:
        self._process.communicate(timeout=PATIENCE_S)


def measure(runs: int, nodes: int, seconds: float, commands: int) -> list[Figure]:
    """Place so many runs and watch for so long."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        runs_dir = Path(folder) / "runs"
        for seed in range(runs):
            create_run(TetrisSettings(seed=seed), runs_dir=runs_dir)
        folders = [Path(folder) / f"node-{number:02}" for number in range(nodes)]
        for node in [Part(stack, "node", one) for one in folders]:
            node.answer()
        head = Part(stack, "head", runs_dir, *folders)
        began = time.monotonic()
        while head.figures()["waiting"]:  # who asks more often measures the asking
            assert time.monotonic() - began < PATIENCE_S, "every run must be placed by now"
            time.sleep(0.5)
        placed_s = time.monotonic() - began
        watched = random.sample(list_runs(runs_dir), min(WATCHED, runs))
        wait_until(lambda: all(read_status(run) for run in watched), PATIENCE_S, "the first words")
        time.sleep(2.0)  # until what the beginning took is over
        before = head.figures()
        late = _lateness(watched, seconds)
        after = head.figures()
        answered = [_command_ms(random.choice(watched)) for _ in range(commands)]
    spent_s = after["at"] - before["at"]
    return [
        Figure("placing a run", "ms", [placed_s / runs * 1_000]),
        Figure("head: processor, a run", "% of a core", [(after["cpu_s"] - before["cpu_s"]) / spent_s / runs * 100]),
        Figure("head: memory, a run", "kB", [after["rss"] / runs / 1_000]),
        Figure("head: open files, a run", "", [after["files"] / runs]),
        Figure("head: threads, a node", "", [after["threads"] / nodes]),
        Figure("head: writes, a run and second", "", [(after["writes"] - before["writes"]) / spent_s / runs]),
        Figure("head: bytes written, a run and second", "", [(after["bytes"] - before["bytes"]) / spent_s / runs]),
        Figure("rows are late by", "ms", late),
        Figure("… 95 of 100 by less than", "ms", [_p95(late)]),
        Figure("a command is acknowledged after", "ms", answered),
        Figure("… 95 of 100 before", "ms", [_p95(answered)]),
    ]


def measure_ray(commands: int) -> list[Figure]:
    """Give commands to one trainer on a node of a cluster."""
    with local_cluster(2) as cluster, tempfile.TemporaryDirectory() as folder:
        head = Head(cluster.on, Path(folder))
        try:
            run = head.place(steps=100_000_000)
            wait_until(lambda: probe(run).state == "running", PATIENCE_S, "the run to be trained")
            answered = [_command_ms(run) for _ in range(commands)]
        finally:
            head.process.kill()
            head.process.wait(PATIENCE_S)
    return [Figure("a command is acknowledged after", "ms", answered), Figure("… 95 of 100 before", "ms", [_p95(answered)])]


def _lateness(runs: Sequence[RunDirectory], seconds: float) -> list[float]:
    """Milliseconds from the writing of each row on its node until it is to be read here."""
    readers = [JsonlReader(run.metrics) for run in runs]
    for reader in readers:
        reader.read_new()
    late, end = list[float](), time.monotonic() + seconds
    while time.monotonic() < end:
        for reader in readers:
            late += [max(1.0, now_ms() - row["at"]) for row in reader.read_new()]
        time.sleep(LOOK_INTERVAL_S)
    return late


def _command_ms(run: RunDirectory) -> float:
    """Milliseconds from a command until its acknowledgement is to be read here."""
    seq = update_control(run, by="cli", visual=bool(random.getrandbits(1))).seq
    began = time.monotonic()
    wait_until(lambda: (status := read_status(run)) is not None and status.applied_seq >= seq, PATIENCE_S, "the acknowledgement")
    return (time.monotonic() - began) * 1_000


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--runs", type=int, default=200, help="simulated trainers (default: %(default)s)")
    parser.add_argument("--nodes", type=int, default=10, help="that they are placed on (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="to watch for (default: %(default)g)")
    parser.add_argument("--commands", type=int, default=50, help="to give (default: %(default)s)")
    parser.add_argument("--ray", action="store_true", help="give the commands to a trainer on a real cluster")
    options = parser.parse_args(arguments)
    if options.ray:
        report(f"{options.commands} commands to a run on a Ray node", measure_ray(options.commands), options.json)
        return
    title = f"{options.runs} runs on {options.nodes} nodes, watched for {options.seconds:g} s"
    report(title, measure(options.runs, options.nodes, options.seconds, options.commands), options.json)


if __name__ == "__main__":
    main()
