"""The matrix of exactness: thirteen algorithms, environments of every kind, each at least once.

Whatever is shown, paused or saved meanwhile, the same weights are learned, bit by bit; and so they are by one that is put back in a
fresh task from the files of a checkpoint. Where an environment cannot be put back, that is said, and training goes on.
"""

import hashlib
import io
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import BaseCallback

from trainer.creating import create_run
from trainer.learning.session import RunSession
from trainer.run_files.checkpoints import Checkpoint
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.learner import GymTask

from .own_envs import HERE

STEPS, SAVED_AT, PICTURE_EVERY = 240, 110, 30
ON_POLICY = {"n_steps": 32, "batch_size": 32, "n_epochs": 2}
OFF_POLICY = {"learning_starts": 40, "buffer_size": 150, "batch_size": 16, "train_freq": 4}
PENDULUM = {"env": "Pendulum-v1", **OFF_POLICY}

EXACT: dict[str, dict[str, Any]] = {
    "PPO, LunarLander": {"algo": "ppo", "env": "LunarLander-v3", "n_envs": 2, **ON_POLICY},
    "PPO, gSDE, LunarLander with continuous actions": {
        "algo": "ppo", "env": "LunarLander-v3", "env_kwargs": '{"continuous": true}', "use_sde": "on", "normalize": "rewards", **ON_POLICY,
    },
    "A2C, CartPole": {"algo": "a2c", "env": "CartPole-v1", "n_envs": 2},
    "A2C, an Atari game": {"algo": "a2c", "env": "ALE/Pong-v5", "atari": "on", "frame_stack": 2, "steps": 60, "saved_at": 30},
    "A2C, draws from the global generator": {"algo": "a2c", "env": f"{HERE}Global-v0", "n_envs": 2},
    "DQN, CartPole": {
        "algo": "dqn", "env": "CartPole-v1", "n_envs": 2, "frame_stack": 2, "optimize_memory_usage": "on", **OFF_POLICY,
    },
    "QR-DQN, FrozenLake": {"algo": "qrdqn", "env": "FrozenLake-v1", "n_steps": 3, **OFF_POLICY},
    "SAC, gSDE, Pendulum": {"algo": "sac", "use_sde": "on", "normalize": "observations and rewards", **PENDULUM},
    "TD3, a MuJoCo body": {"algo": "td3", "action_noise": 0.1, **PENDULUM, "env": "Hopper-v5"},
    "DDPG, Pendulum": {"algo": "ddpg", "action_noise": 0.1, **PENDULUM, "n_envs": 2},
    "TQC, Pendulum": {"algo": "tqc", **PENDULUM},
    "CrossQ, Pendulum": {"algo": "crossq", **PENDULUM},
    "TRPO, dictionaries": {"algo": "trpo", "env": f"{HERE}Dictionary-v0", "n_steps": 32, "batch_size": 32},
    "ARS, CartPole": {
        "algo": "ars", "env": "CartPole-v1", "n_envs": 2, "n_delta": 1, "n_eval_episodes": 2, "schedule": "linear",
        "normalize": "observations",
    },
    "ARS, a line": {
        "algo": "ars", "env": "Pendulum-v1", "n_delta": 1, "net_arch": None, "steps": 700, "saved_at": 400,
        "policy_kwargs": '{"net_arch": [], "with_bias": false, "squash_output": false}',
    },
    "recurrent PPO, CartPole": {"algo": "recurrentppo", "env": "CartPole-v1", "n_steps": 64, "batch_size": 64, "n_epochs": 1},
    "maskable PPO, masks": {"algo": "maskableppo", "env": f"{HERE}Masked-v0", "n_envs": 2, **ON_POLICY},
}  # fmt: skip
NOT_EXACT = {
    "cannot be restored": {"algo": "dqn", "env": f"{HERE}Lasting-v0", **OFF_POLICY},
    "reads the clock": {"algo": "ppo", "env": f"{HERE}Clock-v0", "n_envs": 2, **ON_POLICY},
}


class Saving(BaseCallback):
    """Does what a checkpoint does, once."""

    def __init__(self, task: GymTask, saved_at: float) -> None:
        super().__init__()
        self._task, self._saved_at = task, saved_at
        self.files: dict[str, bytes] = {}
        self.state: dict[str, Any] = {}
        self.step = 0
        self._started = False

    def _on_rollout_start(self) -> None:
        if not self._started:
            self._started = True
            self._task.start_rollouts()
        if not self.files and self.num_timesteps >= self._saved_at:
            (self.files, self.state), self.step = self._task.to_checkpoint(), self.num_timesteps

    def _on_step(self) -> bool:
        return True


