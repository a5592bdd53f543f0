"""The figures at the top of the live page: what each says, its unit, its note and its course."""

import math
from dataclasses import dataclass

import numpy as np

from pages.ui.curves import last, sparkline
from pages.ui.run_data import RunRows
from trainer.numbers import compact, duration, exact, interval, percent
from trainer.probing import Probe
from trainer.tasks.metric import Metric

FPS = "time/fps"


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


def metric_kpi(rows: RunRows, column: str, label: str, note: str, help_text: str) -> Kpi:
    """The last value of a column of the metrics.

    Args:
        rows: of the run.
        column: of its metrics.
        label: of the figure.
        note: what stands beneath it.
        help_text: what it is.
    """
    values = rows.metrics[column]
    return Kpi(label, compact(last(values)), note, help_text, sparkline(values))


def speed_kpi(rows: RunRows) -> Kpi:
    """How fast a run is."""
    help_text = "Environment steps per second of active time: pauses and slow motion do not count."
    return metric_kpi(rows, FPS, "Speed · steps/s", _updates_note(last(rows.metrics["updates"])), help_text)


def evaluation_kpi(rows: RunRows, metric: Metric, what: str, help_text: str) -> Kpi:
    """The last evaluation, with its interval.

    Args:
        rows: of the run.
        metric: what is shown of it.
        what: what that counts.
        help_text: what it is.
    """
    values = rows.evaluations[metric.column]
    note = _evaluation_note(rows, metric)
    return Kpi(f"Evaluation · {what}", compact(last(values)), note, help_text, sparkline(values))


def _updates_note(updates: float | None) -> str:
    return f"{compact(updates)} {'update' if updates == 1 else 'updates'}" if updates else "no update yet"


def _evaluation_note(rows: RunRows, metric: Metric) -> str:
    """The interval of the evaluation that is shown: an older one's would be taken for it."""
    columns = rows.evaluations
    known = np.flatnonzero(np.isfinite(columns[metric.column]))
    if not len(known):
        return "no evaluation yet"
    low, high = (float(columns[f"{metric.interval}_{end}"][known[-1]]) for end in ("low", "high"))
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
    words: dict[str, str] = {
        "imported": "Imported, not trained here", "queued": "Waits in the queue; training begins as soon as a core is free",
        "stopped": "Not trained yet",
    }  # fmt: skip
    return words.get(probed.state, "The trainer ended before its first step")
