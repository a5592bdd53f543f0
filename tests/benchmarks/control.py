"""What steering costs and how fast it is: training with everything around it beside the bare learner, and the time to obey.

    python -m tests.benchmarks.control [--steps 60000] [--repeats 5] [--commands 100] [--json PATH]

The bare learner is `DQN.learn` of the same model without a single callback. Trainer and bare learner take turns, a process each, and
the ratios are those of neighbours. The trainer evaluates on the other core, as it always does. The latencies are the trainer's own,
from the write of `control.json` until its training thread had acted, during headless training at full speed.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from trainer.config import RunConfig
from trainer.launcher import create_run, probe, start_trainer
from trainer.run_files.control import update_control
from trainer.run_files.jsonl import JsonlReader, JsonlWriter
from trainer.run_files.metrics import MetricsRow
from trainer.run_files.run_directory import RunDirectory

WARM_UP_STEPS = 10_000  # compiling, allocating, random moves: not what training costs
APPENDED_ROWS = 20_000
LOOK_EVERY_S = 0.005

BARE = f"""
import sys, time, torch
from stable_baselines3.common.callbacks import BaseCallback
from trainer.config import RunConfig
from trainer.learning.train import NEVER, make_model
torch.set_num_threads(1)
steps = int(sys.argv[1])
model = make_model(RunConfig(total_timesteps=steps))
model.learn({WARM_UP_STEPS}, log_interval=NEVER)
started = time.perf_counter()
model.learn(steps - {WARM_UP_STEPS}, log_interval=NEVER, reset_num_timesteps=False)
print((steps - {WARM_UP_STEPS}) / (time.perf_counter() - started))
"""


def bare_speed(steps: int) -> float:
    """Steps/s of the learner alone."""
    return float(subprocess.run([sys.executable, "-c", BARE, str(steps)], capture_output=True, text=True, check=True).stdout)


def trainer_speed(steps: int, *, visual: bool) -> float:
    """Steps/s of a whole trainer, evaluation, logs, heartbeat, watcher and checkpoints included."""
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(RunConfig(total_timesteps=steps, checkpoint_every_s=5.0), runs_dir=Path(folder), visual=visual)
        subprocess.run([sys.executable, "-m", "trainer", "start", str(run.path)], stdout=subprocess.DEVNULL, check=True)
        rows = [row for row in JsonlReader(run.metrics).read_new() if row["step"] >= WARM_UP_STEPS]
    return float((rows[-1]["step"] - rows[0]["step"]) / (rows[-1]["wall_seconds"] - rows[0]["wall_seconds"]))


def latencies(commands: int) -> list[float]:
    """Milliseconds from a write of `control.json` until the trainer had acted, one a command."""
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(RunConfig(total_timesteps=10_000_000, checkpoint_every_s=5.0), runs_dir=Path(folder))
        start_trainer(run)
        _wait_for_step(run, WARM_UP_STEPS)
        measured = [_obeyed_ms(run, "paused" if number % 2 == 0 else "running") for number in range(commands)]
        update_control(run, by="cli", run="stopped")
        while probe(run).active:
            time.sleep(LOOK_EVERY_S)
    return measured


def _wait_for_step(run: RunDirectory, step: int) -> None:
    while (status := probe(run).status) is None or status.num_timesteps < step:
        time.sleep(LOOK_EVERY_S)


def _obeyed_ms(run: RunDirectory, word: str) -> float:
    time.sleep(0.1)  # so that the commands meet every moment of training
    seq = update_control(run, by="cli", run=word).seq
    while (status := probe(run).status) is None or status.applied_seq < seq:
        time.sleep(LOOK_EVERY_S)
    return status.applied_latency_ms or 0.0


def append_microseconds() -> list[float]:
    """Microseconds that one row of metrics takes on the training thread."""
    row = MetricsRow(2_000, 2.5, 2.25, 40, 0.75, -0.25, 50.0, 3, 0.5, 0.5, 0.05, 1e-3, 5_000.0, 100)
    took = []
    with tempfile.TemporaryDirectory() as folder, JsonlWriter(Path(folder) / "metrics.jsonl") as log:
        for _ in range(APPENDED_ROWS):
            started = time.perf_counter()
            log.append(row)
            took.append((time.perf_counter() - started) * 1e6)
    return took


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(steps: int, repeats: int, commands: int) -> list[Figure]:
    """Every figure."""
    bare, headless, visual = [], [], []
    for _ in range(repeats):
        bare.append(bare_speed(steps))
        headless.append(trainer_speed(steps, visual=False))
        visual.append(trainer_speed(steps, visual=True))
    obeyed, appended = latencies(commands), append_microseconds()
    return [
        Figure("bare DQN.learn", "steps/s", bare),
        Figure("trainer, headless", "steps/s", headless),
        Figure("headless ÷ bare", "%", [100 * one / other for one, other in zip(headless, bare, strict=True)]),
        Figure("visual at speed 1 ÷ bare", "%", [100 * one / other for one, other in zip(visual, bare, strict=True)]),
        Figure("obeyed, p50", "ms", [percentile(obeyed, 0.5)]),
        Figure("obeyed, p95", "ms", [percentile(obeyed, 0.95)]),
        Figure("append of a metrics row, p99", "µs", [percentile(appended, 0.99)]),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=5)
    parser.add_argument("--steps", type=int, default=60_000, metavar="N", help="environment steps of each training (default: %(default)s)")
    parser.add_argument("--commands", type=int, default=100, metavar="N", help="commands whose latency is measured (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    os.chdir(Path(__file__).parents[2])
    report("Control", measure(chosen.steps, chosen.repeats, chosen.commands), chosen.json)


if __name__ == "__main__":
    main()
