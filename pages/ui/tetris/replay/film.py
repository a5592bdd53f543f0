"""A recorded game as a film: the board drawn with Pillow, written as GIF or MP4."""

import functools
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

from PIL import Image, ImageColor, ImageDraw, ImageFont

from pages.ui.tetris.replay.encoder import mp4
from trainer.numbers import count
from trainer.tasks.tetris.game.pieces import COLOURS, PIECES, WIDTH

Kind = Literal["gif", "mp4"]
MAX_FRAMES_PER_SECOND = 30  # a faster game shows every second or third piece
CELL = 20  # pixels, its grid line included
HEAD = 40  # pixels above the board, for the counts
BACKGROUND, EMPTY, WORDS = "#12131A", "#20222B", "#E4E9F0"

Frames = Callable[[int, int], list[dict[str, Any]]]
"""Gives so many frames from a piece on; see `Timeline.frames`."""
Progress = Callable[[float], object]
"""Is told the share that is done."""


def frame_rate(pieces_per_second: int) -> tuple[float, int]:
    """Frames per second, and how many pieces it is from one to the next."""
    stride = -(-pieces_per_second // MAX_FRAMES_PER_SECOND)
    return pieces_per_second / stride, stride


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a game that is shown.

    Attributes:
        first: the piece it begins with.
        pieces: how many it shows.
        pieces_per_second: its pace.
    """

    first: int
    pieces: int
    pieces_per_second: int


def film(kind: Kind, frames: Frames, cut: Cut, progress: Progress) -> bytes:
    """The file of a film.

    Args:
        kind: `gif` or `mp4`.
        frames: gives the frames.
        cut: what is shown.
        progress: is told how far it is.

    Raises:
        ExportError: there is no ffmpeg that works; the text says what is wrong with which.
        OSError: the temporary folder cannot be written.
    """
    rate, stride = frame_rate(cut.pieces_per_second)
    images = _images(frames, range(cut.first, cut.first + cut.pieces + 1, stride), progress)
    return _gif(images, rate) if kind == "gif" else _mp4(images, rate)


def _images(frames: Frames, places: range, progress: Progress) -> Iterator[Image.Image]:
    for done, place in enumerate(places, start=1):
        shown = frames(place, 1)
        if not shown:
            return
        yield draw(shown[0])
        progress(done / len(places))


def draw(frame: dict[str, Any]) -> Image.Image:
    """One frame as a picture: the counts, the board, and where the next piece will come to rest."""
    cells = frame["cells"]
    rows = len(cells) // WIDTH
    image = Image.new("RGB", (WIDTH * CELL + 2 * CELL, rows * CELL + HEAD + CELL), BACKGROUND)
    pen = ImageDraw.Draw(image)
    counts = count(frame["lines"], "line"), count(frame["pieces"], "piece")
    pen.text((CELL, HEAD // 2), counts[0], fill=WORDS, font=_font(), anchor="lm")
    pen.text((image.width - CELL, HEAD // 2), counts[1], fill=WORDS, font=_font(), anchor="rm")
    for index, cell in enumerate(cells):
        pen.rectangle(_box(index), fill=COLOURS[PIECES[int(cell) - 1]] if cell != "0" else EMPTY)
    for index in frame.get("ghost", ()):
        pen.rectangle(_box(index), outline=COLOURS[PIECES[frame["piece"] - 1]], width=2)
    return image


def _box(index: int) -> tuple[int, int, int, int]:
    row, column = divmod(index, WIDTH)
    left, top = CELL + column * CELL, HEAD + row * CELL
    return left, top, left + CELL - 2, top + CELL - 2


@functools.cache
def _font() -> Any:
    return ImageFont.load_default(15)


def _gif(images: Iterator[Image.Image], rate: float) -> bytes:
    palette = _palette()
    smaller = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    packed = io.BytesIO()
    next(smaller).save(packed, "GIF", save_all=True, append_images=smaller, duration=round(100 / rate) * 10, loop=0)
    return packed.getvalue()


@functools.cache
def _palette() -> Image.Image:
    """Every colour that a frame can have, shades of the words included."""
    shades = [Image.blend(Image.new("RGB", (1, 1), BACKGROUND), Image.new("RGB", (1, 1), WORDS), share / 8) for share in range(9)]
    colours = [shade.getpixel((0, 0)) for shade in shades] + [ImageColor.getrgb(colour) for colour in (EMPTY, *COLOURS.values())]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in cast("tuple[int, ...]", colour)])
    return palette


def _mp4(images: Iterator[Image.Image], rate: float) -> bytes:
    first = next(images)
    return mp4((image.tobytes() for image in itertools.chain([first], images)), first.size, rate)
