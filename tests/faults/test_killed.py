"""The fault: the trainer is killed with SIGKILL at any moment, again and again.

`make test` kills a few times; `make faults` kills two hundred times.
"""

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import orjson
import pytest

from tests.trainer.learning.tiny import TINY, new_run, rows
from tests.trainer.tasks.tetris.learner.test_resuming import assert_same_end, measured, undisturbed_run
from tests.waiting import wait_until
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.config_file import read_config
from trainer.run_files.control import read_control
from trainer.run_files.models import read_best
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.tetris.about import TetrisSettings
from trainer.tasks.tetris.files.replays import read_recording
from trainer.tasks.tetris.learner.saved_model import read_network

KILLS = int(os.environ.get("CONTROL_ROOM_KILLS", "4"))
STEPS_A_KILL = 4_000  # more than a trainer does between two kills, on a machine that has nothing else to do

pytestmark = [pytest.mark.long, pytest.mark.timeout(300 + 60 * KILLS)]  # each kill takes a trainer's imports, on a busy machine


def _start(run: RunDirectory) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "trainer", "start", str(run.path), "--control-seq", "9"]
    return subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _has_gone_on(run: RunDirectory, trainer: subprocess.Popen[bytes], events_before: int) -> bool:
    return len(_whole_rows(run.events)) > events_before or trainer.poll() is not None


def _whole_rows(path: Path) -> list[bytes]:
    """The complete lines of a log; the last one may be torn."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def _assert_everything_can_be_read(run: RunDirectory, undisturbed: RunDirectory) -> None:
    read_config(run)
    read_control(run)
    assert read_status(run) is not None
    for log in (run.metrics, run.episodes, run.evaluations, run.events):
        for line in _whole_rows(log):
            assert isinstance(orjson.loads(line), dict)
    expected = measured(undisturbed)
    for log in (run.metrics, run.episodes, run.evaluations):
        steps = [orjson.loads(line)["step"] for line in _whole_rows(log)]
        assert steps == [row["step"] for row in expected[log.name]][: len(steps)], "the rows are the first ones of the undisturbed run"
    if read_best(run) is not None:
        read_network(run.best)
        read_recording(run.best / "replay.json")
    for file in list_recordings(run):
        read_recording(file.path)
    assert probe(run).state == "crashed"


def test_a_trainer_killed_again_and_again_ends_as_if_it_had_never_been(tmp_path: Path) -> None:
    config = TetrisSettings(
        **TINY | {"total_timesteps": STEPS_A_KILL * KILLS, "checkpoint_every_s": 1.0, "log_every": 1_000, "eval_every": 4_000}
    )
    undisturbed = undisturbed_run(tmp_path / "undisturbed", config)
    run = new_run(tmp_path, config)
    generator = random.Random(5)
    kills = 0
    while kills < KILLS:
        trainer, already = _start(run), len(_whole_rows(run.events))
        wait_until(partial(_has_gone_on, run, trainer, already), 60, "training to go on")
        time.sleep(generator.uniform(0.0, 1.5))  # the moment is meant to be any
        alive = trainer.poll() is None
        trainer.send_signal(signal.SIGKILL)
        trainer.wait()
        status = read_status(run)
        if not alive or (status is not None and status.state == "finished"):  # its process may outlive its last word for a moment
            break
        kills += 1
        _assert_everything_can_be_read(run, undisturbed)

    assert kills >= KILLS // 2
    last = _start(run)
    assert last.wait(60 + 30 * KILLS) == 0  # what the killed ones have left to do
    assert_same_end(run, undisturbed)
    assert [row for row in rows(run.events) if row["kind"] == "failure"] == []
