"""The figures of the live page: what each says, its unit and its note."""

import math
from dataclasses import dataclass

import numpy as np

from pages.ui.curves import last
from pages.ui.run_data import RunRows
from trainer.numbers import compact, count, duration, exact, interval, percent
from trainer.probing import Probe
from trainer.run_files.status import Evaluating
from trainer.tasks.metric import Metric

FPS = "time/fps"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure.

    Attributes:
        note: what stands small beneath the value; a blank keeps the height.
    """

    label: str
    value: str
    note: str
    help: str


def metric_kpi(rows: RunRows, column: str, label: str, note: str, help_text: str) -> Kpi:
    """The last value of a column of the metrics.

    Args:
        rows: of the run.
        column: of its metrics.
        label: of the figure.
        note: what stands beneath it.
        help_text: what it is.
    """
    return Kpi(label, compact(last(rows.metrics[column])), note, help_text)


def speed_kpi(rows: RunRows) -> Kpi:
    """How fast a run is."""
    help_text = "Environment steps per second of active time: pauses and slow motion do not count."
    return metric_kpi(rows, FPS, "Speed · steps/s", _updates_note(last(rows.metrics["updates"])), help_text)


def evaluation_kpis(rows: RunRows, metric: Metric, what: str, evaluating: Evaluating | None = None) -> tuple[Kpi, Kpi]:
    """The best evaluation, which is the headline, and the last one, each with its interval and its step.

    Args:
        rows: of the run.
        metric: what is shown of them.
        what: what that counts.
        evaluating: one that is under way.
    """
    values = rows.evaluations[metric.column]
    known = np.flatnonzero(np.isfinite(values))
    measured = f"{metric.label} of greedy episodes on fixed seeds, with its 95 % interval."
    help_best = (
        f"{measured} The best of {count(len(known), 'evaluation')} was lucky too: Evaluate, on other seeds, tells how good its model is."
    )
    none_yet = evaluating_words(evaluating) or "no evaluation yet"
    if not len(known):
        return Kpi(f"Best evaluation · {what}", compact(None), none_yet, measured), Kpi(
            "Last evaluation", compact(None), "\u00a0", measured
        )
    best = known[(np.argmin if metric.better == "lower" else np.argmax)(values[known])]
    newest = known[-1]
    last_note = "it is the best" if newest == best else _evaluation_note(rows, metric, newest)
    return (
        Kpi(f"Best evaluation · {what}", compact(float(values[best])), _evaluation_note(rows, metric, best), help_best),
        Kpi("Last evaluation", compact(float(values[newest])), last_note, measured),
    )


def evaluating_words(evaluating: Evaluating | None) -> str:
    """How far the evaluation that is under way is; empty if none is."""
    return f"Evaluating {exact(evaluating.done)} of {exact(evaluating.episodes)}" if evaluating is not None else ""


def _updates_note(updates: float | None) -> str:
    return f"{compact(updates)} {'update' if updates == 1 else 'updates'}" if updates else "no update yet"


def _evaluation_note(rows: RunRows, metric: Metric, number: int) -> str:
    """The interval of one evaluation and where it was."""
    columns = rows.evaluations
    low, high = (float(columns[f"{metric.interval}_{end}"][number]) for end in ("low", "high"))
    return f"{interval((low, high))} · step {compact(float(columns['step'][number]))}"


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
    if rate and status.visual and status.speed is not None:
        rate = min(rate, status.speed)
    if probed.state == "running" and rate and math.isfinite(rate):
        words.append(f"{duration((status.total_timesteps - status.num_timesteps) / rate)} left")
    if evaluating := evaluating_words(status.evaluating if probed.active else None):
        words.append(evaluating)
    if status.active_seconds:
        words.append(f"{duration(status.active_seconds)} of training")
    return Progress(share, " · ".join(words))


def _never_trained(probed: Probe) -> str:
    words: dict[str, str] = {
        "imported": "Imported, not trained here", "queued": "Waits in the queue; training begins as soon as a core is free",
        "stopped": "Not trained yet",
    }  # fmt: skip
    return words.get(probed.state, "The trainer ended before its first step")
