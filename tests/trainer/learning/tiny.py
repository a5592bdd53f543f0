"""A real but tiny training run: seconds, not minutes."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import torch as th

from trainer.config import RunSettings
from trainer.creating import create_run
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.session import RunSession
from trainer.learning.train import Training
from trainer.run_files.checkpoints import latest_checkpoint, list_checkpoints
from trainer.run_files.models import MODEL_FILE
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks import find_task
from trainer.tasks.tetris.about import TetrisSettings

TETRIS = find_task("tetris")
TINY: dict[str, Any] = {
    "total_timesteps": 1_200,
    "board_height": 10,
    "n_envs": 4,
    "net_arch": (8,),
    "batch_size": 16,
    "buffer_size": 1_000,
    "learning_starts": 100,
    "target_update_interval": 100,
    "log_every": 200,
    "eval_every": 400,
    "eval_episodes": 3,
    "eval_max_pieces": 200,
    "max_pieces": 100,
}


def tiny_config(**changes: Any) -> TetrisSettings:
    """A config that trains in about a second."""
    return TetrisSettings(**(TINY | changes))


def new_run(folder: Path, config: RunSettings, **control: Any) -> RunDirectory:
    """A run directory for a config."""
    return create_run(config, name="tiny", runs_dir=folder, **control)


def train(run: RunDirectory, config: RunSettings, events: ControlEvents, look: Callable[[], None] = lambda: None) -> RunSession:
    """Train in this process; without a watcher that can look, the test sets the events. Returns the session with its last status."""
    with RunSession(run, total_timesteps=config.total_timesteps) as session:
        training = Training(session, config, events, find_task(config.task).make_task(session, config), look=look)
        checkpoint, _ = latest_checkpoint(run)
        if checkpoint is not None:
            training.restore(checkpoint)
        training.train()
    return session


def finished_run(folder: Path, **changes: Any) -> RunDirectory:
    """A tiny run that was trained to its end: with a best model and a checkpoint."""
    config = tiny_config(**changes)
    run = new_run(folder, config)
    train(run, config, ControlEvents())
    return run


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def without_clock(path: Path) -> list[dict[str, Any]]:
    """The rows of a log but for what comes from a clock: the rest is a function of the settings and the seed."""
    ends, begin = ("_seconds", "_per_second", "_at"), ("time/",)
    return [
        {name: value for name, value in row.items() if name != "at" and not name.endswith(ends) and not name.startswith(begin)}
        for row in rows(path)
    ]


def weights_sha256(run: RunDirectory) -> str:
    """Of all tensors of the last checkpoint: networks and optimiser."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(list_checkpoints(run)[0] / MODEL_FILE) as archive:
        weights = th.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].numpy().tobytes())
    return digest.hexdigest()
