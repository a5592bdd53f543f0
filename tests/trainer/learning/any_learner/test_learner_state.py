"""A learner that is put back goes on as if it had never been away."""

import hashlib
import io
import pickle
import zipfile
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.noise import OrnsteinUhlenbeckActionNoise
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecNormalize

from trainer.errors import FormatError
from trainer.learning.any_learner.environment_state import EnvironmentKeeper
from trainer.learning.any_learner.learner_state import (
    MODEL_FILE,
    STATE_FILE,
    copy_of,
    load_policy,
    model_bytes,
    put_back,
    read_state,
    save_learner,
)


def small(**others: Any) -> dict[str, Any]:
    """Settings of an off-policy learner; stable-baselines3 changes the dictionaries that it is given."""
    settings = {"learning_starts": 60, "buffer_size": 500, "batch_size": 16, "train_freq": 4, "policy_kwargs": {"net_arch": [16]}}
    return settings | others


def on_policy(**others: Any) -> dict[str, Any]:
    """Settings of an on-policy learner."""
    return {"n_steps": 32, "batch_size": 16, "policy_kwargs": {"net_arch": [16]}} | others


def envs(name: str, number: int = 1, wrap: Callable[[Any], Any] = lambda made: made) -> Any:
    """Environments, each in a monitor."""
    return wrap(DummyVecEnv([lambda: Monitor(gymnasium.make(name))] * number))


LEARNERS: dict[str, Callable[[], BaseAlgorithm]] = {
    "PPO, 2 environments": lambda: PPO("MlpPolicy", envs("CartPole-v1", 2), seed=1, **on_policy()),
    "PPO, gSDE and VecNormalize": lambda: PPO(
        "MlpPolicy", envs("Pendulum-v1", 2, VecNormalize), seed=1, **on_policy(use_sde=True, sde_sample_freq=4)
    ),
    "PPO, gSDE, once a rollout": lambda: PPO("MlpPolicy", envs("Pendulum-v1", 2), seed=1, **on_policy(use_sde=True)),
    "SAC, gSDE, once a rollout": lambda: SAC("MlpPolicy", envs("Pendulum-v1"), seed=1, use_sde=True, **small()),
    "PPO, frame stack": lambda: PPO("MlpPolicy", envs("CartPole-v1", 1, lambda made: VecFrameStack(made, 3)), seed=1, **on_policy()),
    "A2C": lambda: A2C("MlpPolicy", envs("Acrobot-v1", 2), seed=1, policy_kwargs={"net_arch": [16]}),
    "DQN": lambda: DQN("MlpPolicy", envs("CartPole-v1"), seed=1, target_update_interval=50, **small()),
    "SAC, VecNormalize": lambda: SAC("MlpPolicy", envs("Pendulum-v1", 1, VecNormalize), seed=1, **small()),
    "TD3, correlated noise": lambda: TD3(
        "MlpPolicy", envs("Pendulum-v1"), seed=1, action_noise=OrnsteinUhlenbeckActionNoise(np.zeros(1), np.full(1, 0.3)), **small()
    ),
    "DDPG, whole episodes": lambda: DDPG("MlpPolicy", envs("Pendulum-v1"), seed=1, **small(train_freq=(1, "episode"))),
}


class AtStart(BaseCallback):
    """Does something once, at the first rollout that starts from a step on."""

    def __init__(self, step: int, action: Callable[[BaseAlgorithm], object]) -> None:
        super().__init__()
        self._step, self._action, self._done = step, action, False

    def _on_rollout_start(self) -> None:
        if not self._done and self.num_timesteps >= self._step:
            self._done = True
            self._action(self.model)

    def _on_step(self) -> bool:
        return True


def keeper_of(model: BaseAlgorithm) -> EnvironmentKeeper:
    """Keeps its environments as pickles."""
    assert model.env is not None
    return EnvironmentKeeper(model.env, "pickled")


