"""A recorded episode as a film: the same return, pictures or what the learner sees, and what does not repeat is told by its numbers."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from PIL import Image

from trainer.creating import create_run
from trainer.errors import FormatError, JobCancelledError, SettingError
from trainer.learning.any_learner.observation import ObservationPicture
from trainer.learning.any_learner.record_actions import RECORDED
from trainer.run_files import films
from trainer.run_files.films import Film, film_path
from trainer.run_files.jobs import Work
from trainer.run_files.replays import find_recording
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.gym import film
from trainer.tasks.gym.about import GymSettings
from trainer.tasks.gym.environments import make_envs
from trainer.tasks.gym.files.replays import RecordedEpisode, make_recording, replays_writer


class Clock(gymnasium.Env[Any, Any]):
    """Its rewards come from the clock, and it has no pictures."""

    def __init__(self) -> None:
        self.observation_space = spaces.Box(-1, 1, (3,), np.float32)
        self.action_space = spaces.MultiDiscrete([2, 3])
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        super().reset(seed=seed, options=options)
        self.steps = 0
        return np.zeros(3, np.float32), {}

    def step(self, action: Any) -> Any:
        """Make a step."""
        self.steps += 1
        assert self.action_space.contains(action)
        return np.ones(3, np.float32), time.perf_counter(), self.steps == 5, False, {}


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The environment of this test."""
    gymnasium.register("FilmedClock", f"{__name__}:Clock", disable_env_checker=True)
    yield
    del gymnasium.registry["FilmedClock"]


def recorded(folder: Path, env: str, seed: int | None = 7, most: int = 10**9, **settings: Any) -> tuple[RunDirectory, RecordedEpisode]:
    """A run with an evaluation of one episode of chance."""
    config = GymSettings(env=env, **settings)
    run = create_run(config, runs_dir=folder)
    envs: Any = make_envs(config, 1, training=False).unwrapped
    envs.action_space.seed(1)
    envs.seed(seed)
    envs.reset()
    info: dict[str, Any] = {}
    while "episode" not in info:
        _, _, _, (info,) = envs.step(np.array([envs.action_space.sample()]))
    acts, end = info[RECORDED], info["episode"]
    content = acts.content[: most * envs.action_space.dtype.itemsize]
    episode = RecordedEpisode(acts.seed, acts.generator, acts.options, end["r"], end["l"], False, content)
    recording = make_recording(100, envs.action_space.dtype, envs.action_space.shape, [episode])
    replays_writer(run, 10**9).write(recording)
    return run, recording.episodes[0]


def filmed(run: RunDirectory) -> Film:
    """The film of its episode."""
    path = film.make_film(run, "100", 1, Work(None))
    assert path == film_path(run, find_recording(run, "100"), 0)
    return Film(path)


@pytest.mark.long
@pytest.mark.parametrize(
    ("env", "size", "fps"),
    [
        ("LunarLander-v3", (600, 400), 50),
        ("CartPole-v1", (600, 400), 50),
        ("FrozenLake-v1", (256, 256), 4),
        ("ALE/Pong-v5", (160, 210), 30),
    ],
)
def test_a_film_ends_with_the_return_that_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: str, size: tuple[int, int], fps: float
) -> None:
    monkeypatch.setattr(film, "MAX_PICTURES", 50)
    run, episode = recorded(tmp_path, env)
    made = filmed(run)
    head = made.head
    assert (head.reward, head.steps, head.shown, head.problem) == (episode.reward, episode.length, "picture", "")
    assert head.stride == -(-episode.length // 50)
    assert head.fps == pytest.approx(fps / head.stride)
    assert len(head.sizes) == -(-episode.length // head.stride) + 1
    first, last = (Image.open(io.BytesIO(made.pictures(number, 1)[0])) for number in (0, len(head.sizes) - 1))
    assert first.size == last.size == size
    assert first.tobytes() != last.tobytes()


def test_an_environment_that_does_not_repeat_has_another_return_and_its_observation_is_seen(tmp_path: Path) -> None:
    run, episode = recorded(tmp_path, "FilmedClock")
    made = filmed(run)
    assert made.head.reward != episode.reward
    assert (made.head.shown, made.head.problem) == ("observation", "It has no pictures of itself.")
    assert len(made.pictures(0, 100)) == 6


def test_where_nothing_can_be_drawn_the_return_is_there_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, episode = recorded(tmp_path, "FilmedClock")
    monkeypatch.delattr(ObservationPicture, "draw")
    head = filmed(run).head
    assert (head.steps, head.sizes) == (episode.length, ())


def test_an_episode_that_began_without_a_seed_goes_on_from_its_generator(tmp_path: Path) -> None:
    config = GymSettings(env="CartPole-v1")
    envs = make_envs(config, 1, training=True)
    envs.seed(3)
    envs.reset()
    ended: list[dict[str, Any]] = []
    while len(ended) < 3:
        _, _, _, (info,) = envs.step(np.array([0]))
        ended += [info] if "episode" in info else []
    run = create_run(config, runs_dir=tmp_path)
    for number, info in enumerate(ended):
        acts, end = info[RECORDED], info["episode"]
        assert (acts.seed is None) == bool(number)
        episode = RecordedEpisode(acts.seed, acts.generator, None, end["r"], end["l"], False, acts.content)
        replays_writer(run, 10**9).write(make_recording(100, np.dtype(np.int64), (), [episode]))
        assert filmed(run).head.reward == end["r"]


def test_a_part_that_is_kept_is_shown_to_its_end(tmp_path: Path) -> None:
    run, episode = recorded(tmp_path, "CartPole-v1", most=6)
    made = filmed(run)
    assert (made.head.steps, len(episode.actions)) == (6, 48)


def test_what_cannot_be_simulated_is_said_in_one_sentence(tmp_path: Path) -> None:
    run, _ = recorded(tmp_path, "CartPole-v1")
    for name, episode, sentence in [("7", 1, "no recording '7' of .* the newest are: 100"), ("100", 2, "no episode 2 in 100, it has 1")]:
        with pytest.raises(FormatError, match=sentence):
            film.make_film(run, name, episode, Work(None))
    make = replays_writer(run, 10**9).write
    for content in (b"\x05" + bytes(7), b"\xff" * 8):
        make(make_recording(100, np.dtype(np.int64), (), [RecordedEpisode(1, None, None, 1.0, 1, False, content)]))
        with pytest.raises(FormatError, match="an action is none of its own"):
            filmed(run)
    run.config.write_text(run.config.read_text().replace("CartPole-v1", "Pendulum-v1"))
    with pytest.raises(FormatError, match=r"must fit the environment, whose actions are float32 of the shape \(1,\); it has int64 \(\)"):
        filmed(run)
    run.config.write_text(run.config.read_text().replace("Pendulum-v1", "CartPole-v9"))
    with pytest.raises(SettingError, match="CartPole-v9 must be an environment that is registered here"):
        filmed(run)


def test_it_gives_up_when_it_is_cancelled_and_leaves_no_film(tmp_path: Path) -> None:
    run, _ = recorded(tmp_path, "CartPole-v1")
    work = Work(None)
    work.cancelled.set()
    with pytest.raises(JobCancelledError):
        film.make_film(run, "100", 1, work)
    assert not (tmp_path / films.FILMS_DIR).exists()
