"""What a source says, as the logs and the status of a run: a function of the source alone.

What it does not say is null: whether an episode was truncated, how often was learned.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from ..learning.mean_interval import mean_interval
from ..run_files.process_identity import ProcessIdentity
from ..run_files.rows import is_name
from ..run_files.status import Best, State, Status
from .logs import Logs

BEST_METRIC = "mean_reward"
"""What the best evaluation is chosen by, as in runs that are trained here."""
UPDATES = "train/n_updates"
ROWS_AT_ONCE = 10_000

Contents = dict[str, bytes]
"""The logs of a run, by the property of `RunDirectory` that says where each is."""


def contents_of(logs: Logs, began_at: str) -> Contents:
    """The logs of the run.

    Args:
        logs: what the source says.
        began_at: when it began, as `files.now_text` writes it; empty: nobody knows.
    """
    began = int(datetime.fromisoformat(began_at).timestamp() * 1_000) if began_at else None
    return {
        "metrics": _lines(_metrics_rows(logs, began)),
        "episodes": _lines(_episode_rows(logs, began)),
        "evaluations": _lines(_evaluation_rows(logs, began)),
    }


def status_of(logs: Logs, state: State) -> Status:
    """How the run is."""
    step = max([0, *(part[-1].step for part in (logs.metrics, logs.episodes, logs.evaluations) if part)])
    last = [one.wall_seconds for one in logs.metrics[-1:]] + [one.wall_seconds for one in logs.episodes[-1:]]
    seconds = max([0.0, *(one or 0.0 for one in last)])
    best = max(((_mean(one.rewards), one.step) for one in logs.evaluations if one.rewards), default=None)
    return Status(
        state=state, process=ProcessIdentity.own(), total_timesteps=step, num_timesteps=step, episodes=len(logs.episodes),
        wall_seconds=seconds, active_seconds=seconds, best=Best(BEST_METRIC, *best) if best is not None else None,
    )  # fmt: skip


def _lines(rows: Iterator[dict[str, Any]]) -> bytes:
    """Rows of numbers as lines; many are put into JSON at once, which takes half the time.

    Each begins with its step. In JSON no name can hold what stands between two rows: its quotes would be escaped.
    """
    parts = list[bytes]()
    while some := list(islice(rows, ROWS_AT_ONCE)):
        parts += [orjson.dumps(some)[1:-1].replace(b'},{"step":', b'}\n{"step":'), b"\n"]
    return b"".join(parts)


def _metrics_rows(logs: Logs, began: int | None) -> Iterator[dict[str, Any]]:
    known = dict[str, bool]()
    for step, seconds, named in logs.metrics:
        at = None if began is None or seconds is None else began + int(seconds * 1_000)
        row = {"step": step, "wall_seconds": seconds, "active_seconds": seconds, "at": at, "updates": named.get(UPDATES)}
        for name, value in named.items():
            taken = known.get(name)
            if taken is None:
                taken = known[name] = name not in row and is_name(name)
            if taken:
                row[name] = value
        yield row


def _episode_rows(logs: Logs, began: int | None) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(logs.episodes, start=1):
        row = {"step": one.step, "episode": number, "reward": one.reward, "length": one.length, "truncated": None}
        yield (
            row | {"at": _at(began, one.wall_seconds)} | {name: one.named[name] for name in one.named if name not in row and is_name(name)}
        )


def _evaluation_rows(logs: Logs, began: int | None) -> Iterator[dict[str, Any]]:
    """An evaluation has the time of the metrics that were logged with it, at the same step, if there are such."""
    steps = {one.step for one in logs.evaluations}
    times = {row.step: row.wall_seconds for row in logs.metrics if row.step in steps}
    for one in logs.evaluations:
        mean, ends = (_mean(one.rewards), mean_interval(one.rewards)) if one.rewards else (None, None)
        seconds = times.get(one.step)
        row = {"step": one.step, "wall_seconds": seconds, "active_seconds": seconds, "episodes": len(one.rewards), "mean_reward": mean}
        yield row | {"ci95": ends, "rewards": one.rewards, "lengths": one.lengths, "at": _at(began, seconds)} | one.named


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _at(began: int | None, seconds: float | None) -> int | None:
    return None if began is None or seconds is None else began + int(seconds * 1_000)
