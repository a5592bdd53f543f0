"""How long a bundle takes, from the click until its download is ready, as the Models page makes it: in a process of its own.

    python -m tests.benchmarks.bundling [--repeats 3] [--tetris-steps 20000] [--cartpole-steps 30000] [--json PATH]

A run of Tetris and one of PPO in CartPole are trained first. The first bundle of a model begins with its evaluation, of 100 episodes;
how long that is depends on how long the model survives, and is measured apart: the later bundles find its report.
"""

import tempfile
import time
from pathlib import Path

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report, seconds
from tests.commands import cli
from trainer.jobs import look, start_job
from trainer.run_files.jobs import JobRequest
from trainer.run_files.opening import remove_folder
from trainer.run_files.run_directory import RunDirectory

LOOK_S = 0.05
PATIENCE_S = 600.0


def make(run: RunDirectory) -> None:
    """Ask for a bundle of the best model, and wait until it can be downloaded."""
    runs_dir = run.path.parent
    start_job(runs_dir, JobRequest("bundle", "best", [run.run_id]), ["bundle", str(run.path), "--episodes", "100"])
    patient_until = time.monotonic() + PATIENCE_S
    while (job := look(runs_dir, "bundle")) is None or job.active:
        if time.monotonic() > patient_until:
            raise SystemExit(f"The bundle of {run.run_id} is not made after {PATIENCE_S:g} s.")
        time.sleep(LOOK_S)
    if job.state != "done":
        raise SystemExit(f"The bundle of {run.run_id} has {job.state}: {job.progress.doing if job.progress else ''}")


def trained(runs_dir: Path, *options: str) -> RunDirectory:
    """A run, trained in the foreground."""
    done = cli("train", "--runs-dir", runs_dir, *options, timeout_s=PATIENCE_S)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return RunDirectory(Path(done.stdout.splitlines()[0]))


def measure(repeats: int, steps: dict[str, int]) -> list[Figure]:
    """The first bundle, with its evaluation, and later ones, of each task."""
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            "Tetris": trained(Path(folder), "--preset", "fast", "--total-timesteps", str(steps["tetris"])),
            "PPO in CartPole": trained(
                Path(folder), "--env", "CartPole-v1", "--algo", "ppo", "--total-timesteps", str(steps["cartpole"]),
                "--eval-every", str(max(100, steps["cartpole"] // 3)),
            ),
        }  # fmt: skip
        figures = []
        for name, run in runs.items():
            first, later = [], []
            for _ in range(repeats):
                remove_folder(run.reports)
                first.append(seconds(lambda run=run: make(run)))  # type: ignore[misc]
                later.append(seconds(lambda run=run: make(run)))  # type: ignore[misc]
            figures += [Figure(f"{name}, with its evaluation", "s", first), Figure(f"{name}, evaluated before", "s", later)]
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.add_argument("--tetris-steps", type=int, default=20_000, metavar="N", help="that are trained (default: %(default)s)")
    parser.add_argument("--cartpole-steps", type=int, default=30_000, metavar="N", help="that are trained (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measure(options.repeats, {"tetris": options.tetris_steps, "cartpole": options.cartpole_steps})
    report("A bundle, from the click until its download is ready", figures, options.json)


if __name__ == "__main__":
    main()
