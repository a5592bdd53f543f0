"""What the live page shows of a run by its task: its figures, its picture and its charts.

A task of ours with a page module of its own is drawn by that; any other by what every task has.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import streamlit as st

from pages.ui import charts
from pages.ui.chart.chart import Chart
from pages.ui.kpis import FPS, Kpi, evaluation_kpi, metric_kpi, speed_kpi
from pages.ui.pictures.images import show_images
from pages.ui.pictures.stream import is_watched, picture_hint
from pages.ui.run_data import RunRows, run_data
from pages.ui.tetris import live as tetris
from trainer.probing import Probe
from trainer.tasks.about import About
from trainer.tasks.metric import COMMON, Metric

OWN = {"tetris": tetris}
EPISODES, REWARD = "time/episodes", "rollout/ep_rew_mean"
IN_FIGURES = {EPISODES, REWARD, FPS}
COLOURS = (charts.VERMILION, charts.PURPLE)


class LiveParts(Protocol):
    """The parts of the live page that depend on the task."""

    def facts(self, settings: Mapping[str, Any]) -> str:
        """What the heading says of a run beside its seed."""

    def kpis(self, rows: RunRows) -> list[Kpi]:
        """The figures of a run."""

    def draw_picture(self, probed: Probe, interval_s: float | None) -> None:
        """Draw the episode that is watched."""

    def make_charts(self, rows: RunRows, probed: Probe, *, log_y: bool) -> Sequence[Chart]:
        """The charts; the second one is that of the evaluations."""


def parts_of(about: About) -> LiveParts:
    """The parts of a task."""
    return cast("LiveParts", OWN[about.name]) if about.name in OWN else CommonParts(about)


class CommonParts:
    """What every task has: rewards, episodes, evaluations, and the first metrics that it logs."""

    def __init__(self, about: About) -> None:
        self._about = about

    def facts(self, settings: Mapping[str, Any]) -> str:  # noqa: ARG002 - see LiveParts
        """The task."""
        return self._about.label

    def kpis(self, rows: RunRows) -> list[Kpi]:
        """Rewards, evaluations, episodes and speed."""
        headline = self._about.headline
        return [
            evaluation_kpi(
                rows, headline, headline.counted or "reward", f"{headline.label} of the last evaluation, with its 95 % interval."
            ),
            metric_kpi(
                rows, REWARD, "Training · reward", "mean of 100 episodes", "Mean reward of the last 100 training episodes; they explore."
            ),
            metric_kpi(rows, EPISODES, "Episodes", "of training", "Training episodes that have ended."),
            speed_kpi(rows),
        ]

    def draw_picture(self, probed: Probe, interval_s: float | None) -> None:
        """Draw the newest images."""
        watched = is_watched(probed)
        st.caption(picture_hint(probed, show_images(probed.run, live=watched, interval_s=interval_s)))

    def make_charts(self, rows: RunRows, probed: Probe, *, log_y: bool) -> tuple[Chart, ...]:
        """Rewards of episodes, evaluations, and two of the metrics that are the task's own."""
        data, run_id, headline = run_data(probed.run), probed.run.run_id, self._about.headline
        own = [
            charts.metric_chart(data, rows, one, run_id=run_id, colour=colour) for one, colour in zip(self._shown(), COLOURS, strict=False)
        ]
        return (
            charts.episodes_chart(data, rows, run_id=run_id, column="reward", title="Reward", unit="reward", what="episode", log_y=log_y),
            charts.evaluation_chart(rows, headline, run_id=run_id, unit=headline.unit, note="greedy episodes", log_y=log_y),
            *own,
        )

    def _shown(self) -> list[Metric]:
        """The metrics that no figure shows, the task's own first."""
        there = [one for one in self._about.metrics.values() if one.log == "metrics" and one.column not in IN_FIGURES]
        return sorted(there, key=lambda metric: metric in COMMON.values())
