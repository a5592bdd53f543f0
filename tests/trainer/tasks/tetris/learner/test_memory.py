"""What a run that had not enough memory says: which setting takes most of it, and what helps."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.learning.tiny import new_run, tiny_config
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.tasks.tetris.learner.memory import memory_advice, memory_needs
from trainer.tasks.tetris.learner.model import make_model
from trainer.tasks.tetris.learner.move_history import MoveHistory

LIMITED = 'ulimit -v 12000000; exec "$0" -m trainer start "$1"'  # kB; torch and the compiled game map half of it


def test_a_transition_takes_what_the_buffer_and_the_moves_really_hold() -> None:
    config = tiny_config()
    buffer = make_model(config).replay_buffer
    assert buffer is not None
    arrays = [*vars(buffer).values(), *vars(MoveHistory(buffer.actions)).values()]
    held = {id(array): array.nbytes for array in arrays if isinstance(array, np.ndarray)}
    assert memory_needs(config)["buffer_size"] == sum(held.values())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"buffer_size": 10_000_000}, "“Replay buffer” needs the most: buffer_size 10,000,000 takes about 15.2 GB."),
        (
            {"batch_size": 65_536, "net_arch": (1_024, 1_024)},
            "“Batch size” needs the most: batch_size 65,536 takes about 18.4 GB.",
        ),
        (
            {"n_envs": 1_024, "net_arch": (1_024,) * 4, "buffer_size": 1_000},
            "“Parallel environments” needs the most: n_envs 1,024 takes about 0.6 GB.",
        ),
    ],
)
def test_the_setting_that_takes_most_memory_is_named(settings: dict[str, Any], said: str) -> None:
    assert said in memory_advice(tiny_config(**settings))


@pytest.mark.long
def test_a_run_without_enough_memory_says_so_and_what_helps(tmp_path: Path) -> None:
    run = new_run(tmp_path, tiny_config(buffer_size=10_000_000))

    words = ["bash", "-c", LIMITED, sys.executable, str(run.path)]
    done = subprocess.run(words, cwd=PROJECT_DIR, capture_output=True, check=False, timeout=170)

    assert done.returncode == 1
    error = str(probe(run).error)
    assert error.startswith("Training failed: not enough memory: Unable to allocate 6.97 GiB for an array with shape"), done.stderr
    assert error.endswith(
        ". Of its settings “Replay buffer” needs the most: buffer_size 10,000,000 takes about 15.2 GB. "
        "Resume it where more memory is free, or start a new run with a smaller one."
    )
