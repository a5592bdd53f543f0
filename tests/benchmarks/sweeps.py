"""What a sweep costs beside its trainings, what it finds, and how its winner's interval holds.

    python -m tests.benchmarks.sweeps [--share 0.1] [--landscapes 100] [--json PATH]

The cost: 20 trials of 3 seeds of PPO in CartPole, 20,000 steps each, on two cores. Then the very
same runs are trained one after another by `trainer start` alone. CPU seconds are of all processes:
the sweep's, the queue's and the trainers'. `--share 0.1` makes two trials; 0 leaves this part out.

What it finds: simulated runs on hills over three settings with noise by seed, as many as
`--landscapes` says, against the best of a grid of 27. All searches but the grid itself have a third
of the runs that the grid has with three seeds. The search was tuned on other hills of the same kind,
whose tops keep away from the ends of the ranges; so it is also measured where they may be anywhere.
"""

import ctypes
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.measuring import Figure, arguments_parser, report
from tests.trainer.sweeping.simulated_runs import Landscape, SimulatedRuns, new_study, scheduled
from trainer.creating import create_run
from trainer.processes import trainer_command
from trainer.run_files.config_file import read_config
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.studies import Vary
from trainer.sweeping.planning import plan_study
from trainer.sweeping.starting import probe_sweep, start_sweep
from trainer.tasks import find_about

QUIET = subprocess.DEVNULL
TRIALS, SEEDS, STEPS, CORES = 20, (1, 2, 3), 20_000, 2
VARY = [Vary("learning_rate", "log", 1e-4, 1e-2), Vary("gamma", "choices", values=[0.9, 0.99])]
PR_SET_CHILD_SUBREAPER = 36  # prctl(2): what a process leaves behind when it ends becomes a child of this one, so that it is counted
UNSEEN = 5_000  # the number of the first landscape: none of these had a say in how the search works
EDGES = {"": 0.15, ", tops anywhere": 0.0}
THIRDS: dict[str, dict[str, Any]] = {
    "TPE, 13 trials of 2 seeds": {"trials": 13, "seeds": (1, 2)},
    "TPE, 9 trials of 3 seeds": {"trials": 9, "seeds": (1, 2, 3)},
    "TPE, 27 trials of 1 seed": {"trials": 27, "seeds": (1,)},
    "random, 13 trials of 2 seeds": {"trials": 13, "seeds": (1, 2), "method": "random"},
}
GRID = [
    Vary("learning_rate", "choices", values=[1e-4, 1e-3, 1e-2]),
    Vary("gamma", "choices", values=[0.9, 0.9495, 0.999]),
    Vary("gae_lambda", "choices", values=[0.8, 0.9, 1.0]),
]
WHOLE: dict[str, Any] = {"vary": GRID, "method": "grid", "trials": None, "seeds": (1, 2, 3)}


def measure_cost(share: float) -> list[Figure]:
    """CPU and wall seconds of a sweep, and of its runs trained one after another."""
    trials = max(2, round(TRIALS * share))
    about = find_about("gym")
    settings = about.settings(**{**about.follow({"env": "CartPole-v1", "algo": "ppo"}, "tuned"), "total_timesteps": STEPS})
    plan = plan_study(about, settings, VARY, trials=trials, seeds=SEEDS, workers=CORES, confirm=0)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        runs_dir = Path(folder) / "sweep"
        (sweep_s, sweep_cpu_s) = _timed(lambda: _sweep(runs_dir, plan))
        runs = list_runs(runs_dir)
        bare = [create_run(about.settings.from_json(read_config(run).settings), runs_dir=Path(folder) / "bare") for run in runs]
        (bare_s, bare_cpu_s) = _timed(lambda: _train(bare))
    what = f"{trials} trials × {len(SEEDS)} seeds × {STEPS:,} steps"
    return [
        Figure(f"{what}: CPU, the sweep", "s", [sweep_cpu_s]),
        Figure(f"{what}: CPU, one after another", "s", [bare_cpu_s]),
        Figure(f"{what}: CPU, sweep ÷ one after another", "times", [sweep_cpu_s / bare_cpu_s]),
        Figure(f"{what}: wall, the sweep on {CORES} cores", "s", [sweep_s]),
        Figure(f"{what}: wall, one after another", "s", [bare_s]),
        Figure(f"{what}: wall, sweep × {CORES} ÷ one after another", "times", [CORES * sweep_s / bare_s]),
    ]


