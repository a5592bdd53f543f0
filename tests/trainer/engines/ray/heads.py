"""The head in tests: the process of the queue, and what is to be seen of its runs."""

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from tests.trainer.engines.ray.clusters import REPOSITORY
from trainer.creating import create_run
from trainer.probing import probe
from trainer.run_files.checkpoints import latest_checkpoint
from trainer.run_files.queue import QueueEntry, add_to_queue
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.gym.about import GymSettings


class Head:
    """The process of the queue, which can be killed."""

    def __init__(self, on: str, runs_dir: Path) -> None:
        self.on, self.runs_dir = on, runs_dir
        self.begin()

    def begin(self) -> None:
        """Begin it, or begin it anew."""
        words = [sys.executable, "-m", "trainer", "queue", "run", "--runs-dir", str(self.runs_dir), "--on", self.on]
        with (self.runs_dir / "head.log").open("ab") as log:
            self.process = subprocess.Popen(words, cwd=REPOSITORY, stdout=log, stderr=log)

    def place(self, *, steps: int, **settings: Any) -> RunDirectory:
        """Queue a run."""
        run = create_run(settings_of(steps, **settings), name="far", runs_dir=self.runs_dir)
        add_to_queue(self.runs_dir, [QueueEntry(run.run_id, self.on, by="cli")])
        return run


def settings_of(steps: int, **settings: Any) -> GymSettings:
    plain: dict[str, Any] = {"env": "CartPole-v1", "algo": "ppo", "total_timesteps": steps, "eval_episodes": 1, "seed": 5, "n_envs": 1}
    return GymSettings(**(plain | settings))


def state(run: RunDirectory) -> str:
    return probe(run).state


def steps(run: RunDirectory) -> int:
    status = read_status(run)
    return status.num_timesteps if status is not None else 0


def weights(run: RunDirectory) -> str:
    """The hash of the networks and optimisers of the last checkpoint."""
    checkpoint, _ = latest_checkpoint(run)
    assert checkpoint is not None
    with zipfile.ZipFile(io.BytesIO(checkpoint.contents["model.zip"])) as saved:
        return hashlib.sha256(b"".join(saved.read(name) for name in sorted(saved.namelist()) if name.endswith(".pth"))).hexdigest()
