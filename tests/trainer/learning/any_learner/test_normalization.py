"""The averages of observations go with the model, as plain numbers."""

import io
import json
import zipfile
from typing import Any

import gymnasium
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecNormalize, unwrap_vec_normalize

from trainer.errors import FormatError
from trainer.learning.any_learner.learner_state import model_bytes
from trainer.learning.any_learner.normalization import FILE, load_statistics, read_statistics


class Two(gymnasium.Env[dict[str, Any], np.int64]):
    """Shows two things."""

    observation_space = gymnasium.spaces.Dict({name: gymnasium.spaces.Box(-9, 9, (size,)) for name, size in (("near", 2), ("far", 3))})
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin."""
        super().reset(seed=seed, options=options)
        return {"near": self.np_random.normal(3, 1, 2), "far": self.np_random.normal(-1, 2, 3)}, {}

    def step(self, action: np.int64) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Always the last one."""
        seen, _ = self.reset()
        return seen, float(action), True, False, {}


def normalized(**options: Any) -> VecNormalize:
    """Pendulums whose observations are normalised."""
    return VecNormalize(DummyVecEnv([lambda: gymnasium.make("Pendulum-v1")] * 2), **options)


def learned(envs: Any, policy: str = "MlpPolicy") -> PPO:
    """A learner after a few steps."""
    return PPO(policy, envs, n_steps=16, batch_size=16, seed=1, device="cpu", policy_kwargs={"net_arch": [8]}).learn(64)


def changed(model: bytes, content: str) -> bytes:
    """The model with another file of averages."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, content if name == FILE else source.read(name))
    return target.getvalue()


@pytest.fixture(scope="module")
def model() -> bytes:
    """A model that has learned from normalised observations."""
    return model_bytes(learned(normalized()))


def test_every_number_of_the_averages_comes_back_and_stable_baselines3_still_loads_the_model() -> None:
    before = normalized()
    content = model_bytes(learned(before))
    after = normalized(training=False)
    load_statistics(after, content)
    for one, other in ((before.obs_rms, after.obs_rms), (before.ret_rms, after.ret_rms)):
        for name in ("mean", "var", "count"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
    seen = np.array([[0.3, -0.2, 4.0]], np.float32)
    assert str(after.normalize_obs(seen)) == str(before.normalize_obs(seen))
    assert PPO.load(io.BytesIO(content), device="cpu").num_timesteps == 64


def test_each_part_of_an_observation_has_its_own_averages_and_a_stack_of_frames_is_no_hindrance() -> None:
    before = VecNormalize(DummyVecEnv([Two]))
    after = VecNormalize(DummyVecEnv([Two]))
    load_statistics(after, model_bytes(learned(before, "MultiInputPolicy")))
    ours, theirs = vars(after)["obs_rms"], vars(before)["obs_rms"]
    assert {key: one.mean.tolist() for key, one in ours.items()} == {key: one.mean.tolist() for key, one in theirs.items()}

    stacked = VecFrameStack(normalized(), 2)
    content = model_bytes(learned(stacked))
    other = VecFrameStack(normalized(), 2)
    load_statistics(other, content)
    assert np.array_equal(vars(unwrap_vec_normalize(other))["obs_rms"].mean, vars(unwrap_vec_normalize(stacked))["obs_rms"].mean)


def test_what_was_not_normalised_has_no_averages_and_those_of_rewards_alone_are_not_needed() -> None:
    plain = DummyVecEnv([lambda: gymnasium.make("Pendulum-v1")])
    content = model_bytes(learned(plain))
    assert read_statistics(content) is None
    load_statistics(normalized(norm_obs=False), content)
    load_statistics(plain, model_bytes(learned(normalized(norm_obs=False))))


def test_observations_that_are_not_those_the_model_has_learned_from_are_refused(model: bytes) -> None:
    plain = DummyVecEnv([lambda: gymnasium.make("Pendulum-v1")])
    with pytest.raises(FormatError, match="normalize must stay as it was: the model has learned from observations that were normalised"):
        load_statistics(plain, model)
    with pytest.raises(FormatError, match="normalize must stay as it was: the model has learned from observations as they are"):
        load_statistics(normalized(), model_bytes(learned(plain)))
    with pytest.raises(FormatError, match="must hold averages of the observations of this environment"):
        load_statistics(VecNormalize(DummyVecEnv([lambda: gymnasium.make("CartPole-v1")])), model)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"observations": 1, "rewards": {}}', '{"observations": [1], "rewards": {}}', "[" * 100_000],
)
def test_averages_that_are_none_are_refused(model: bytes, content: str) -> None:
    with pytest.raises(FormatError, match=f"{FILE} must hold averages"):
        load_statistics(normalized(), changed(model, content))


@pytest.mark.parametrize("wrong", [{"var": [-1.0, 1.0, 1.0]}, {"mean": [0.0]}, {"mean": "much"}, {"count": None}, {"key": "far"}])
def test_averages_of_something_else_are_refused(model: bytes, wrong: dict[str, Any]) -> None:
    found = json.loads(read_statistics(model) or b"")
    found["observations"][0] |= wrong
    with pytest.raises(FormatError, match=f"{FILE} must hold averages"):
        load_statistics(normalized(), changed(model, json.dumps(found)))
