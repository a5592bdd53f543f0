"""The figures at the top of the live page: what each says, its unit, its note and its course."""

import math
from dataclasses import dataclass

import numpy as np

from pages.ui.curves import last, sparkline
from pages.ui.run_data import RunRows
from trainer.numbers import MISSING, compact, count, duration, exact, interval, percent
from trainer.probing import Probe
from trainer.tasks.tetris.metrics import BEST_LINES, EPISODES, EPSILON, FPS, HEADLINE, LINES

MEAN_OF = 100  # training games


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure.

    Attributes:
        note: what stands small beneath the value; a blank keeps the height.
        course: values for the sparkline, oldest first; empty: none yet.
    """

    label: str
    value: str
    note: str
    help: str
    course: list[float]


def kpis(rows: RunRows) -> list[Kpi]:
    """The figures of a run."""
    metrics, evaluations, games = rows.metrics, rows.evaluations, _finished_games(rows)
    return [
        Kpi(
            "Best training game",
            compact(games.most),
            f"lines, in {compact(games.count)} {'game' if games.count == 1 else 'games'}" if games.count else "no game finished yet",
            "The most lines in one training game so far.",
            sparkline(metrics[BEST_LINES]),
        ),
        Kpi(
            "Evaluation · lines",
            compact(last(evaluations[HEADLINE.column])),
            _evaluation_note(rows),
            "Mean lines of greedy games on fixed seeds, with its 95 % interval.",
            sparkline(evaluations[HEADLINE.column]),
        ),
        Kpi(
            "Training · lines",
            compact(games.mean),
            f"mean of {count(min(games.count, MEAN_OF), 'game')}" if games.count else "no game finished yet",
            f"Mean of the last {MEAN_OF} training games; they explore, and long ones are cut.",
            sparkline(metrics[LINES]),
        ),
        Kpi(
            "Speed · steps/s",
            compact(last(metrics[FPS])),
            _updates_note(last(metrics["updates"])),
            "Environment steps per second of active time: pauses and slow motion do not count.",
            sparkline(metrics[FPS]),
        ),
        Kpi(
            "Exploration ε",
            _share(last(metrics[EPSILON])),
            "random placements",
            "The share of training moves that are chosen at random.",
            sparkline(metrics[EPSILON]),
        ),
    ]


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{value * 100:.3g} %"


def _updates_note(updates: float | None) -> str:
    return f"{compact(updates)} {'update' if updates == 1 else 'updates'}" if updates else "no update yet"


@dataclass(frozen=True, slots=True)
class _Games:
    """The finished training games: how many, the most lines in one, and the mean of the last hundred."""

    count: int
    most: float | None
    mean: float | None


def _finished_games(rows: RunRows) -> _Games:
    """As both logs know them. Games are logged one by one, metrics every so many steps: the charts show games before the first row."""
    lines, metrics = rows.episodes["lines"], rows.metrics
    lines = lines[np.isfinite(lines)]
    most, mean = last(metrics[BEST_LINES]), last(metrics[LINES])
    if len(lines):
        most = max(float(lines.max()), most or 0.0)
        mean = float(lines[-MEAN_OF:].mean()) if mean is None else mean
    return _Games(max(int(last(metrics[EPISODES]) or 0), len(lines)), most, mean)


def _evaluation_note(rows: RunRows) -> str:
    """The interval of the evaluation that is shown: an older one's would be taken for it."""
    columns = rows.evaluations
    known = np.flatnonzero(np.isfinite(columns[HEADLINE.column]))
    if not len(known):
        return "no evaluation yet"
    low, high = (float(columns[f"{HEADLINE.interval}_{end}"][known[-1]]) for end in ("low", "high"))
    return interval((low, high))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: a share from 0 to 1 and the words beside the bar."""

    share: float
    words: str


def progress(probed: Probe) -> Progress:
    """How far a run is, and when it will be there if it goes on as it does."""
    status = probed.status
    if status is None or not status.total_timesteps:
        return Progress(0.0, "Waiting for the trainer's first word" if probed.active else _never_trained(probed))
    share = min(1.0, max(0.0, status.num_timesteps / status.total_timesteps))
    words = [f"{exact(status.num_timesteps)} of {exact(status.total_timesteps)} steps", percent(share)]
    rate = status.steps_per_second
    if probed.state == "running" and rate and math.isfinite(rate):
        words.append(f"{duration((status.total_timesteps - status.num_timesteps) / rate)} left")
    if status.active_seconds:
        words.append(f"{duration(status.active_seconds)} of training")
    return Progress(share, " · ".join(words))


def _never_trained(probed: Probe) -> str:
    return "Imported, not trained here" if probed.state == "imported" else "The trainer ended before its first step"
