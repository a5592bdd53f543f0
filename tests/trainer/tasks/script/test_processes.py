"""Real scripts in processes of their own: killed and run again, ended by Ctrl-C and by an exception of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until
from trainer.errors import RunElsewhereError
from trainer.probing import probe
from trainer.processes import PROJECT_DIR
from trainer.run_files.checkpoints import list_checkpoints
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.starting import prepare_resume

from .test_manners import rows_of, status_of

pytestmark = pytest.mark.long

STEPS = 4_000  # several checkpoints
SCRIPT = """
import signal
import sys
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
sys.path.insert(0, {project!r})
from trainer import ControlRoomCallback
from tests.trainer.tasks.script.models import weights

signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, wherever these tests are started
torch.set_num_threads(1)
class Fail(BaseCallback):
    def _on_step(self):
        if self.num_timesteps == {fails_at}:
            raise RuntimeError("my own fault")
        return True

model = PPO("MlpPolicy", "LunarLander-v3", n_steps=64, batch_size=64, n_epochs=2, seed=4, device="cpu")
try:
    model.learn({steps}, callback=[ControlRoomCallback("killed", runs_dir={runs!r}, checkpoint_every_s=1), Fail()])
finally:
    print("learned", weights(model), model.num_timesteps, flush=True)
print("the last line", flush=True)
"""


@contextmanager
def running(folder: Path, *, steps: int, fails_at: int = -1, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A script that trains, in the folder, where files are called as ours are."""
    for name in ("trainer_.py", "utils.py"):
        (folder / name).write_text("raise SystemExit('another one was imported')", encoding="utf-8")
    text = SCRIPT.format(project=str(PROJECT_DIR), runs=str(folder / "runs"), steps=steps, fails_at=fails_at)
    (folder / "train.py").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "train.py"], cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def the_run(folder: Path) -> RunDirectory:
    """The only one."""
    (run,) = list_runs(folder / "runs")
    return run


def learned(said: str) -> str:
    """The weights that a script has printed."""
    return next(line.split()[1] for line in said.splitlines() if line.startswith("learned"))


def test_a_killed_script_that_is_run_again_learns_what_it_would_have_learned(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    with running(whole, steps=STEPS) as process:
        expected, _ = process.communicate(timeout=120)
    assert "the last line" in expected

    with running(tmp_path, steps=STEPS) as process:
        wait_until(lambda: bool(list_runs(tmp_path / "runs")) and bool(list_checkpoints(the_run(tmp_path))), 60, "a checkpoint")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    run = the_run(tmp_path)
    probed = probe(run)
    assert probed.state == "crashed"
    assert probed.error is not None
    assert "CONTROL_ROOM_RESUME" in probed.error
    with pytest.raises(RunElsewhereError, match="run the script again"):
        prepare_resume(run, by="app")

    with running(tmp_path, steps=STEPS, CONTROL_ROOM_RESUME=run.run_id) as process:
        said, _ = process.communicate(timeout=120)
    assert learned(said) == learned(expected)
    assert the_run(tmp_path) == run
    assert status_of(run).state == "finished"
    steps = [row["step"] for row in rows_of(run.metrics)]
    assert steps == [row["step"] for row in rows_of(the_run(whole).metrics)]


def test_ctrl_c_saves_a_checkpoint_and_is_raised_in_the_script(tmp_path: Path) -> None:
    with running(tmp_path, steps=10_000_000) as process:
        wait_until(lambda: bool(list_runs(tmp_path / "runs")) and bool(rows_of(the_run(tmp_path).metrics)), 60, "the first row")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert "the last line" not in said
    run = the_run(tmp_path)
    assert status_of(run).state == "stopped"
    (checkpoint, *_) = list_checkpoints(run)
    assert json.loads((checkpoint / "manifest.json").read_text("utf-8"))["step"] == status_of(run).num_timesteps


def test_a_script_that_fails_says_why_in_its_run(tmp_path: Path) -> None:
    with running(tmp_path, steps=10_000, fails_at=640) as process:
        said, _ = process.communicate(timeout=60)
    assert "my own fault" in said
    status = status_of(the_run(tmp_path))
    assert status.state == "failed"
    assert status.error is not None
    assert "my own fault" in status.error
    assert "my own fault" in rows_of(the_run(tmp_path).events)[-1]["traceback"]


def test_a_stop_of_the_page_ends_learn_alone(tmp_path: Path) -> None:
    with running(tmp_path, steps=10_000_000) as process:
        wait_until(lambda: bool(list_runs(tmp_path / "runs")) and probe(the_run(tmp_path)).state == "running", 60, "training")
        update_control(the_run(tmp_path), by="app", run="stopped")
        said, _ = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "the last line"
    assert process.returncode == 0
