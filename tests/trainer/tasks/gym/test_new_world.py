"""The same seed and the same actions give the same episode, whatever was played before in the same environment."""

from typing import Any

import numpy as np
import pytest

from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.making import registered

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("name", "options", "steps"),
    [
        ("BipedalWalker-v3", None, 300),
        ("BipedalWalker-v3", '{"hardcore": true}', 300),
        ("LunarLander-v3", None, 150),
        ("CarRacing-v3", None, 30),
    ],
)
def test_an_episode_does_not_depend_on_those_before_it(name: str, options: str | None, steps: int) -> None:
    env = registered(GymSettings(env=name, env_kwargs=options))
    env.action_space.seed(4)
    actions = [env.action_space.sample() for _ in range(steps)]

    def episode(seed: int) -> list[float]:
        env.reset(seed=seed)
        rewards: list[float] = []
        for action in actions:
            _, reward, terminated, *_ = env.step(action)
            rewards.append(float(reward))
            if terminated:
                break
        return rewards

    first, others = episode(1), np.random.default_rng(5)
    again: list[Any] = []
    for _ in range(6):
        episode(int(others.integers(1_000)))
        again.append(episode(1))
    env.close()

    assert [one == first for one in again] == [True] * 6
