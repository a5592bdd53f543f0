"""Small models of every algorithm, as a script makes them."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import sb3_contrib
import stable_baselines3
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecNormalize

from trainer.learning.any_learner.learner_state import model_bytes

FEW_STEPS, STEPS, MANY_STEPS = 80, 240, 6_000  # the latter for ARS, which makes thousands in the time of one look
ON_POLICY: dict[str, Any] = {"n_steps": 32, "batch_size": 32, "n_epochs": 2}
OFF_POLICY: dict[str, Any] = {"learning_starts": 40, "buffer_size": 150, "batch_size": 16, "train_freq": 4}


class Masked(gymnasium.Env[Any, Any]):
    """Half of the actions are not allowed."""

    observation_space, action_space = spaces.Box(0, 1, (1,), np.float32), spaces.Discrete(4)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.steps = 0
        return self._seen(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make a step."""
        self.steps += 1
        return self._seen(), float(action), self.steps >= 20, False, {}

    def action_masks(self) -> Any:
        """Those that are allowed."""
        return np.arange(4) % 2 == self.steps % 2

    def _seen(self) -> Any:
        return self.np_random.random(1).astype(np.float32)


def _made(name: str, env: Any, policy: str = "MlpPolicy", **options: Any) -> BaseAlgorithm:
    kind = getattr(stable_baselines3, name, None) or getattr(sb3_contrib, name)
    model: BaseAlgorithm = kind(policy, env, seed=3, device="cpu", **options)
    return model


def _pendulum(name: str, **options: Any) -> BaseAlgorithm:
    return _made(name, "Pendulum-v1", policy_kwargs={"net_arch": [8]}, **OFF_POLICY, **options)


def _normalised() -> VecNormalize:
    return VecNormalize(make_vec_env("CartPole-v1", n_envs=2, seed=3))


WITHIN_AN_EPISODE = "PPO, within its first episode"
NOISE = NormalActionNoise(np.zeros(1), np.full(1, 0.1))
MODELS: dict[str, Callable[[], BaseAlgorithm]] = {
    "PPO": lambda: _made("PPO", _normalised(), **ON_POLICY),
    WITHIN_AN_EPISODE: lambda: _made("PPO", "LunarLander-v3", n_steps=16, batch_size=16, n_epochs=1),
    "A2C": lambda: _made("A2C", "CartPole-v1"),
    "DQN": lambda: _made("DQN", "CartPole-v1", **OFF_POLICY),
    "SAC": lambda: _pendulum("SAC"),
    "TD3": lambda: _pendulum("TD3", action_noise=NOISE),
    "DDPG": lambda: _pendulum("DDPG", action_noise=NOISE),
    "QRDQN": lambda: _made("QRDQN", "CartPole-v1", policy_kwargs={"net_arch": [8]}, **OFF_POLICY),
    "TQC": lambda: _pendulum("TQC"),
    "TRPO": lambda: _made("TRPO", "CartPole-v1", n_steps=32, batch_size=32),
    "ARS": lambda: _made("ARS", "CartPole-v1", "LinearPolicy", n_delta=1, n_eval_episodes=1),
    "RecurrentPPO": lambda: _made("RecurrentPPO", "CartPole-v1", "MlpLstmPolicy", n_steps=32, batch_size=32, n_epochs=1),
    "MaskablePPO": lambda: _made("MaskablePPO", Masked(), **ON_POLICY),
    "CrossQ": lambda: _pendulum("CrossQ"),
}


def weights(model: BaseAlgorithm) -> str:
    """The hash of all networks and optimisers."""
    with zipfile.ZipFile(io.BytesIO(model_bytes(model))) as saved:
        return hashlib.sha256(b"".join(saved.read(name) for name in sorted(saved.namelist()) if name.endswith(".pth"))).hexdigest()
