"""Run directories as large as one likes, as trainers would have written them; no trainer is started."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.pages.fake_runs import OLD_MS, ended, evaluation_row, new_run
from trainer.run_files.evaluations import evaluations_writer
from trainer.run_files.run_directory import RunDirectory

LOG_EVERY = 2_000  # environment steps
ROWS_A_PIECE = 10_000  # are formatted at once
ROW = (
    b'{"step":%d,"wall_seconds":%.3f,"active_seconds":%.3f,"at":%d,"updates":%d,"rollout/ep_rew_mean":%.4f,'
    b'"rollout/ep_len_mean":%.2f,"rollout/mean_lines":%.4f,"rollout/best_lines":%d,"rollout/mean_holes":%.4f,'
    b'"rollout/mean_height":%.4f,"rollout/clears_1":%d,"rollout/clears_2":%d,"rollout/clears_3":%d,"rollout/clears_4":%d,'
    b'"rollout/exploration_rate":0.05,"train/loss":%.6f,"train/mean_q":%.6f,"train/learning_rate":0.001,"time/fps":%.1f,'
    b'"time/episodes":%d}\n'
)


def metrics_lines(rows: int, seed: int, first: int = 1) -> Iterator[bytes]:
    """The rows of `metrics.jsonl`, in pieces: a noisy course that rises and levels off, another one for every seed."""
    random = np.random.default_rng(seed)
    best = random.uniform(200, 400)
    for start in range(first, first + rows, ROWS_A_PIECE):
        number = np.arange(start, min(start + ROWS_A_PIECE, first + rows))
        rise = 1 - np.exp(-3 * number / (first + rows))
        lines = best * rise * random.uniform(0.6, 1.4, len(number))
        noise = random.uniform(0.8, 1.2, (4, len(number)))
        columns = (
            number * LOG_EVERY, number * 0.4, number * 0.35, OLD_MS + number * 400, number * 125, lines * 2.4, lines * 2.5, lines,
            number // 7, 3 / (rise + 0.1) * noise[3], 4 * noise[0], lines * 9, lines, number % 7, number % 2,
            noise[0] / np.sqrt(number), rise * noise[1], 5_000 * noise[2], number * 9,
        )  # fmt: skip
        yield b"".join(ROW % row for row in zip(*(column.tolist() for column in columns), strict=True))


def synthetic_run(
    runs_dir: Path, name: str, rows: int, *, evaluations: int, like: RunDirectory | None = None, **settings: Any
) -> RunDirectory:
    """A finished run.

    Args:
        runs_dir: where it is made.
        name: what it is called.
        rows: of metrics.
        evaluations: how many.
        like: a run whose metrics it shares (as the same file on disk) instead of getting its own.
        settings: of the run; its seed decides its course.
    """
    run = new_run(runs_dir, name, **settings)
    seed = int(settings.get("seed", 1))
    if like is not None:
        os.link(like.metrics, run.metrics)
    else:
        with run.metrics.open("wb") as log:
            log.writelines(metrics_lines(rows, seed))
    last = rows * LOG_EVERY
    means = 400 * np.random.default_rng(seed).uniform(0.5, 1.5, evaluations)
    with evaluations_writer(run) as log:
        for number, mean in enumerate(means.tolist(), start=1):
            log.append(evaluation_row(last * number // evaluations, mean))
    return ended(run, "finished", num_timesteps=last)
