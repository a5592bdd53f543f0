"""Pictures of environments: taken without a trace, of the observation where there is none, and never worth a crash."""

import random
import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from trainer.learning.any_learner import camera
from trainer.learning.any_learner.camera import Camera, Taken
from trainer.learning.any_learner.drawing import MAX_SIDE, Drawing
from trainer.learning.any_learner.environment_state import EnvironmentKeeper, How
from trainer.learning.any_learner.observation import DOWN, UP, ObservationPicture

Image = NDArray[np.uint8]
VECTOR = spaces.Box(-1, 1, (2,), np.float32)


class Painted(gymnasium.Env[Any, Any]):
    """Draws, and leaves in itself what it has drawn with."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as Gymnasium has it
    render_mode: str | None = None

    def __init__(self, drawn: Any = None) -> None:
        self.drawn = np.zeros((4, 6, 3), np.uint8) if drawn is None else drawn
        self.window: Any = None
        self.windows_made = self.steps = 0

    def render(self) -> Any:
        """A picture."""
        assert self.render_mode == "rgb_array"
        if self.window is None:
            self.window = lambda: "what no pickle takes"
            self.late = "made with the window"
        assert self.late
        self.steps += 1
        random.random()
        self.np_random.random()
        if isinstance(self.drawn, Exception):
            raise self.drawn
        return self.drawn


def test_an_environment_is_as_if_it_had_never_been_drawn() -> None:
    env, drawing = Painted(), Drawing()
    env.reset(seed=3)
    before, generator = dict(vars(env)), env.np_random.bit_generator.state
    for _ in range(2):
        picture = drawing.draw(env)
        assert picture is not None
        assert picture.shape == (4, 6, 3)
        assert vars(env) == before
        assert env.np_random.bit_generator.state == generator
    assert drawing.draw(Painted(np.zeros((MAX_SIDE * 2, MAX_SIDE, 4), np.uint8))).shape == (MAX_SIDE, MAX_SIDE // 2, 3)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["FrozenLake-v1", "Taxi-v4", "CartPole-v1", "InvertedPendulum-v5"])
def test_what_was_drawn_can_be_kept_and_drawn_again(name: str) -> None:
    """Surfaces and viewers, whole or in lists, are what no pickle takes."""
    how: How = "pickled"
    envs = DummyVecEnv([lambda: Monitor(gymnasium.make(name))])
    envs.seed(1)
    envs.reset()
    keeper, drawing = EnvironmentKeeper(envs, how), Drawing()
    first = drawn_or_not(drawing, envs)
    saved = keeper.save()
    envs.step(np.array([envs.action_space.sample()]))
    keeper.put_back(saved)
    assert np.array_equal(drawn_or_not(drawing, envs), first)  # type: ignore[arg-type]
    assert first is not None or name == "InvertedPendulum-v5"


def drawn_or_not(drawing: Drawing, envs: DummyVecEnv) -> Image | None:
    """A picture; None where a machine has no OpenGL for MuJoCo."""
    try:
        return drawing.draw(envs.envs[0].unwrapped)
    except Exception:  # noqa: BLE001 - it raises what it likes
        return None


def taken_by(draw: Callable[[], Image | None], said: list[str], observation: Any = (0.5, -1.0)) -> Camera:
    """A camera of a vector of two numbers."""
    return Camera(draw, lambda: np.array(observation), VECTOR, said.append)


@pytest.mark.parametrize("slowed", [False, True])
def test_pictures_are_rare_enough_to_cost_little_unless_somebody_follows(monkeypatch: pytest.MonkeyPatch, *, slowed: bool) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def draw() -> Image:
        nonlocal now
        now += 0.007
        return np.zeros((4, 4, 3), np.uint8)

    eye = taken_by(draw, [])
    taken = 0
    for _ in range(3_000):
        taken += eye.take(slowed=slowed) is not None
        now += 0.001
    share = taken * 0.007 / (now - 100)
    assert share > 0.2 if slowed else 0.05 < share <= camera.DRAWING_SHARE + 0.005


def test_there_are_no_more_than_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    eye, taken = taken_by(lambda: np.zeros((4, 4, 3), np.uint8), []), 0
    for _ in range(2_000):
        taken += eye.take() is not None
        now += 0.001
    assert 55 <= taken <= 61


def test_a_fault_of_its_render_is_said_once_and_the_observation_is_seen() -> None:
    said: list[str] = []
    env, drawing = Painted(OSError("no screen")), Drawing()
    eye = taken_by(lambda: drawing.draw(env), said)
    before = random.getstate()
    first = eye.take()
    assert random.getstate() == before
    assert first is not None
    assert first.shown == "observation"
    eye._next_at = 0.0
    assert eye.take() is not None
    (sentence,) = said
    assert sentence.startswith(
        "There is no picture of the environment: Painted raised OSError: no screen, in its render (test_camera.py, line "
    )
    assert sentence.endswith("). Training goes on")
    assert env.steps == 0, "what it counted while it was drawn"


@pytest.mark.parametrize("drawn", ["a map in letters", np.zeros((4, 4)), [np.zeros((4, 4, 3), np.uint8)] * 2])
def test_what_is_no_picture_is_said(drawn: Any) -> None:
    said: list[str] = []
    env, drawing = Painted(drawn), Drawing()
    assert isinstance(taken_by(lambda: drawing.draw(env), said).take(), Taken)
    assert "it must draw (height, width, 3) of uint8" in said[0]


def test_where_nothing_can_be_seen_there_is_no_picture() -> None:
    said: list[str] = []
    eye = taken_by(lambda: None, said, "words")
    assert eye.take() is None
    eye._next_at = 0.0
    assert eye.take() is None
    assert len(said) == 1


def colours(picture: Image) -> set[tuple[int, ...]]:
    """Those of a picture."""
    return {tuple(colour) for colour in np.unique(picture.reshape(-1, 3), axis=0).tolist()}


def test_a_vector_is_bars_and_its_largest_value_is_as_high_as_it_gets() -> None:
    bars = ObservationPicture(VECTOR)
    high = bars.draw(np.array([1.0, -1.0]))
    low = bars.draw(np.array([0.5, np.nan]))
    assert {UP, DOWN} <= colours(high)
    assert UP in colours(low)
    assert DOWN not in colours(low)
    assert (high == UP).all(axis=2).sum() > (low == UP).all(axis=2).sum()


@pytest.mark.parametrize(
    ("space", "observation"),
    [
        (spaces.Discrete(16), np.int64(3)),
        (spaces.MultiBinary(4), np.array([1, 0, 1, 1])),
        (spaces.MultiDiscrete([3, 5]), np.array([2, 4])),
        (spaces.Dict({"place": VECTOR, "kind": spaces.Discrete(3)}), {"place": np.array([0.1, 0.2]), "kind": np.int64(2)}),
        (spaces.Box(0, 9, (7, 7, 3), np.float32), np.ones((7, 7, 3))),
    ],
)
def test_every_observation_can_be_seen(space: spaces.Space[Any], observation: Any) -> None:
    assert UP in colours(ObservationPicture(space).draw(observation))


@pytest.mark.parametrize(("shape", "channel"), [((84, 84, 4), 3), ((4, 84, 84), 3), ((64, 64, 3), 0), ((6, 84, 84), 3)])
def test_an_image_is_its_own_picture_and_the_newest_of_a_stack(shape: tuple[int, ...], channel: int) -> None:
    image = np.zeros(shape, np.uint8)
    (image[channel] if shape[0] < 10 else image[..., channel])[:] = 200
    picture = ObservationPicture(spaces.Dict({"state": VECTOR, "eye": spaces.Box(0, 255, shape, np.uint8)})).draw(
        {"state": np.zeros(2), "eye": image}
    )
    assert picture.shape[2] == 3
    assert picture.shape[0] >= 240
    assert picture.max() == 200
