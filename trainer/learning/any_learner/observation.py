"""What a learner sees, as a picture: for environments that have no pictures of themselves."""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first

SMALLEST_SIDE = 240  # pixels: a smaller image is enlarged, so that its pixels stay sharp
HEIGHT, WIDTH = 240, 360  # of bars
MOST_BARS = 180
PAPER, LINE = (250, 250, 250), (200, 200, 200)
UP, DOWN = (74, 157, 204), (198, 136, 0)


class ObservationPicture:
    """Draws observations: an image as it is, anything else as a bar a number.

    Args:
        space: of the observations, as the learner sees them.
    """

    def __init__(self, space: spaces.Space[Any]) -> None:
        self._space = space
        self._largest = np.zeros(0)  # so far, of each number

    def draw(self, observation: Any) -> NDArray[np.uint8]:
        """One observation, as a picture (height, width, 3)."""
        image = _image_in(self._space, observation)
        return _enlarged(image) if image is not None else self._bars(_numbers_in(self._space, observation)[:MOST_BARS])

    def _bars(self, numbers: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Each number beside the largest one in its place so far; those above zero go up."""
        sizes = np.abs(np.nan_to_num(numbers, posinf=0, neginf=0))
        self._largest = sizes if len(self._largest) != len(sizes) else np.maximum(self._largest, sizes)
        shares = sizes / np.where(self._largest > 0, self._largest, 1)
        picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        picture[:] = PAPER
        zero = HEIGHT // 2 if (numbers < 0).any() or self._space_is_signed else HEIGHT - 12
        room = zero - 12
        for place, (share, number) in enumerate(zip(shares, numbers, strict=True)):
            left, right = WIDTH * place // len(numbers), WIDTH * (place + 1) // len(numbers)
            gap = (right - left) // 6
            length = round(share * room)
            if number >= 0:
                picture[zero - length : zero, left + gap : right - gap] = UP
            else:
                picture[zero : zero + length, left + gap : right - gap] = DOWN
        picture[zero] = LINE
        return picture

    @property
    def _space_is_signed(self) -> bool:
        space = self._space
        boxes = [*space.spaces.values()] if isinstance(space, spaces.Dict) else [space]
        return any(isinstance(box, spaces.Box) and bool((box.low < 0).any()) for box in boxes)


def _image_in(space: spaces.Space[Any], observation: Any) -> NDArray[np.uint8] | None:
    """The first image of an observation (height, width, channels); None if there is none."""
    if isinstance(space, spaces.Dict):
        found = (_image_in(one, observation[name]) for name, one in space.spaces.items())
        return next((image for image in found if image is not None), None)
    if not is_image_space(space):
        return None
    image = np.asarray(observation)
    return np.moveaxis(image, 0, 2) if is_image_space_channels_first(space) else image  # type: ignore[arg-type]


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Its newest frame, if several are stacked; (height, width, 3)."""
    channels = 3 if image.shape[2] % 3 == 0 else 1
    newest = image[:, :, -channels:]
    times = max(1, -(-SMALLEST_SIDE // max(newest.shape[:2])))
    larger = newest.repeat(times, axis=0).repeat(times, axis=1)
    return np.ascontiguousarray(np.broadcast_to(larger, (*larger.shape[:2], 3)))


def _numbers_in(space: spaces.Space[Any], observation: Any) -> NDArray[np.float64]:
    if isinstance(space, spaces.Dict):
        return np.concatenate([_numbers_in(one, observation[name]) for name, one in space.spaces.items()])
    if isinstance(space, spaces.Discrete):
        places = np.arange(space.start, space.start + space.n)
        return np.asarray(places == observation, np.float64)
    return np.asarray(observation, np.float64).ravel()
