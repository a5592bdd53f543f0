"""How good the agent is after so many minutes, from the command line's first import on, and how fast and how big its trainer was.

    python -m tests.benchmarks.learning [--minutes 1 3 10] [--seeds 3] [--first-seed 1] [--games 100] [--json PATH] [-- options of train]

One real trainer a seed, one after the other. At every mark the best model *so far*, the one that the trainer itself had chosen and
saved by then, is kept; afterwards all of them play greedy games on set B, which chose nothing. Leave the machine alone meanwhile.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.measuring import Figure, arguments_parser, own_and_train_options, report
from trainer.run_files.files import read_folder
from trainer.run_files.jsonl import JsonlReader
from trainer.run_files.run_directory import list_runs
from trainer.tasks.tetris.commands.report import evaluate_model

LOOK_EVERY_S = 0.2
REPORTING_SEED = 1
LONGEST_GAME = 500_000
"""Pieces: 200,000 lines. How many games were truncated there stands beside the mean, which is then too low."""


@dataclass
class Trained:
    """What was seen of one seed's trainer."""

    seed: int
    models: dict[float, Path] = field(default_factory=dict)
    """The best model so far at every mark, in minutes; a mark without one had no evaluation yet."""
    memory_gb: float = 0.0
    """The most resident memory."""
    steps_per_second: float = 0.0
    """All steps over all active seconds, so with evaluation and everything else."""


def train(seed: int, marks: Sequence[float], options: Sequence[str], folder: Path) -> Trained:
    """Run a trainer until the last mark, keeping the best model so far at every mark.

    Raises:
        RuntimeError: the trainer failed.
    """
    command = [sys.executable, "-m", "trainer", "train", "--runs-dir", str(folder / "runs"), "--seed", str(seed), *options]
    started = time.monotonic()
    folder.mkdir()
    seen = Trained(seed)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            for mark in sorted(marks):
                _watch(process, seen, until=started + mark * 60)
                _keep_best(folder, seen, mark)
            if process.poll() is None:
                process.terminate()  # started with `&`, it would pass SIGINT over
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"The trainer of seed {seed} ended with exit code {process.returncode}: {said}")
    (run,) = list_runs(folder / "runs")
    last = JsonlReader(run.metrics).read_new()[-1]
    seen.steps_per_second = last["step"] / last["active_seconds"]
    return seen


def _watch(process: subprocess.Popen[str], seen: Trained, *, until: float) -> None:
    """Wait until the time has come or the trainer has ended, and note its memory."""
    trainer = psutil.Process(process.pid)
    while process.poll() is None and time.monotonic() < until:
        try:
            seen.memory_gb = max(seen.memory_gb, trainer.memory_info().rss / 1e9)
            process.wait(min(LOOK_EVERY_S, max(0.0, until - time.monotonic())))
        except (psutil.Error, subprocess.TimeoutExpired):
            continue


def _keep_best(folder: Path, seen: Trained, mark: float) -> None:
    kept = folder / f"best-after-{mark:g}-minutes"
    copies = [read_folder(run.best, lambda best: shutil.copytree(best, kept, dirs_exist_ok=True)) for run in list_runs(folder / "runs")]
    if any(copies):
        seen.models[mark] = kept


def play(models: Sequence[Path], games: int) -> dict[bytes, dict[str, Any]]:
    """The report on every kept model, by its bytes: equal models are played once."""
    distinct = {(folder / "model.zip").read_bytes(): folder for folder in models}
    return {model: evaluate_model(folder, games=games, seed=REPORTING_SEED, max_pieces=LONGEST_GAME) for model, folder in distinct.items()}


def measure(marks: Sequence[float], seeds: Sequence[int], games: int, options: Sequence[str]) -> list[Figure]:
    """Every figure, one value a seed. All train before any is played, so that nothing else is at work meanwhile."""
    lines: dict[float, list[float]] = {mark: [] for mark in marks}
    with tempfile.TemporaryDirectory() as folder:
        trained = [train(seed, marks, options, Path(folder, str(seed))) for seed in seeds]
        reports = play([model for seen in trained for model in seen.models.values()], games)
        for seen in trained:
            for mark, model in seen.models.items():
                result = reports[(model / "model.zip").read_bytes()]
                mean = result["named"]["mean_lines"]
                lines[mark].append(mean)
                low, high = (result["named"][f"lines_ci95_{end}"] for end in ("low", "high"))
                low, high = (mean if end is None else end for end in (low, high))
                print(
                    f"  seed {seen.seed}, {mark:g} min: {mean:,.0f} lines (95 % {low:,.0f}–{high:,.0f}), model of step"
                    f" {result['step']:,}, {result['truncated_episodes']} of {games} games truncated",
                    flush=True,
                )
    return [
        *(Figure(f"after {mark:g} min", "lines, mean of greedy games", values) for mark, values in lines.items() if values),
        Figure("training", "steps/s", [seen.steps_per_second for seen in trained]),
        Figure("memory", "GB", [seen.memory_gb for seen in trained]),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    own, options = own_and_train_options(sys.argv[1:] if arguments is None else arguments)
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="trainers, with one seed each (default: %(default)s)")
    parser.add_argument("--first-seed", type=int, default=1, metavar="SEED", help="the others follow it (default: %(default)s)")
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 3, 10], metavar="M", help="marks (default: 1 3 10)")
    parser.add_argument("--games", type=int, default=100, metavar="N", help="games of set B a model (default: %(default)s)")
    chosen = parser.parse_args(own)
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    title = f"Learning, seeds {seeds[0]} to {seeds[-1]}, trained with: {' '.join(options) or 'the defaults'}"
    report(title, measure(chosen.minutes, seeds, chosen.games, options), chosen.json)


if __name__ == "__main__":
    main()
