"""A film of a recorded episode: it is simulated again and drawn as often as a person can see."""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import FormatError, RunDirectoryError, reason
from ...learning.any_learner.drawing import Drawing
from ...learning.any_learner.image import jpeg
from ...run_files.config_file import read_config
from ...run_files.films import MAX_FPS, MAX_PICTURES, FilmHead, film_path, write_film
from ...run_files.jobs import Work
from ...run_files.replays import find_recording
from ...run_files.run_directory import RunDirectory
from .about import GymSettings
from .files.replays import read_recording
from .simulating import Moment, simulate

QUALITY = 90  # a film is looked at more closely than what is live
FPS = 30.0  # of an environment that says nothing of it
LONGEST_S = 60.0  # of drawing: of an environment that draws slowly fewer steps are drawn


def make_film(run: RunDirectory, name: str, episode: int, work: Work) -> Path:
    """Simulate an episode and write its film; see `trainer.tasks.commands`."""
    config = GymSettings.from_json(read_config(run).settings)
    file = find_recording(run, name)
    recording = read_recording(file.path)
    if episode > len(recording.episodes):
        raise FormatError(f"There is no episode {episode} in {name}, it has {len(recording.episodes)}.")
    total = len(recording.actions(episode - 1))
    shots = _Shots(total)
    for moment in simulate(config, recording, episode - 1):
        work.check()
        work.step(moment.steps, total)
        shots.look(moment)
    path = film_path(run, file, episode - 1)
    try:
        write_film(path, shots.head(), shots.images)
    except OSError as error:
        raise RunDirectoryError(f"The film cannot be written to {path} ({reason(error)}). Make room and try again.") from None
    return path


@dataclass(slots=True)
class _Shots:
    """The pictures of an episode so far.

    Attributes:
        total: steps that will be simulated.
    """

    total: int
    images: list[bytes] = field(default_factory=list)
    _returns: list[float] = field(default_factory=list)
    _camera: "_Camera | None" = None
    _stride: int = 1
    _fps: float = FPS
    _last: Moment | None = None

    def look(self, moment: Moment) -> None:
        """Take a picture, if it is time for one."""
        self._last = moment
        if self._camera is None:
            self._begin(moment)
        if self._camera is not None and (moment.steps % self._stride == 0 or moment.over):
            pixels = self._camera.take(moment)
            if pixels is not None:
                self.images.append(jpeg(pixels, QUALITY))
                self._returns.append(moment.reward)

    def head(self) -> FilmHead:
        """What is said of them."""
        last, camera = self._last, self._camera
        assert last is not None  # noqa: S101 - for the type checker: an episode has a beginning
        assert camera is not None  # noqa: S101 - the same
        return FilmHead(
            fps=self._fps / self._stride,
            stride=self._stride,
            steps=last.steps,
            reward=last.reward,
            shown="observation" if camera.problem else "picture",
            problem=camera.problem,
            returns=tuple(self._returns),
            sizes=tuple(map(len, self.images)),
        )

    def _begin(self, moment: Moment) -> None:
        """Decide how often to draw."""
        self._camera = _Camera()
        self._camera.take(moment)  # the first one makes windows and loads fonts
        began = time.monotonic()
        self._camera.take(moment)
        took = time.monotonic() - began
        self._stride = max(1, math.ceil(self.total / MAX_PICTURES), math.ceil(took * self.total / LONGEST_S))
        self._stride = min(self._stride, max(1, self.total))
        fps = (moment.env.metadata or {}).get("render_fps")
        if isinstance(fps, int | float) and 0 < fps <= MAX_FPS:
            self._fps = float(fps)


class _Camera:
    """Draws an environment, or what the learner sees of it.

    Attributes:
        problem: why there is no picture of the environment; empty if there is.
    """

    def __init__(self) -> None:
        self._drawing = Drawing()
        self._observation: Any = None
        self.problem = ""

    def take(self, moment: Moment) -> NDArray[np.uint8] | None:
        """A picture; None if nothing can be drawn."""
        if not self.problem:
            try:
                pixels = self._drawing.draw(moment.env.unwrapped)
            except Exception as error:  # noqa: BLE001 - somebody else's code
                self.problem = f"Its render failed: {reason(error)}."
            else:
                if pixels is not None:
                    return pixels
                self.problem = "It has no pictures of itself."
        return self._of_observation(moment)

    def _of_observation(self, moment: Moment) -> NDArray[np.uint8] | None:
        from ...learning.any_learner.observation import ObservationPicture  # noqa: PLC0415 - it imports torch

        self._observation = self._observation or ObservationPicture(moment.env.observation_space)
        try:
            drawn: NDArray[np.uint8] = self._observation.draw(moment.observation)
        except Exception:  # noqa: BLE001 - an observation of whatever kind
            return None
        return drawn