def weights(model: BaseAlgorithm) -> str:
    """The hash of all networks and optimisers."""
    with zipfile.ZipFile(io.BytesIO(model_bytes(model))) as saved:
        return hashlib.sha256(b"".join(saved.read(name) for name in sorted(saved.namelist()) if name.endswith(".pth"))).hexdigest()


@pytest.mark.long
@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_a_learner_goes_on_exactly(learner: Callable[[], BaseAlgorithm]) -> None:
    kept, first = dict[str, bytes](), learner()
    keeper = keeper_of(first)
    whole = first.learn(700, callback=AtStart(250, lambda model: kept.update(save_learner(model, keeper))))

    again, state = learner(), read_state(kept)
    other = keeper_of(again)
    assert 250 <= state.counters["num_timesteps"] < 700
    again.num_timesteps, again._last_obs = state.counters["num_timesteps"], state.counters["_last_obs"]
    rest = 700 - again.num_timesteps
    again.learn(rest, callback=AtStart(0, lambda model: put_back(model, kept[MODEL_FILE], state, other)), reset_num_timesteps=False)

    assert weights(again) == weights(whole)
    assert again.num_timesteps == whole.num_timesteps


@pytest.mark.long
def test_to_save_and_to_copy_draws_from_no_generator() -> None:
    undisturbed = PPO("MlpPolicy", envs("CartPole-v1", 2), seed=1, **on_policy()).learn(300)

    def disturb(model: BaseAlgorithm) -> None:
        save_learner(model, keeper_of(model))
        copy_of(model.policy).predict(np.zeros((1, 4), np.float32), deterministic=True)

    disturbed = PPO("MlpPolicy", envs("CartPole-v1", 2), seed=1, **on_policy()).learn(300, callback=AtStart(100, disturb))
    assert weights(disturbed) == weights(undisturbed)


def test_a_copy_keeps_its_weights_while_the_policy_learns() -> None:
    model = PPO("MlpPolicy", envs("CartPole-v1"), seed=1, **on_policy())
    copied, before = copy_of(model.policy), model_bytes(model)
    at = copied.obs_to_tensor(np.array([[0.1, 0.2, 0.3, 0.4]], np.float32))[0]

    def said(policy: Any) -> list[float]:
        values: list[float] = policy.predict_values(at).tolist()
        return values

    first = said(copied)
    model.learn(200)
    assert said(copied) == first != said(model.policy)
    load_policy(model.policy, before)
    assert said(model.policy) == first


def test_an_observation_lies_in_memory_as_it_did() -> None:
    """Torch rounds otherwise in images whose channels come last there."""
    model = PPO("MlpPolicy", envs("CartPole-v1"), seed=1, **on_policy())
    seen = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    model._last_obs = seen.transpose(0, 3, 1, 2)
    found = read_state(save_learner(model, keeper_of(model))).counters["_last_obs"]
    assert found.strides == model._last_obs.strides
    assert np.array_equal(found, model._last_obs)


def test_a_checkpoint_without_a_file_is_refused() -> None:
    with pytest.raises(FormatError, match=f"must hold {STATE_FILE}"):
        read_state({})


def test_the_weights_of_another_network_are_refused() -> None:
    small, large = (
        PPO("MlpPolicy", envs("CartPole-v1"), seed=1, n_steps=32, batch_size=16, policy_kwargs={"net_arch": [size]}) for size in (8, 16)
    )
    with pytest.raises(FormatError, match=r"model\.zip must fit the settings"):
        load_policy(small.policy, model_bytes(large))


def test_weights_that_hold_code_are_refused() -> None:
    model = PPO("MlpPolicy", envs("CartPole-v1"), seed=1, **on_policy())
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        archive.writestr("policy.pth", pickle.dumps(print))
    with pytest.raises(FormatError, match="must be plain tensors"):
        load_policy(model.policy, changed.getvalue())
