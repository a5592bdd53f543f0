"""How fast a trainer obeys, what a paused one costs, and how long a click takes. Part of `python -m tests.benchmarks.control`.

A latency is the trainer's own: from the write of `control.json` until its training thread had acted. To see it at bad moments too,
commands are given while a checkpoint or a best model is being written: while the folder that is built aside is there.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

from tests.serving import new_window, running_app
from trainer.config import RunSettings
from trainer.creating import create_run
from trainer.probing import probe, trainer_process
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import start_trainer
from trainer.tasks.tetris.about import TetrisSettings

LOOK_EVERY_S = 0.005
MOMENT_EVERY_S = 0.0005  # a folder stands aside for milliseconds
MOMENT_TIMEOUT_S = 5.0  # best models become rare as the network becomes good
SAVING_RUNS = 5
CLICK_TIMEOUT_MS = 30_000
EVALUATING = TetrisSettings(total_timesteps=100_000_000, eval_every=2_000, eval_max_pieces=2_000)
"""The next evaluation begins as soon as the one before is done; learns as usual."""
SAVING = TetrisSettings(
    total_timesteps=100_000_000, learning_starts=0, eval_every=100, eval_episodes=2, eval_max_pieces=100, checkpoint_every_s=1.0
)
"""Short evaluations, which soon find a new best model, and a checkpoint a second."""


@contextmanager
def training(config: RunSettings, runs_dir: Path, *, visual: bool = False, after: int = 0) -> Iterator[RunDirectory]:
    """A run in training, `after` so many steps; it is stopped at the end."""
    run = create_run(config, runs_dir=runs_dir, visual=visual)
    start_trainer(run)
    try:
        _wait(lambda: _steps(run) > after)
        yield run
    finally:
        update_control(run, by="cli", run="stopped")
        _wait(lambda: not probe(run).active)


def _wait(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(LOOK_EVERY_S)


def _steps(run: RunDirectory) -> int:
    status = probe(run).status
    return status.num_timesteps if status else 0


def obeyed_ms(run: RunDirectory, word: str) -> float:
    """How long the trainer takes to obey a command that is written now."""
    seq = update_control(run, by="cli", run=word).seq
    while (status := probe(run).status) is None or status.applied_seq < seq:
        time.sleep(LOOK_EVERY_S)
    return status.applied_latency_ms or 0.0


def at_any_moment(run: RunDirectory, commands: int) -> list[float]:
    """Milliseconds of pauses and resumes, while an evaluation goes on beside training."""
    measured = []
    for number in range(commands):
        time.sleep(0.1)  # so that the commands meet every moment of training
        measured.append(obeyed_ms(run, "paused" if number % 2 == 0 else "running"))
    obeyed_ms(run, "running")
    return measured


def while_slow(run: RunDirectory, commands: int) -> list[float]:
    """Milliseconds of pauses and resumes of a run whose steps are seconds apart."""
    update_control(run, by="cli", visual=True, speed=1)
    measured = at_any_moment(run, commands)
    update_control(run, by="cli", visual=False, speed=None)
    return measured


def while_saving(commands: int) -> tuple[list[float], list[float]]:
    """Milliseconds of pauses that are asked for while a checkpoint, and while a best model, is being written.

    New best models come often at the beginning only: so there are several runs.
    """
    best, checkpoints = list[float](), list[float]()
    for seed in range(1, SAVING_RUNS + 1):
        if min(len(best), len(checkpoints)) >= commands:
            break
        with tempfile.TemporaryDirectory() as folder, training(replace(SAVING, seed=seed), Path(folder)) as run:
            best += _pauses_when(run, (run.path / ".best.new").exists, commands - len(best))
            checkpoints += _pauses_when(run, lambda run=run: any(run.checkpoints.glob(".step-*.new")), commands - len(checkpoints))  # type: ignore[misc]
    return checkpoints, best


def _pauses_when(run: RunDirectory, moment: Callable[[], bool], commands: int) -> list[float]:
    measured: list[float] = []
    while len(measured) < commands and _comes(moment):
        measured.append(obeyed_ms(run, "paused"))
        obeyed_ms(run, "running")
    return measured


def _comes(moment: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + MOMENT_TIMEOUT_S
    while not moment():
        if time.monotonic() > deadline:
            return False
        time.sleep(MOMENT_EVERY_S)
    return True


def paused_percent(run: RunDirectory, seconds: float) -> float:
    """What the paused trainer takes of one core, over so many seconds."""
    obeyed_ms(run, "paused")
    process = trainer_process(run, probe(run).status)
    if process is None:
        raise RuntimeError(f"The trainer of {run.run_id} is not there any more.")
    before, since = _cpu_seconds(process), time.monotonic()
    time.sleep(seconds)
    share = (_cpu_seconds(process) - before) / (time.monotonic() - since)
    obeyed_ms(run, "running")
    return 100 * share


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def clicks_ms(run: RunDirectory, clicks: int) -> list[float]:
    """Milliseconds from a click on Resume or Pause until the page shows that the trainer has done it."""
    obeyed_ms(run, "paused")  # while the app starts
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(run.path.parent, Path(folder) / "app.log") as app,
        new_window() as page,
    ):
        page.goto(app.url)
        return [_click_ms(page, *(("Resume", "Resumed"), ("Pause", "Paused"))[number % 2]) for number in range(clicks)]


def _click_ms(page: Page, button: str, done: str) -> float:
    target = page.locator(".st-key-run_heading").get_by_role("button", name=button, exact=True)
    expect(target).to_be_enabled(timeout=CLICK_TIMEOUT_MS)
    page.wait_for_timeout(500)  # clicks meet every moment between two refreshes
    started = time.perf_counter()
    target.click(timeout=CLICK_TIMEOUT_MS)
    expect(page.get_by_text(re.compile(rf"{done} at step [\d,]+ after"))).to_be_visible(timeout=CLICK_TIMEOUT_MS)
    return (time.perf_counter() - started) * 1_000
