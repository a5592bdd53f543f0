"""The graph of a policy acts as stable-baselines3 does, in another runtime, for every kind of algorithm, observation and action."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import onnxruntime
import pytest
from gymnasium import spaces
from sb3_contrib import ARS, QRDQN, TQC, TRPO, CrossQ, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize
from torch import nn

from trainer.tasks.gym.commands import onnx_export
from trainer.tasks.gym.commands.onnx_export import NotExportableError, onnx_model

NUMBERS, ARMS = spaces.Box(-1, 1, (3,)), spaces.Discrete(3)
PUSH = spaces.Box(np.array([-2, -1], np.float32), np.array([1, 5], np.float32))
IMAGE = spaces.Box(0, 255, (3, 40, 40), np.uint8)
Case = tuple[Any, spaces.Space[Any], spaces.Space[Any], dict[str, Any]]
SMALL: dict[str, Any] = {"buffer_size": 10}
CASES: dict[str, Case] = {
    "PPO, Discrete": (PPO, NUMBERS, ARMS, {}),
    "PPO, Box": (PPO, NUMBERS, PUSH, {"use_sde": True}),
    "PPO, MultiBinary": (PPO, NUMBERS, spaces.MultiBinary(4), {}),
    "PPO, numbers of numbers": (PPO, spaces.Box(-1, 1, (2, 3)), spaces.Box(-1, 1, (2, 2)), {}),
    "A2C, MultiDiscrete": (A2C, NUMBERS, spaces.MultiDiscrete([2, 4, 3]), {}),
    "TRPO, where it is": (TRPO, spaces.Discrete(6), ARMS, {}),
    "DQN": (DQN, NUMBERS, ARMS, SMALL),
    "PPO, image": (PPO, IMAGE, PUSH, {"policy": "CnnPolicy", "n_steps": 8, "batch_size": 8}),
    "QRDQN": (QRDQN, NUMBERS, ARMS, SMALL),
    "SAC": (SAC, NUMBERS, PUSH, {"use_sde": True, **SMALL}),
    "TD3": (TD3, NUMBERS, PUSH, SMALL),
    "TQC": (TQC, NUMBERS, PUSH, SMALL),
    "CrossQ": (CrossQ, NUMBERS, PUSH, SMALL),
    "ARS, Box": (ARS, NUMBERS, PUSH, {}),
    "ARS, Discrete": (ARS, NUMBERS, ARMS, {}),
}


class Anything(gymnasium.Env[Any, Any]):
    """Shows anything."""

    def __init__(self, observation_space: spaces.Space[Any], action_space: spaces.Space[Any]) -> None:
        self.observation_space, self.action_space = observation_space, action_space
        observation_space.seed(1)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:  # noqa: ARG002 - as it must be
        """Begin."""
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:  # noqa: ARG002 - it does not matter
        """Go on."""
        return self.observation_space.sample(), 0.0, False, False, {}


def learner(case: Case, wrap: Callable[[VecEnv], VecEnv] = lambda made: made) -> tuple[BaseAlgorithm, VecEnv]:
    """One that does not always do the same: small numbers would need weights that are farther from 0 than at the start."""
    kind, observations, actions, options = case
    envs = wrap(DummyVecEnv([lambda: Anything(observations, actions)]))
    made: BaseAlgorithm = kind(**{"policy": "MlpPolicy", "env": envs, "seed": 1, "device": "cpu", **options})
    for weights in made.policy.parameters() if observations is not IMAGE else ():
        weights.data.normal_(0, 0.3)
    return made, envs


def acts(model: bytes, observations: Any) -> Any:
    """What the graph does in ONNX Runtime."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (actions,) = session.run(None, {"observation": observations})
    return actions


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_graph_acts_as_its_policy(case: Case) -> None:
    model, envs = learner(case)
    seen = np.array([case[1].sample() for _ in range(20)])
    done = acts(onnx_model(model.policy, envs), seen.astype(np.int64 if isinstance(case[1], spaces.Discrete) else np.float32))
    expected, _ = model.predict(seen, deterministic=True)
    assert done.shape == expected.shape
    np.testing.assert_allclose(done, expected, rtol=1e-5, atol=1e-5)
    assert len(np.unique(expected)) > 1, "it does not always do the same"


def test_averages_are_part_of_the_graph() -> None:
    def normalized(envs: VecEnv) -> VecEnv:
        made = VecNormalize(envs)
        made.reset()
        for _ in range(20):
            made.step(np.array([PUSH.sample()]))
        made.training = False
        return made

    model, envs = learner(CASES["SAC"], normalized)
    assert isinstance(envs, VecNormalize)
    seen = np.array([NUMBERS.sample() for _ in range(20)])
    expected, _ = model.predict(envs.normalize_obs(seen), deterministic=True)
    done = acts(onnx_model(model.policy, envs), seen)
    np.testing.assert_allclose(done, expected, rtol=1e-5, atol=1e-5)
    assert np.abs(done - model.predict(seen, deterministic=True)[0]).max() > 1e-3, "they matter"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ((RecurrentPPO, NUMBERS, ARMS, {"policy": "MlpLstmPolicy"}), "its RecurrentActorCriticPolicy has a memory or takes masks"),
        ((MaskablePPO, NUMBERS, ARMS, {}), "its MaskableActorCriticPolicy has a memory or takes masks"),
        ((PPO, spaces.Dict(near=NUMBERS), ARMS, {"policy": "MultiInputPolicy"}), "its observations are a Dict"),
    ],
)
def test_a_policy_without_a_graph_says_why(case: Case, why: str) -> None:
    model, envs = learner(case)
    with pytest.raises(NotExportableError, match=why):
        onnx_model(model.policy, envs)


def test_a_graph_that_would_act_otherwise_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    model, envs = learner(CASES["TD3"])
    wrong = dict(onnx_export.LAYERS)
    wrong[nn.ReLU] = wrong[nn.Sigmoid]
    monkeypatch.setattr(onnx_export, "LAYERS", wrong)
    with pytest.raises(NotExportableError, match="its graph acts otherwise"):
        onnx_model(model.policy, envs)
