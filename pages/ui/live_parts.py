"""What the live page shows of a run by its task: its figures, its picture and its charts.

A task of ours with a page module of its own is drawn by that; any other by what every task has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, cast

import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import Chart
from pages.ui.charts import Other
from pages.ui.curves import last
from pages.ui.gym.best_episode import draw_best_episode
from pages.ui.kpis import FPS, Kpi, evaluation_kpis, metric_kpi, speed_kpi
from pages.ui.live_end import has_ended
from pages.ui.pictures.images import show_images
from pages.ui.pictures.stream import draw_no_pictures, is_watched, picture_hint
from pages.ui.run_data import RunRows, run_data
from pages.ui.shell.navigation import REPLAY
from pages.ui.tetris import live as tetris
from trainer.numbers import MISSING, compact, count, exact, percent
from trainer.probing import Probe
from trainer.run_files.metrics import MetricsRow
from trainer.run_files.opening import exists
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.about import About
from trainer.tasks.metric import COMMON, EVALUATION, Metric

OWN = {"tetris": tetris}
EPISODES, REWARD, LENGTH, SUCCESS = "time/episodes", "rollout/ep_rew_mean", "rollout/ep_len_mean", "rollout/success_rate"
ALGORITHM = "algo"  # a setting
MEAN_OF = 100  # episodes
PICKED = 2
LOOKED_AT_FIRST = ("train/value_loss", "train/critic_loss", "train/entropy_loss", "train/actor_loss", "train/loss", "train/ent_coef")
ALWAYS = (LENGTH, FPS)  # recorded from the first row
CORE = {one.name for one in fields(MetricsRow)}


class LiveParts(Protocol):
    """The parts of the live page that depend on the task."""

    def facts(self, settings: Mapping[str, Any]) -> str:
        """What the heading says of a run beside its seed."""

    def kpis(self, rows: RunRows, probed: Probe) -> list[Kpi]:
        """The figures of a run; the first one is the headline."""

    def picture_room(self, run: RunDirectory) -> str:
        """The key of what the picture is drawn in, which is as large as the window allows before there is one."""

    def draw_picture(self, probed: Probe, rows: RunRows, interval_s: float | None) -> None:
        """Draw the episode that is watched; of a run that has ended its best recorded one."""

    def make_charts(self, rows: RunRows, probed: Probe, *, log_y: bool, other: Other | None = None) -> Sequence[Chart]:
        """The charts of every run of the task, with a second run over them; the second chart is that of the evaluations."""

    def picked_charts(self, rows: RunRows) -> Sequence[str]:
        """The columns of the metrics that are drawn beside them, as long as a person has not chosen others."""


def parts_of(about: About) -> LiveParts:
    """The parts of a task."""
    return cast("LiveParts", OWN[about.name]) if about.name in OWN else CommonParts(about)


def has_recordings(about: About, run: RunDirectory) -> bool:
    """Whether episodes of a run can be watched again: those of its task are recorded, and another program has recorded none."""
    return REPLAY in about.pages and not exists(run.source)


class CommonParts:
    """What every task has: rewards, episodes, evaluations, and the first metrics that it logs."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._evaluated = next((one for one in _headline_first(about) if one.log == "evaluations"), EVALUATION)

    def facts(self, settings: Mapping[str, Any]) -> str:
        """What is trained, and by which algorithm if the task leaves a choice."""
        algorithm = settings.get(ALGORITHM)
        about = self._about
        what = about.problem_details(settings) if about.problem else about.problem_words(settings)
        return f"{what} · {str(algorithm).upper()}" if algorithm else what

    def kpis(self, rows: RunRows, probed: Probe) -> list[Kpi]:
        """Evaluations, rewards, successes or episodes, and speed."""
        evaluated, evaluating = self._evaluated, probed.status.evaluating if probed.status is not None else None
        help_text = "Mean reward of the last 100 training episodes; they explore."
        return [
            *evaluation_kpis(rows, evaluated, evaluated.counted or "reward", evaluating),
            metric_kpi(rows, REWARD, "Training · reward", _recent(rows), help_text),
            success_kpi(rows) if SUCCESS in rows.metrics else _episodes_kpi(rows),
            speed_kpi(rows),
        ]

    def picture_room(self, run: RunDirectory) -> str:  # noqa: ARG002 - see LiveParts
        """Of an image."""
        return "images_room"

    def draw_picture(self, probed: Probe, rows: RunRows, interval_s: float | None) -> None:
        """Draw the newest images; of a run that has ended its best recorded episode, or the last image."""
        if has_ended(probed):
            if draw_best_episode(probed.run, rows, self._about, self._evaluated):
                return
            if not exists(probed.run.pictures):
                draw_no_pictures(probed)
                return
        watched = is_watched(probed)
        st.caption(picture_hint(probed, show_images(probed.run, live=watched, interval_s=interval_s)))

    def make_charts(self, rows: RunRows, probed: Probe, *, log_y: bool, other: Other | None = None) -> tuple[Chart, ...]:
        """Rewards of episodes, and evaluations."""
        data, run_id, evaluated = run_data(probed.run), probed.run.run_id, self._evaluated
        hint = "click to watch" if has_recordings(self._about, probed.run) else ""
        return (
            charts.episodes_chart(
                data, rows, run_id=run_id, column="reward", title="Reward", unit="reward", what="episode", log_y=log_y, other=other
            ),
            charts.evaluation_chart(
                rows, evaluated, run_id=run_id, unit=evaluated.unit, note="greedy episodes", log_y=log_y, hint=hint, other=other
            ),
        )

    def picked_charts(self, rows: RunRows) -> list[str]:
        """The first two that are recorded of what the task has of its own, and of what people look at first."""
        own = [one.column for one in self._about.metrics.values() if one.log == "metrics" and one not in COMMON.values()]
        wanted = dict.fromkeys([*own, *LOOKED_AT_FIRST])
        there = [name for name in wanted if name in rows.metrics]
        if not there and not any(name in rows.metrics for name in ALWAYS):  # another program's own names
            there = [name for name in rows.metrics if name not in CORE]
        return (there + [name for name in ALWAYS if name not in there])[:PICKED]


def _headline_first(about: About) -> list[Metric]:
    return sorted(about.metrics.values(), key=lambda one: not one.headline)


def success_kpi(rows: RunRows) -> Kpi:
    """How often episodes are a success."""
    values = rows.metrics[SUCCESS]
    share = last(values)
    text = MISSING if share is None else percent(share)
    ended = _ended(rows)
    note = f"last {min(ended, MEAN_OF)} of {exact(ended)}" if ended else "no episode finished yet"
    return Kpi("Success rate", text, note, "Share of the last 100 training episodes that were a success.")


def _episodes_kpi(rows: RunRows) -> Kpi:
    """How many have ended; of a run whose metrics do not say it, by its log of episodes."""
    help_text = "Training episodes that have ended."
    if EPISODES in rows.metrics or not (ended := _ended(rows)):
        return metric_kpi(rows, EPISODES, "Episodes", "of training", help_text)
    return Kpi("Episodes", compact(ended), "of training", help_text)


def _ended(rows: RunRows) -> int:
    return int(last(rows.metrics[EPISODES]) or len(rows.episodes["step"]))


def _recent(rows: RunRows) -> str:
    if ended := _ended(rows):
        return f"mean of {count(min(ended, MEAN_OF), 'episode')}"
    return "no episode finished yet" if last(rows.metrics[REWARD]) is None else "mean of recent episodes"
