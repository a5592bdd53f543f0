"""Episodes of any environment are recorded as they are made, and come out the same when they are simulated again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.learning.tiny import rows
from trainer.creating import create_run
from trainer.learning.any_learner.record_actions import RECORDED
from trainer.learning.control_watcher import ControlEvents
from trainer.learning.session import RunSession
from trainer.learning.steering import Steering
from trainer.learning.train import Training
from trainer.run_files.checkpoints import latest_checkpoint
from trainer.run_files.replays import RecordingFile, list_recordings
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.environments import make_envs
from trainer.tasks.gym.files.replays import Recording, read_recording
from trainer.tasks.gym.learner import GymTask
from trainer.tasks.gym.simulating import simulate
from trainer.tasks.gym.task import cut_files

CASES: dict[str, dict[str, Any]] = {
    "ppo": {"env": "CartPole-v1", "n_envs": 2, "n_steps": 64, "batch_size": 32, "total_timesteps": 512, "eval_every": 256},
    "dqn": {"env": "CartPole-v1", "n_envs": 2, "learning_starts": 50, "buffer_size": 500, "total_timesteps": 500, "eval_every": 250},
    "a2c": {"env": "LunarLander-v3", "n_envs": 2, "total_timesteps": 600, "eval_every": 300},
    "sac": {"env": "Pendulum-v1", "learning_starts": 450, "buffer_size": 500, "total_timesteps": 450, "eval_every": 400},
}


def new_run(folder: Path, **settings: Any) -> tuple[RunDirectory, GymSettings]:
    """A run that is not yet trained."""
    config = GymSettings(**{"eval_episodes": 2, "net_arch": (8,), **settings})
    return create_run(config, runs_dir=folder), config


def train(run: RunDirectory, config: GymSettings, events: ControlEvents | None = None) -> None:
    """Train it in this process, from its newest checkpoint if there is one."""
    checkpoint, _ = latest_checkpoint(run)
    cut_files(run, checkpoint.step if checkpoint is not None else -1)
    with RunSession(run, total_timesteps=config.total_timesteps) as session:
        training = Training(session, config, events or ControlEvents(), GymTask(session, config), look=lambda: None)
        if checkpoint is not None:
            training.restore(checkpoint)
        training.train()


def recordings(run: RunDirectory) -> Iterator[tuple[RecordingFile, Recording]]:
    """All of a run."""
    for file in list_recordings(run):
        yield file, read_recording(file.path)


@pytest.mark.parametrize("algo", CASES)
def test_what_is_recorded_comes_out_the_same(tmp_path: Path, algo: str) -> None:
    run, config = new_run(tmp_path, algo=algo, **CASES[algo])
    train(run, config)
    evaluations = {row["step"]: row["rewards"] for row in rows(run.evaluations)}
    best, bests = -np.inf, []
    for row in rows(run.episodes):
        if row["reward"] > best:
            best = row["reward"]
            bests.append((row["step"], row["episode"], row["reward"], row["length"]))
    found = list(recordings(run))
    assert {file.step: [one.reward for one in made.episodes] for file, made in found if file.episode is None} == evaluations
    ends = [(file, made.episodes[0]) for file, made in found if file.episode is not None]
    assert [(file.step, file.episode, one.reward, one.length) for file, one in ends] == bests
    assert evaluations
    assert bests
    for _, recording in found:
        for number, episode in enumerate(recording.episodes):
            *_, last = simulate(config, recording, number)
            assert (last.reward, last.steps) == (episode.reward, episode.length)


@pytest.mark.long
def test_a_resumed_run_records_what_one_that_was_never_stopped_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"algo": "dqn", **CASES["dqn"]}
    whole, config = new_run(tmp_path / "whole", **settings)
    train(whole, config)
    run, _ = new_run(tmp_path, **settings)
    events, on_rollout_start = ControlEvents(), Steering._on_rollout_start

    def stopping(callback: Steering) -> None:
        if callback.model.num_timesteps >= 270:
            events.request_stop()
        on_rollout_start(callback)

    with monkeypatch.context() as patch:
        patch.setattr(Steering, "_on_rollout_start", stopping)
        train(run, config, events)
    (run.replays / "step-400-episode-9.json").write_bytes(list_recordings(run)[0].path.read_bytes())  # made after the checkpoint
    train(run, config)
    assert [(file.path.name, file.path.read_bytes()) for file in list_recordings(run)] == [
        (file.path.name, file.path.read_bytes()) for file in list_recordings(whole)
    ]


def test_what_is_not_asked_for_is_not_recorded_and_costs_nothing() -> None:
    recorded, plain = (make_envs(GymSettings(replay_megabytes=size), 1, training=True) for size in (1, 0))
    for envs, is_recorded in ((recorded, True), (plain, False)):
        envs.reset()
        infos: Any = [{}]
        while "episode" not in infos[0]:
            _, _, _, infos = envs.step(np.array([1]))
        assert (RECORDED in infos[0]) == is_recorded
        assert ("RecordActions" in str(vars(envs)["envs"][0])) == is_recorded


def test_of_an_episode_that_is_too_long_the_beginning_is_kept(tmp_path: Path) -> None:
    settings = {"env": "Pendulum-v1", "algo": "sac", "learning_starts": 300, "buffer_size": 500, "total_timesteps": 210}
    run, config = new_run(tmp_path, **settings, eval_episodes=1_000, replay_megabytes=1)  # 250 bytes each
    with RunSession(run, total_timesteps=210) as session:
        task = GymTask(session, config)
        envs = task.envs
        envs.reset()
        for _ in range(200):
            _, _, _, (info,) = envs.step(np.zeros((1, 1)))
        assert task.end_episode(0, info, {"step": 200, "episode": 1, "at": 0})
    ((_, recording),) = recordings(run)
    assert (len(recording.actions(0)), recording.episodes[0].length) == (63, 200)