class Disturbing(Saving):
    """Pauses, takes pictures and saves on and on."""

    def _on_rollout_start(self) -> None:
        super()._on_rollout_start()
        self._task.to_checkpoint()

    def _on_step(self) -> bool:
        if self.n_calls % PICTURE_EVERY == 0:
            self._task.take_picture(self.num_timesteps, slowed=False)
            threading.Event().wait(0.01)
        return True


def made(folder: Path, **settings: Any) -> GymTask:
    """A task of a run of its own."""
    config = GymSettings(**{"eval_episodes": 1, "net_arch": (8,), "replay_megabytes": 0, **settings})
    return GymTask(RunSession(create_run(config, runs_dir=folder), total_timesteps=STEPS), config)


def weights(task: GymTask) -> str:
    """The hash of all networks and optimisers."""
    with zipfile.ZipFile(io.BytesIO(task.model_bytes())) as saved:
        return hashlib.sha256(b"".join(saved.read(name) for name in sorted(saved.namelist()) if name.endswith(".pth"))).hexdigest()


def put_back(task: GymTask, saved: Saving) -> None:
    """Bring a fresh task to where another one was saved."""
    task.restore(Checkpoint(saved.step, saved.files, {}), saved.state)


def test_every_algorithm_is_in_the_matrix() -> None:
    assert {str(case["algo"]) for case in EXACT.values()} == ALGORITHMS.keys()
    assert len(ALGORITHMS) == 13


@pytest.mark.long
@pytest.mark.parametrize("case", EXACT.values(), ids=EXACT)
def test_the_same_is_learned_whatever_is_shown_and_after_a_kill(tmp_path: Path, case: dict[str, Any]) -> None:
    settings = {name: value for name, value in case.items() if name not in {"steps", "saved_at"}}
    steps, saved_at = case.get("steps", STEPS), case.get("saved_at", SAVED_AT)
    undisturbed = made(tmp_path, **settings)
    assert not undisturbed.not_exact
    undisturbed.model.learn(steps)

    shown = made(tmp_path, **settings)
    disturbing = Disturbing(shown, saved_at)
    shown.model.learn(steps, callback=disturbing)
    assert weights(shown) == weights(undisturbed)

    resumed = made(tmp_path, **settings)
    put_back(resumed, disturbing)
    assert saved_at <= resumed.model.num_timesteps == disturbing.step < shown.model.num_timesteps
    resumed.model.learn(steps - disturbing.step, callback=Saving(resumed, steps), reset_num_timesteps=False)
    assert resumed.model.num_timesteps == undisturbed.model.num_timesteps
    assert weights(resumed) == weights(undisturbed)


def trained_and_resumed(folder: Path, case: dict[str, Any]) -> tuple[GymTask, GymTask]:
    """A training to its end, and one that goes on from what the first had saved."""
    first = made(folder, **case)
    saving = Saving(first, SAVED_AT)
    first.model.learn(STEPS, callback=saving)
    resumed = made(folder, **case)
    put_back(resumed, saving)
    resumed.model.learn(STEPS - saving.step, callback=Saving(resumed, STEPS), reset_num_timesteps=False)
    return first, resumed


@pytest.mark.long
def test_a_large_replay_buffer_is_kept_in_part_and_learning_goes_on(tmp_path: Path) -> None:
    case = {"algo": "sac", **PENDULUM, "buffer_size": 30_000, "replay_limit_mb": 1}  # 1.2 MB
    _, resumed = trained_and_resumed(tmp_path, case)
    assert resumed._session.status.not_exact == (
        "the replay buffer of 2 MB is over --replay-limit-mb 1, so that a resume has only its newest part"
    )


@pytest.mark.parametrize("case", NOT_EXACT.values(), ids=NOT_EXACT)
def test_what_cannot_be_exact_says_so_and_goes_on(tmp_path: Path, case: dict[str, Any]) -> None:
    first, resumed = trained_and_resumed(tmp_path, case)
    assert resumed.model.num_timesteps == first.model.num_timesteps
    assert resumed._session.status.not_exact.startswith("a resume begins episodes anew, since the environment cannot be restored (")
