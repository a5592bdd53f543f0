"""Every algorithm is made, trained and evaluated; what does not fit is said in one sentence. Exactness: see `test_matrix`."""

from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.atari_wrappers import ClipRewardEnv

from trainer.creating import create_run
from trainer.errors import SettingError
from trainer.learning.session import RunSession
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.algorithms import ALGORITHMS
from trainer.tasks.gym.environments import make_envs
from trainer.tasks.gym.learner import GymTask

from .own_envs import HERE

MASKED, DICTIONARY, BITS = f"{HERE}Masked-v0", f"{HERE}Dictionary-v0", f"{HERE}Bits-v0"
QUICK: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 32, "batch_size": 16, "n_epochs": 2, "n_envs": 2},
    "a2c": {"n_envs": 2},
    "dqn": {"learning_starts": 50, "buffer_size": 500},
    "sac": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "td3": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16, "action_noise": 0.1},
    "ddpg": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "qrdqn": {"learning_starts": 50, "buffer_size": 500},
    "tqc": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
    "trpo": {"n_steps": 32, "batch_size": 16, "n_envs": 2},
    "ars": {"n_delta": 1, "n_envs": 2, "schedule": "linear"},
    "maskableppo": {"n_steps": 32, "batch_size": 16, "n_envs": 2, "env": MASKED},
    "recurrentppo": {"n_steps": 64, "batch_size": 64, "n_epochs": 1},
    "crossq": {"learning_starts": 50, "buffer_size": 500, "batch_size": 16},
}
CONTINUOUS = {name for name, one in ALGORITHMS.items() if "Discrete" not in one.spaces}
STEPS = 64


def task(folder: Path, **settings: Any) -> GymTask:
    """A task of a run of its own."""
    config = GymSettings(**{"eval_episodes": 1, "net_arch": (8,), **settings})
    run = create_run(config, runs_dir=folder)
    return GymTask(RunSession(run, total_timesteps=STEPS), config)


def test_every_algorithm_is_tried() -> None:
    assert QUICK.keys() == ALGORITHMS.keys()
    assert len(QUICK) == 13


@pytest.mark.parametrize("algo", QUICK)
def test_an_algorithm_is_trained_and_evaluated(tmp_path: Path, algo: str) -> None:
    made = task(tmp_path, **{"env": "Pendulum-v1" if algo in CONTINUOUS else "CartPole-v1", "algo": algo, **QUICK[algo]})
    made.model.learn(STEPS)
    played = made.evaluate(made.copy_policy(made.model_bytes()), lambda: True)
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
        ({"env": BITS, "algo": "ars"}, r"has actions of MultiBinary, which ars cannot take; these can: ppo, a2c, trpo, recurrentppo\."),
        ({"algo": "maskableppo"}, r"CartPole-v1 must have a method action_masks for maskableppo; ppo learns without one\."),
        (
            {"algo": "ars", "policy": "CnnPolicy"},
            r"policy must be one of MlpPolicy for ars, which has no CnnPolicy; these have it: ppo",
        ),
        ({"algo": "dqn", "env": DICTIONARY}, r"has actions of MultiDiscrete, which dqn cannot take"),
        ({"env": DICTIONARY, "policy": "MlpPolicy"}, r"ppo does not take these settings: You must use `MultiInputPolicy`"),
        ({"env": DICTIONARY, "normalize": "observations"}, r"normalize must be rewards or off in .*Dictionary-v0"),
        ({"env": "FrozenLake-v1", "normalize": "observations"}, r"normalize must be rewards or off in FrozenLake-v1"),
        ({"env": "FrozenLake-v1", "frame_stack": 2}, r"frame_stack does not fit the environment: "),
        ({"env": "CartPole-v1", "atari": "on"}, r"atari does not fit the environment: "),
        ({"env": "ALE/Pon-v5"}, r"ALE/Pon-v5 must be an environment that is registered here .*near it are ALE/Pong-v5"),
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


def test_images_of_a_game_are_prepared_alike_in_training_and_evaluation() -> None:
    config = GymSettings(env="ALE/Breakout-v5", atari="on", frame_stack=4)
    for training in (True, False):
        envs = make_envs(config, 1, training=training)
        assert envs.observation_space.shape == (4, 84, 84), "channels first"
        assert envs.get_attr("_frameskip") == [1], "the wrapper skips frames, so the game does not"
        assert envs.env_is_wrapped(ClipRewardEnv) == [training]
        envs.close()


@pytest.mark.parametrize("name", [DICTIONARY, BITS])
def test_dictionaries_pictures_and_bits_are_learned_from(tmp_path: Path, name: str) -> None:
    made = task(tmp_path, env=name, **QUICK["ppo"])
    made.model.learn(64)
    assert made.evaluate(made.copy_policy(made.model_bytes()), lambda: True) is not None
