"""The bandit: an arm's mean reward grows with its number, and no observation says so."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from trainer.learning.any_learner.made_learner import MadeLearnerTask
from trainer.run_files.episodes import EpisodeRow

from .about import BanditSettings

SEEN = np.ones(1, np.float32)


class Bandit(gymnasium.Env[NDArray[np.float32], np.int64]):
    """Pulls until a coin ends the episode."""

    def __init__(self, arms: int) -> None:
        self.observation_space = gymnasium.spaces.Box(0, 1, (1,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(arms)
        self.pulls = np.zeros(arms, np.int64)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        return SEEN, {}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Pull an arm."""
        self.pulls[action] += 1
        reward = self.np_random.normal(action / len(self.pulls))
        return SEEN, float(reward), bool(self.np_random.random() < 0.1), False, {"arm": int(action)}


class BanditTask(MadeLearnerTask[BanditSettings]):
    """PPO at two bandits."""

    @classmethod
    def make_envs(cls, config: BanditSettings, number: int, *, training: bool) -> DummyVecEnv:  # noqa: ARG003 - see MadeLearnerTask
        """Bandits."""
        return DummyVecEnv([lambda: Monitor(Bandit(config.arms))] * number)

    def make_learner(self) -> PPO:
        """PPO at two of them."""
        envs = self.make_envs(self.config, 2, training=True)
        return PPO("MlpPolicy", envs, n_steps=32, batch_size=32, learning_rate=3e-3, seed=self.config.seed, device="cpu")

    def metrics(self, recent: Sequence[EpisodeRow]) -> Mapping[str, float | None]:  # noqa: ARG002 - see Task
        """How often the best arm was pulled since the beginning."""
        pulls = self._pulls()
        return {"rollout/best_arm_share": float(pulls[-1] / max(pulls.sum(), 1))}

    def picture(self) -> NDArray[np.uint8]:
        """A bar an arm: how often it was pulled."""
        pulls = self._pulls()
        bars = np.arange(64)[:, None] >= 64 - 64 * pulls / max(pulls.max(), 1)
        return np.repeat(np.repeat(bars[:, :, None], 24, axis=1), 3, axis=2).astype(np.uint8) * 200

    def _pulls(self) -> NDArray[np.int64]:
        pulls: NDArray[np.int64] = np.sum(self.envs.get_attr("pulls"), axis=0)
        return pulls
