"""Run directories in every state a page can meet, written by the real writers; no trainer is started."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.creating import create_run
from trainer.run_files.config_file import ConfigFile, read_config, write_config
from trainer.run_files.control import read_control
from trainer.run_files.episodes import EpisodeRow, episodes_writer
from trainer.run_files.evaluations import EvaluationRow, evaluations_writer
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text, replace_document
from trainer.run_files.metrics import MetricsRow, metrics_writer
from trainer.run_files.models import BestMetadata, save_best
from trainer.run_files.pictures import RollingLog
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.status import Best, Status, read_status, write_status
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.files.boards import BoardRow

LOG_EVERY = 100
FILLED_ROWS = 30
OLD = "2026-01-01T00:00:00.000Z"
OLD_MS = 1_767_225_600_000  # the same in milliseconds since 1970


def new_run(runs_dir: Path, name: str = "First try", *, total: int = 100_000, **settings: Any) -> RunDirectory:
    """A run that was made long ago (its trainer is not waited for any more)."""
    run = create_run(TetrisSettings(total_timesteps=total, **settings), name=name, runs_dir=runs_dir, visual=True, by="app")
    config = read_config(run)
    write_config(run, ConfigFile(name=config.name, seed=config.seed, task=config.task, settings=config.settings, created_at=OLD))
    replace_document(run.control, asdict(replace(read_control(run), updated_at=OLD)))
    return run


def metrics_row(number: int, **changes: float | None) -> MetricsRow:
    """Row `number`, from 1; everything grows. `changes` are of named numbers: `loss` is `train/loss`."""
    named = {
        "rollout/ep_rew_mean": number * 1.4,
        "rollout/ep_len_mean": number * 4.0,
        "rollout/mean_lines": None if number < 2 else number * 1.5,
        "rollout/best_lines": number * 3,
        "rollout/exploration_rate": max(0.0, 1 - number / 50),
        "train/loss": None if number < 3 else 1.0 / number,
        "train/mean_q": number * 0.1,
        "train/learning_rate": 1e-3,
        "time/fps": 1_250.0,
        "time/episodes": number * 2,
    }
    whole = {name.rpartition("/")[2]: name for name in named}
    return MetricsRow(
        step=number * LOG_EVERY,
        wall_seconds=number * 0.1,
        active_seconds=number * 0.08,
        at=OLD_MS + number * 100,
        updates=number * 6,
        named=named | {whole[name]: value for name, value in changes.items()},
    )


def evaluation_row(step: int, mean: float, **changes: Any) -> EvaluationRow:
    """An evaluation of two games; `changes` are of named values."""
    lines = [round(mean / 2), round(mean * 1.5)]
    named = {
        "mean_lines": mean, "lines_ci95_low": mean * 0.8, "lines_ci95_high": mean * 1.3, "median_lines": mean,
        "max_lines": round(mean * 2), "lines": lines, "max_pieces": 25_000, "truncated_episodes": 0, "evaluation_seconds": 0.5,
    }  # fmt: skip
    return EvaluationRow(
        step=step, wall_seconds=step / 1000, active_seconds=step / 1250, episodes=2, mean_reward=mean * 2.5, ci95=(mean * 2, mean * 3),
        rewards=[mean * 2, mean * 3], lengths=[round(mean * 2), round(mean * 3)], at=OLD_MS + step, named=named | changes,
    )  # fmt: skip


def episode_row(number: int, **changes: Any) -> EpisodeRow:
    """Game `number`, from 1; its lines may be another number."""
    return EpisodeRow(
        step=number * LOG_EVERY, episode=number, reward=1.0, length=number * 5, truncated=False, at=OLD_MS + number * 100,
        named={"lines": number * 2, "seed": number} | changes,
    )  # fmt: skip


def board_row(step: int, piece: int = 1, height: int = 20) -> BoardRow:
    """A snapshot of so many rows with a full one of `piece` at the bottom."""
    cells = "0" * 10 * (height - 1) + str(piece) * 10
    return BoardRow(step=step, at=now_text(), game=3, seed=9, lines=step // 10, pieces=step // 4, piece=piece, height=height, cells=cells)


def fill(run: RunDirectory, rows: int = FILLED_ROWS) -> None:
    """Metrics, games, evaluations, boards and events of a run that goes well."""
    with metrics_writer(run) as metrics, episodes_writer(run) as episodes, evaluations_writer(run) as evaluations:
        for number in range(1, rows + 1):
            metrics.append(metrics_row(number))
            episodes.append(episode_row(number))
            if number % 10 == 0:
                evaluations.append(evaluation_row(number * LOG_EVERY, number * 2.0))
    boards, events, height = RollingLog(run.pictures), EventsWriter(run), read_config(run).settings.get("board_height", 20)
    for number in range(5):
        boards.append_all([board_row(number * 25, number + 1, height)])
    events.append(EventRow(now_text(), 0, "started", "Training began: 100,000 steps, seed 1"))
    events.append(EventRow(now_text(), 1_000, "new_best", "New best: 20 lines (the first), saved"))
    boards.log.close()
    events.log.close()


def set_status(run: RunDirectory, **changes: Any) -> Status:
    """Replace some fields of the status; the heartbeat is fresh."""
    first = Status(
        state="running", process=ProcessIdentity.own(), total_timesteps=100_000, applied_seq=1,
        num_timesteps=3_000, episodes=60, steps_per_second=1_250.0, wall_seconds=3.0, active_seconds=2.4,
        best=Best("eval_lines", 60.0, 3_000), visual=True,
    )  # fmt: skip
    status = replace(read_status(run) or first, heartbeat_at=now_text(), **({"heartbeat_monotonic_s": time.monotonic()} | changes))
    write_status(run, status)
    return status


@contextmanager
def live(run: RunDirectory, **changes: Any) -> Iterator[RunDirectory]:
    """Be the trainer of a run: hold its lock and have a fresh heartbeat."""
    lock = hold_run_lock(run)
    try:
        set_status(run, **changes)
        yield run
    finally:
        lock.release()


@contextmanager
def growing(run: RunDirectory, *, every_s: float = 0.2, steps: bool = False) -> Iterator[RunDirectory]:
    """Be the trainer of a run that was filled: rows are appended all the time.

    Args:
        run: see `fill`.
        every_s: seconds between two rows.
        steps: whether the status tells the step of the newest row.
    """
    over = threading.Event()

    def append() -> None:
        number = FILLED_ROWS + 1
        with metrics_writer(run) as metrics:
            while not over.wait(every_s):
                metrics.append(metrics_row(number))
                set_status(run, **({"num_timesteps": number * LOG_EVERY} if steps else {}))
                number += 1

    with live(run):
        thread = threading.Thread(target=append)
        thread.start()
        try:
            yield run
        finally:
            over.set()
            thread.join()


def ended(run: RunDirectory, state: str, **changes: Any) -> RunDirectory:
    """A run whose trainer has ended: `finished`, `stopped`, `failed`; `running` is one that crashed."""
    with live(run, state=state, **changes):
        return run


def failed_run(runs_dir: Path) -> RunDirectory:
    """A run that met an error."""
    run = new_run(runs_dir, "Broken")
    fill(run)
    events = EventsWriter(run)
    sentence = "Training failed: ValueError: the **loss** is <b>NaN</b>"
    events.append(EventRow(now_text(), 3_000, "failure", sentence, traceback="Traceback (most recent call last):\n  line 12\nValueError"))
    events.log.close()
    run.log.write_text("loading\nValueError: the loss is NaN\n", encoding="utf-8")
    return ended(run, "failed", error=sentence)


def with_best_model(run: RunDirectory, content: bytes = b"a model") -> RunDirectory:
    """Give a run a best model."""
    metadata = BestMetadata(
        task="tetris", metric="eval_lines", value=60.0, reward=58.0, step=3_000, episode=60, seed=1, active_seconds=2.4, episodes=20,
        ci95=(48.0, 78.0), settings={"board_height": 20, "randomizer": "uniform"}, named={"lines": 60.0},
    )  # fmt: skip
    save_best(run, content, metadata, None)
    return run


def fill_long(run: RunDirectory, rows: int) -> None:
    """A log of many rows, written at once: metrics and games."""
    random = np.random.default_rng(1)
    lines = random.exponential(100.0, rows).astype(int).tolist()
    with run.metrics.open("wb") as metrics, run.episodes.open("wb") as episodes:
        for number in range(1, rows + 1):
            metrics.write(
                b'{"step":%d,"wall_seconds":%.3f,"active_seconds":%.3f,"at":%d,"updates":%d,"rollout/ep_rew_mean":9.5,'
                b'"rollout/ep_len_mean":250.0,"rollout/mean_lines":%.2f,"rollout/best_lines":%d,"rollout/exploration_rate":0.05,'
                b'"train/loss":%.5f,"train/mean_q":%.4f,"train/learning_rate":0.001,"time/fps":2000.0,"time/episodes":%d}\n'
                % (
                    number * 2000,
                    number,
                    number,
                    OLD_MS + number,
                    number * 6,
                    lines[number - 1],
                    number // 9,
                    1 / number,
                    number / 1e4,
                    number,
                )
            )
            episodes.write(
                b'{"step":%d,"episode":%d,"reward":1.0,"length":250,"truncated":false,"at":%d,"lines":%d,"seed":%d}\n'
                % (number * 2000, number, OLD_MS + number, lines[number - 1], number)
            )
