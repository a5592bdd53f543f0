"""Runs of tasks that are not ours, written as another Control Room would have: `bandit` is not installed here, `archery` can be."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from tests.pages.fake_runs import OLD, OLD_MS, ended
from trainer import tasks
from trainer.config import RunSettings
from trainer.run_files.config_file import ConfigFile, write_config
from trainer.run_files.evaluations import EvaluationRow, evaluations_writer
from trainer.run_files.metrics import MetricsRow, metrics_writer
from trainer.run_files.run_directory import RunDirectory, make_run_directory
from trainer.settings import setting
from trainer.tasks.about import About
from trainer.tasks.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcherySettings(RunSettings):
    """The settings of a task whose problem is a distance."""

    task: ClassVar[str] = "archery"

    distance: int = setting(18, "Distance", "Metres to the target.", "Problem", at_least=1, role="problem")
    bow: float = setting(0.5, "Bow", "How far it is drawn.", "Learning")


ARCHERY = About(
    "archery", "Archery", ArcherySettings, presets={"default": {}},
    metrics={
        "misses": Metric(
            "Misses", "misses per round, greedy", "evaluations", "misses", "lower", counted="misses", one="miss", headline=True
        ),
        "rings": Metric("Rings", "rings per round", "metrics", "rollout/rings", counted="rings", verb="scores"),
    },
)  # fmt: skip


def install_archery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a package that adds the task, as its entry point would say."""
    about = ModuleType("archery.about")
    about.ABOUT = ARCHERY  # type: ignore[attr-defined]  # a module has what it is given
    monkeypatch.setitem(sys.modules, "archery.about", about)
    monkeypatch.setattr(tasks, "_other_packages", lambda: {"archery": "archery"})


def other_run(runs_dir: Path, task: str, means: Sequence[float], *, seed: int = 1, named: str = "", **settings: Any) -> RunDirectory:
    """A finished run with an evaluation and a row of metrics every 1,000 steps.

    Args:
        runs_dir: where it is made.
        task: what it trains.
        means: the reward of each evaluation.
        seed: its seed, which names it too.
        named: a number that the evaluations hold besides; it has the same values.
        settings: of the task.
    """
    run = make_run_directory(runs_dir, f"{task}-{seed}")
    every = {"total_timesteps": 10_000, "seed": seed} | settings
    write_config(run, ConfigFile(name=f"{task}, seed {seed}", seed=seed, task=task, settings=every, created_at=OLD))
    with evaluations_writer(run) as evaluations, metrics_writer(run) as metrics:
        for number, mean in enumerate(means, 1):
            evaluations.append(_evaluation(number, mean, named))
            metrics.append(_metrics(number, mean))
    return ended(run, "finished")


def _times(number: int) -> dict[str, Any]:
    """The times of row `number`, from 1."""
    return {"step": number * 1_000, "wall_seconds": 1.0 * number, "active_seconds": 0.8 * number, "at": OLD_MS + number * 1_000}


def _evaluation(number: int, mean: float, named: str) -> EvaluationRow:
    values = {named: mean} if named else {}
    return EvaluationRow(
        **_times(number), episodes=2, mean_reward=mean, ci95=(mean - 0.1, mean + 0.1), rewards=[mean, mean], lengths=[5, 5], named=values
    )


def _metrics(number: int, mean: float) -> MetricsRow:
    named = {"rollout/ep_rew_mean": mean * 0.9, "rollout/ep_len_mean": 5.0, "train/loss": 1 / number, "rollout/rings": mean}
    return MetricsRow(**_times(number), updates=number * 10, named=dict(named))
