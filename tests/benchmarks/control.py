"""What steering costs and how fast it is: training with everything around it beside the bare learner, and the time to obey.

    python -m tests.benchmarks.control [--steps 60000] [--repeats 15] [--commands 100] [--clicks 40] [--json PATH]

The bare learner is `DQN.learn` of the same model without a single callback. It and two trainers, one headless and one that shows its
board, run side by side in turns of a second, while the others are stopped; that is repeated with new processes, for two processes
of one program differ by 1 to 2 %, by where their memory happens to lie. The trainer evaluates on the other core, as it always does.
How fast it obeys, what it costs while paused and how long a click takes is measured in `tests.benchmarks.obeying`.
"""

import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks import obeying
from tests.benchmarks.measuring import Figure, add_repeats, arguments_parser, report
from tests.benchmarks.turns import Stops, in_turns, seconds_running
from tests.pages.fake_runs import metrics_row
from trainer.creating import create_run
from trainer.learning.queued_log import QueuedLog
from trainer.run_files.jsonl import JsonlReader, JsonlWriter
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.tetris.about import TetrisSettings

WARM_UP_STEPS = 10_000
APPENDED_ROWS = 20_000
WRITTEN_EVERY = 100  # rows: as if the thread that writes them came by

BARE = """
import sys, time, torch
from trainer.tasks.tetris.about import TetrisSettings
from trainer.learning.train import NEVER
from trainer.tasks.tetris.learner.model import make_model
torch.set_num_threads(1)
steps, warm_up = map(int, sys.argv[1:])
model = make_model(TetrisSettings(total_timesteps=steps))
model.learn(warm_up, log_interval=NEVER)
step, began = model.num_timesteps, time.monotonic()
model.learn(steps - step, log_interval=NEVER, reset_num_timesteps=False)
print(step, began, model.num_timesteps, time.monotonic())
"""


def speeds(steps: int, warm_up: int) -> tuple[float, float, float]:
    """Steps/s of the learner alone, of a headless trainer and of one that shows its board, side by side.

    The trainers are whole ones: evaluation, logs, heartbeat, watcher and checkpoints included.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs = [create_run(TetrisSettings(total_timesteps=steps), runs_dir=Path(folder), visual=visual) for visual in (False, True)]
        trainers = [["-m", "trainer", "start", str(run.path)] for run in runs]
        (said, *_), (bare_stops, *stops) = in_turns([["-c", BARE, str(steps), str(warm_up)], *trainers])
        step, began, last_step, ended = map(float, said.split())
        headless, visual = (trainer_speed(run, stopped, warm_up) for run, stopped in zip(runs, stops, strict=True))
    return (last_step - step) / seconds_running(began, ended, bare_stops), headless, visual


def trainer_speed(run: RunDirectory, stops: Stops, warm_up: int) -> float:
    status = read_status(run)
    assert status is not None
    assert status.heartbeat_monotonic_s is not None
    started = status.heartbeat_monotonic_s - status.wall_seconds
    rows = [row for row in JsonlReader(run.metrics).read_new() if row["step"] >= warm_up]
    began, ended = (started + row["wall_seconds"] for row in (rows[0], rows[-1]))
    return float((rows[-1]["step"] - rows[0]["step"]) / seconds_running(began, ended, stops))


def append_microseconds() -> list[float]:
    """Microseconds that one row of metrics takes on the training thread."""
    row = metrics_row(10)
    took = []
    with tempfile.TemporaryDirectory() as folder:
        log = QueuedLog(JsonlWriter(Path(folder) / "metrics.jsonl"))
        for number in range(APPENDED_ROWS):
            started = time.perf_counter()
            log.append(row)
            took.append((time.perf_counter() - started) * 1e6)
            if number % WRITTEN_EVERY == 0:
                log.write()
        log.close()
    return took


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def overhead(steps: int, repeats: int, warm_up: int) -> list[Figure]:
    """What a trainer costs beside the bare learner."""
    bare, headless, visual = zip(*(speeds(steps, warm_up) for _ in range(repeats)), strict=True)
    return [
        Figure("bare DQN.learn", "steps/s", bare),
        Figure("trainer, headless", "steps/s", headless),
        Figure("headless ÷ bare", "%", [100 * one / other for one, other in zip(headless, bare, strict=True)]),
        Figure("visual at full speed ÷ bare", "%", [100 * one / other for one, other in zip(visual, bare, strict=True)]),
        Figure("append of a metrics row, p99", "µs", [percentile(append_microseconds(), 0.99)]),
    ]


def reactions(commands: int, clicks: int, paused_s: float) -> list[Figure]:
    """How fast a trainer obeys at every moment, and what it costs while paused."""
    saving, best = obeying.while_saving(max(1, commands // 5))
    with tempfile.TemporaryDirectory() as folder, obeying.training(obeying.EVALUATING, Path(folder)) as run:
        any_moment, clicked = obeying.at_any_moment(run, commands), obeying.clicks_ms(run, clicks)
        slow = obeying.while_slow(run, commands)
        paused = obeying.paused_percent(run, paused_s)
    latencies = {
        "obeyed while evaluating": any_moment,
        "obeyed at 1 step/s": slow,
        "obeyed in a checkpoint": saving,
        "obeyed in a best-save": best,
        "click shown as done": clicked,
    }
    shares = ((f"p{round(100 * share)}", share) for share in (0.5, 0.95))
    figures = [
        Figure(f"{what}, {name} of {len(took)}", "ms", [percentile(took, share)])
        for name, share in shares
        for what, took in latencies.items()
        if took
    ]
    return [*sorted(figures, key=lambda figure: figure.what), Figure("paused trainer", "% of a core", [paused])]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = arguments_parser(__doc__ or "")
    add_repeats(parser)
    parser.set_defaults(repeats=15)
    parser.add_argument("--steps", type=int, default=60_000, metavar="N", help="environment steps of each training (default: %(default)s)")
    parser.add_argument(
        "--warm-up",
        type=int,
        default=WARM_UP_STEPS,
        metavar="N",
        help="of them not counted: compiling, allocating, random moves are not what training costs (default: %(default)s)",
    )
    parser.add_argument("--commands", type=int, default=100, metavar="N", help="commands whose latency is measured (default: %(default)s)")
    parser.add_argument("--clicks", type=int, default=40, metavar="N", help="clicks in a browser (default: %(default)s)")
    parser.add_argument("--paused-s", type=float, default=15.0, metavar="S", help="seconds of pause (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    os.chdir(Path(__file__).parents[2])
    figures = overhead(chosen.steps, chosen.repeats, chosen.warm_up) + reactions(chosen.commands, chosen.clicks, chosen.paused_s)
    report("Control", figures, chosen.json)


if __name__ == "__main__":
    main()
