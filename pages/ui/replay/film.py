"""A part of a recorded episode as a film: images, written as GIF or MP4."""

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from pages.ui.replay.encoder import mp4

Kind = Literal["gif", "mp4"]
MAX_FRAMES_PER_SECOND = 30  # a faster film shows every second or third frame
SAMPLES = 4  # frames that tell the colours of all

Frame = Callable[[int], Image.Image]
"""Draws the frame of a number."""
Progress = Callable[[float], object]
"""Is told the share that is done."""


def frame_rate(per_second: float) -> tuple[float, int]:
    """Frames per second, and how many it is from one to the next that is shown."""
    stride = -int(-per_second // MAX_FRAMES_PER_SECOND) or 1
    return per_second / stride, stride


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of an episode that is shown.

    Attributes:
        first: the frame it begins with.
        last: the frame it ends with.
        per_second: its pace.
    """

    first: int
    last: int
    per_second: float


def film(kind: Kind, frame: Frame, cut: Cut, progress: Progress, palette: Callable[[], Image.Image] | None = None) -> bytes:
    """The file of a film.

    Args:
        kind: `gif` or `mp4`.
        frame: draws one.
        cut: what is shown.
        progress: is told how far it is.
        palette: every colour that a frame can have; if not given, a GIF has those of some frames.

    Raises:
        ExportError: there is no ffmpeg that works; the text says what is wrong with which.
        OSError: the temporary folder cannot be written.
    """
    rate, stride = frame_rate(cut.per_second)
    places = range(cut.first, cut.last + 1, stride)
    images = _images(frame, places, progress)
    if kind == "mp4":
        return _mp4(images, rate)
    return _gif(images, rate, palette() if palette is not None else _palette(frame, places))


def _images(frame: Frame, places: range, progress: Progress) -> Iterator[Image.Image]:
    for done, place in enumerate(places, start=1):
        yield frame(place)
        progress(done / len(places))


def _palette(frame: Frame, places: range) -> Image.Image:
    """The colours of some frames, evenly over all."""
    samples = [frame(places[len(places) * number // SAMPLES]) for number in range(SAMPLES)]
    width, height = samples[0].size
    together = Image.new("RGB", (width, height * SAMPLES))
    for number, image in enumerate(samples):
        together.paste(image, (0, height * number))
    return together.quantize(dither=Image.Dither.NONE)


def _gif(images: Iterator[Image.Image], rate: float, palette: Image.Image) -> bytes:
    smaller = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    packed = io.BytesIO()
    next(smaller).save(packed, "GIF", save_all=True, append_images=smaller, duration=round(100 / rate) * 10, loop=0)
    return packed.getvalue()


def _mp4(images: Iterator[Image.Image], rate: float) -> bytes:
    first = _even(next(images))
    return mp4((_even(image).tobytes() for image in itertools.chain([first], images)), first.size, rate)


def _even(image: Image.Image) -> Image.Image:
    """Without its last row or column where their number is odd: an encoder takes pairs."""
    width, height = (side - side % 2 for side in image.size)
    return image if (width, height) == image.size else image.crop((0, 0, width, height))
