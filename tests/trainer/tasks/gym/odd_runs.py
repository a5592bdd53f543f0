"""Runs in environments that misbehave, and what came of them."""

import json
import threading
from pathlib import Path
from typing import Any

from tests.trainer.learning.tiny import rows
from trainer.creating import create_run
from trainer.learning.process import run_trainer
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status
from trainer.tasks import find_task
from trainer.tasks.gym.about import GymSettings

ODD = "tests.trainer.tasks.gym.odd_environments:Odd-v0"
QUICK: dict[str, Any] = {
    "env": ODD,
    "algo": "a2c",
    "net_arch": (4,),
    "total_timesteps": 300,
    "eval_every": 100,
    "eval_episodes": 2,
    "log_every": 50,
    "checkpoint_every_s": 1.0,
}


def odd_run(folder: Path, fault: str, *, after: int = 0, step_s: float = 0.0, visual: bool = False, **settings: Any) -> RunDirectory:
    """A run in an environment that misbehaves in one way from a step on."""
    options = {"fault": fault, "after": after, "step_s": step_s}
    config = GymSettings(**{**QUICK, "env_kwargs": json.dumps(options), **settings})
    return create_run(config, runs_dir=folder, visual=visual)


def train(run: RunDirectory, *, control_seq: int = 0) -> Status:
    """Train it as the trainer's process does, but for signals, which only a main thread gets; returns how it ended."""
    thread = threading.Thread(target=run_trainer, args=(run, find_task), kwargs={"control_seq": control_seq})
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    status = read_status(run)
    assert status is not None
    return status


def warnings_of(run: RunDirectory) -> list[str]:
    """What was said of what goes on all the same."""
    return [row["message"] for row in rows(run.events) if row["kind"] == "warning"]


def said(run: RunDirectory) -> list[str]:
    """All its events."""
    return [row["message"] for row in rows(run.events)]


def step_of(run: RunDirectory) -> int:
    """The last one that its status tells."""
    status = read_status(run)
    return status.num_timesteps if status is not None else 0
