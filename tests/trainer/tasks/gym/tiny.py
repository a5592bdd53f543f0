"""Real but tiny runs in environments of Gymnasium: each is trained once for all who ask for it."""

import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.trainer.learning.tiny import train
from tests.trainer.tasks.gym.test_learner import MASKED, QUICK
from trainer.creating import create_run
from trainer.learning.control_watcher import ControlEvents
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym.about import GymSettings

TINY: dict[str, dict[str, Any]] = {
    "ppo": {"env": "Pendulum-v1", "normalize": "observations and rewards"},
    "sac": {"env": "Pendulum-v1", "use_sde": "on"},
    "dqn": {"env": "CartPole-v1", "frame_stack": 2},
    "recurrentppo": {"env": "CartPole-v1"},
    "ars": {"env": "CartPole-v1"},
    "maskableppo": {"env": MASKED},
}
FOLDERS: list["tempfile.TemporaryDirectory[str]"] = []  # deleted when this process ends


@functools.cache
def trained(algo: str) -> RunDirectory:
    """A finished run of an algorithm, not to be changed."""
    FOLDERS.append(tempfile.TemporaryDirectory())
    steps = {"total_timesteps": 160, "eval_every": 100, "eval_episodes": 1, "log_every": 100}
    config = GymSettings(**{"algo": algo, "net_arch": (8,), **steps, **QUICK[algo], **TINY[algo]})
    run = create_run(config, name=f"tiny {algo}", runs_dir=Path(FOLDERS[-1].name) / "runs")
    train(run, config, ControlEvents())
    return run


def copy_of(run: RunDirectory, folder: Path) -> RunDirectory:
    """A copy that may be changed."""
    return RunDirectory(Path(shutil.copytree(run.path, folder / "runs" / run.run_id)))
