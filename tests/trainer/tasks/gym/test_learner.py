"""Every algorithm is made, paused, put back exactly and evaluated; and what does not fit is said in one sentence."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import BaseCallback

from trainer.creating import create_run
from trainer.errors import SettingError
from trainer.learning.session import RunSession
from trainer.run_files.checkpoints import Checkpoint
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.environments import make_envs
from trainer.tasks.gym.learner import GymTask

QUICK: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 32, "batch_size": 16, "n_envs": 2},
    "a2c": {"n_envs": 2},
    "dqn": {"learning_starts": 50, "buffer_size": 500},
    "sac": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "td3": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16, "action_noise": 0.1},
    "ddpg": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "qrdqn": {"learning_starts": 50, "buffer_size": 500},
    "tqc": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "trpo": {"n_steps": 32, "batch_size": 16, "n_envs": 2},
    "recurrentppo": {"n_steps": 32, "batch_size": 16},
    "crossq": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
}
CONTINUOUS = {name for name, one in ALGORITHMS.items() if "Discrete" not in one.spaces}
STEPS, SAVED_AT = 260, 130


class Saving(BaseCallback):
    """Does what a checkpoint does, once."""

    def __init__(self, task: GymTask) -> None:
        super().__init__()
        self._task = task
        self.files: dict[str, bytes] = {}
        self.step = 0

    def _on_rollout_start(self) -> None:
        self._task.start_rollouts()
        if not self.files and self.num_timesteps >= SAVED_AT:
            self.files, self.step = self._task.to_checkpoint()[0], self.num_timesteps

    def _on_step(self) -> bool:
        return True


def task(folder: Path, **settings: Any) -> GymTask:
    """A task of a run of its own."""
    config = GymSettings(**{"eval_episodes": 1, "net_arch": (8,), **settings})
    run = create_run(config, runs_dir=folder)
    return GymTask(RunSession(run, total_timesteps=STEPS), config)


def weights(task: GymTask) -> str:
    """The hash of all networks and optimisers."""
    with zipfile.ZipFile(io.BytesIO(task.model_bytes())) as saved:
        return hashlib.sha256(b"".join(saved.read(name) for name in sorted(saved.namelist()) if name.endswith(".pth"))).hexdigest()


@pytest.mark.parametrize("algo", QUICK)
def test_an_algorithm_is_trained_put_back_exactly_and_evaluated(tmp_path: Path, algo: str) -> None:
    settings = {"env": "Pendulum-v1" if algo in CONTINUOUS else "CartPole-v1", "algo": algo, **QUICK[algo]}
    whole = task(tmp_path, **settings)
    saving = Saving(whole)
    whole.model.learn(STEPS, callback=saving)

    again = task(tmp_path, **settings)
    again.restore(Checkpoint(saving.step, saving.files, {}), {})
    assert again.model.num_timesteps == saving.step
    again.model.learn(STEPS - saving.step, callback=Saving(again), reset_num_timesteps=False)
    assert weights(again) == weights(whole)

    played = again.evaluate(again.copy_policy(), lambda: True)
    assert played is not None
    assert len(played.rewards) == 1


def test_a_picture_is_taken_without_a_trace(tmp_path: Path) -> None:
    made = task(tmp_path, env="CartPole-v1", algo="a2c")
    made.model.learn(20)
    picture = made.picture()
    assert picture is not None
    assert picture.shape == (400, 600, 3)
    assert vars(made.envs)["envs"][0].unwrapped.render_mode is None
    assert made.to_checkpoint()[0], "what it was drawn with is not kept"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"env": "CartPol-v1"}, r"CartPol-v1 must be an environment that is registered here .*near it are .*CartPole-v1"),
        ({"env": "CartPole-v1", "algo": "sac"}, r"CartPole-v1 has actions of Discrete, which sac cannot take; these can: ppo, a2c, dqn"),
        ({"env": "Pendulum-v1", "algo": "dqn"}, r"Pendulum-v1 has actions of Box, which dqn cannot take; these can: ppo, a2c, sac"),
        ({"algo": "dqn", "clip_range": 0.2}, r"clip_range is not a hyperparameter of dqn; it has "),
        ({"algo": "ppo", "ent_coef": "much"}, r"ent_coef must be a number or auto; got much\."),
        ({"env_kwargs": "[1]"}, r"env_kwargs must be an object of JSON"),
        ({"env_kwargs": "{"}, r"env_kwargs must be an object of JSON"),
        ({"env_kwargs": '{"colour": 1}'}, r"CartPole-v1 must take its options: .*colour"),
        ({"env": "nowhere_at_all:Env-v0"}, r"nowhere_at_all:Env-v0 needs a package that is not installed here"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(tmp_path: Path, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        task(tmp_path, **settings)


def test_frames_are_stacked_in_training_and_evaluation_alike() -> None:
    config = GymSettings(env="CartPole-v1", frame_stack=4)
    for training in (True, False):
        envs = make_envs(config, 1, training=training)
        assert envs.observation_space.shape == (16,)
        envs.close()
