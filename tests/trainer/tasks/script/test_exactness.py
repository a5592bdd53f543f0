"""What a script learns is the same with the callback and without, whatever is done meanwhile, and after it was ended and run again."""

import threading
from pathlib import Path
from typing import Any

import pytest
import torch as th
from stable_baselines3.common.callbacks import BaseCallback

from trainer.creating import create_run
from trainer.learning import control_watcher, steering
from trainer.learning.session import RunSession
from trainer.run_files.control import update_control
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.status import read_status
from trainer.tasks.script.about import ScriptSettings
from trainer.tasks.script.callback import ControlRoomCallback
from trainer.tasks.script.describing import settings_of
from trainer.tasks.script.learner import ScriptTask

from .models import FEW_STEPS, MANY_STEPS, MODELS, STEPS, WITHIN_AN_EPISODE, weights


@pytest.fixture(autouse=True)
def looks_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is seen at the next step: these trainings are over before it would be seen by the clock."""
    monkeypatch.setattr(steering, "LOOK_INTERVAL_S", 0.0)
    monkeypatch.setattr(steering, "LOOK_WITHIN_S", 0.0)
    monkeypatch.setattr(steering, "MOST_PASSED_OVER", 0)
    monkeypatch.setattr(control_watcher, "LOOK_INTERVAL_S", 0.0)


class Steer(BaseCallback):
    """A person at the page: gives a command as soon as a step is reached."""

    def __init__(self, runs_dir: Path, step: int, **command: Any) -> None:
        super().__init__()
        self._runs_dir, self._step, self._command = runs_dir, step, command

    def _on_step(self) -> bool:
        if self._command and self.num_timesteps >= self._step:
            command, self._command = self._command, {}
            (run,) = list_runs(self._runs_dir)
            update_control(run, by="app", **command)
            if command.get("run") == "paused":
                threading.Timer(0.1, update_control, (run,), {"by": "app", "run": "running"}).start()
        return True


def learned(name: str, *callbacks: BaseCallback) -> str:
    """The weights that a model has learned."""
    return weights(MODELS[name]().learn(steps_of(name), callback=[*callbacks]))


def steps_of(name: str) -> int:
    """How many it makes."""
    return {"ARS": MANY_STEPS, WITHIN_AN_EPISODE: FEW_STEPS}.get(name, STEPS)


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_the_same_is_learned_with_it_and_without_it_and_after_a_stop(name: str, tmp_path: Path) -> None:
    bare, steps = learned(name), steps_of(name)

    watched = tmp_path / "watched"
    steer = Steer(watched, steps // 4, run="paused", visual=True, board_every=1)
    assert learned(name, ControlRoomCallback("watched", runs_dir=watched, log_every=50), steer) == bare
    (run,) = list_runs(watched)
    status = read_status(run)
    assert status is not None
    assert (status.state, status.not_exact) == ("finished", "")
    assert status.num_timesteps >= steps

    ended = tmp_path / "ended"
    learned(name, ControlRoomCallback(runs_dir=ended), Steer(ended, steps // 2, run="stopped"))
    (run,) = list_runs(ended)
    status = read_status(run)
    assert status is not None
    assert status.state == "stopped"
    assert 0 < status.num_timesteps < steps

    assert learned(name, ControlRoomCallback(runs_dir=ended, resume="auto")) == bare
    assert list_runs(ended) == [RunDirectory(run.path)], "it went on in the same run"
    status = read_status(run)
    assert status is not None
    assert status.state == "finished"


def test_networks_on_a_gpu_are_said_not_to_be_exact(tmp_path: Path) -> None:
    model = MODELS["PPO"]()
    config = ScriptSettings(**settings_of(model))
    session = RunSession(create_run(config, runs_dir=tmp_path), total_timesteps=STEPS)
    assert ScriptTask(session, config, model, None).not_exact == ""
    model.device = th.device("cuda")  # what a checkpoint holds of a device is decided by its name: none is needed
    assert ScriptTask(session, config, model, None).not_exact == (
        "the networks are on cuda, whose random numbers no checkpoint holds and whose sums may come out differently each time"
    )