def _timed(action: Any) -> tuple[float, float]:
    """Wall seconds of an action, and CPU seconds of all children that it has had."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    wall_s = time.perf_counter() - began
    _collect_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _sweep(runs_dir: Path, plan: Any) -> None:
    study = start_sweep(runs_dir, plan)
    while (probed := probe_sweep(study)).active:
        time.sleep(0.1)
    assert probed.state == "finished", probed


def _train(runs: Sequence[RunDirectory]) -> None:
    for run in runs:
        subprocess.run(trainer_command(["start", str(run.path)]), check=True, stdout=QUIET, stderr=QUIET, timeout=3_600)


def _collect_orphans() -> None:
    """Wait for what the sweep has left behind: the queue's process, with all its trainers."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def measure_finding(landscapes: int) -> list[Figure]:
    """How many searches with a third of the runs of a grid of 27 find 95 % of the grid's best; and what the grid's own winner is worth."""
    figures = []
    searches = {**THIRDS, "the grid, 27 trials of 3 seeds": WHOLE}
    for (where, edge), (what, changes) in product(EDGES.items(), searches.items()):
        shares = [_found(UNSEEN + number, edge, changes) for number in range(landscapes)]
        figures += [
            Figure(f"{what}{where}: at least 95 % of the grid's best", "% of searches", [100 * float(np.mean(np.array(shares) >= 0.95))]),
            Figure(f"{what}{where}: of the grid's best", "%", [100 * share for share in shares]),
        ]
    return figures


def _found(number: int, edge: float, changes: dict[str, Any]) -> float:
    """The true worth of what a search finds, as a share of that of the grid's best."""
    landscape = Landscape(number, edge=edge)
    with tempfile.TemporaryDirectory() as folder:
        study = new_study(Path(folder), **({"confirm": 0, "sampler_seed": number} | changes))
        found = scheduled(study, SimulatedRuns(landscape, ticks=1))
    return landscape.truth(found.trials[found.best() or 0].params) / landscape.best_of_the_grid()


def measure_intervals(sweeps: int) -> list[Figure]:
    """How often the winner's interval holds its true score, and how optimistic the search was about it."""
    figures = []
    for noise in (20.0, 100.0):
        held, optimism = [], []
        for number in range(sweeps):
            landscape = Landscape(UNSEEN + number, noise)
            with tempfile.TemporaryDirectory() as folder:
                study = new_study(Path(folder), trials=12, confirm=3, sampler_seed=number)
                found = scheduled(study, SimulatedRuns(landscape, ticks=1))
            winner = next(one for one in found.confirmed() if one.trial == found.best())
            truth = landscape.truth(found.trials[winner.trial].params)
            held.append(winner.low is not None and winner.high is not None and winner.low <= truth <= winner.high)
            optimism.append(found.confirmed()[0].optimism)
        what = f"seeds ± {noise:g} of 500, {sweeps} sweeps"
        figures += [
            Figure(f"{what}: the interval holds the winner's true score", "% of sweeps", [100 * float(np.mean(held))]),
            Figure(f"{what}: optimism of the search", "reward, mean", [max(float(np.mean(optimism)), 1e-9)]),
        ]
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    parser.add_argument("--share", type=float, default=1.0, metavar="N", help="of the 20 trials; 0: no real sweep (default: %(default)s)")
    parser.add_argument("--landscapes", type=int, default=100, metavar="N", help="of each simulated search (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure_cost(options.share) if options.share else []
    report("Sweeps", [*figures, *measure_finding(options.landscapes), *measure_intervals(options.landscapes)], options.json)


if __name__ == "__main__":
    main()
