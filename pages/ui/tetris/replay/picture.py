"""A board as an image, drawn with Pillow."""

import functools
from typing import Any, cast

from PIL import Image, ImageColor, ImageDraw, ImageFont

from trainer.numbers import count
from trainer.tasks.tetris.game.pieces import COLOURS, PIECES, WIDTH

CELL = 20  # pixels, its grid line included
HEAD = 40  # pixels above the board, for the counts
BACKGROUND, EMPTY, WORDS = "#12131A", "#20222B", "#E4E9F0"


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


@functools.cache
def palette() -> Image.Image:
    """Every colour that a frame can have, shades of the words included."""
    shades = [Image.blend(Image.new("RGB", (1, 1), BACKGROUND), Image.new("RGB", (1, 1), WORDS), share / 8) for share in range(9)]
    colours = [shade.getpixel((0, 0)) for shade in shades] + [ImageColor.getrgb(colour) for colour in (EMPTY, *COLOURS.values())]
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in colours for part in cast("tuple[int, ...]", colour)])
    return image


def _box(index: int) -> tuple[int, int, int, int]:
    row, column = divmod(index, WIDTH)
    left, top = CELL + column * CELL, HEAD + row * CELL
    return left, top, left + CELL - 2, top + CELL - 2


@functools.cache
def _font() -> Any:
    return ImageFont.load_default(15)
