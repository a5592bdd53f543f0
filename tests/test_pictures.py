"""The moving picture shows what was taken, when it was taken, in the time that it has."""

import io
from pathlib import Path

from PIL import Image, ImageSequence

from tests.pictures import CAPTION_HEIGHT, SHOWN_WIDTH, Shot, clock, drawn, seen_at, spread, write_gif


def shot(at_s: float, colour: str = "white") -> Shot:
    """A page of one colour, with somebody who points at its middle."""
    pixels = io.BytesIO()
    Image.new("RGB", (1_280, 800), colour).save(pixels, "PNG")
    return Shot(pixels.getvalue(), f"at {at_s:g}", at_s, (640, 400))


def test_each_shot_is_seen_until_the_next_one() -> None:
    first, second = shot(0.5), shot(2)
    assert [seen_at([first, second], seconds) for seconds in (0, 1.9, 2, 9)] == [first, first, second, second]


def test_a_training_is_shown_in_the_time_that_is_left_and_as_evenly_as_it_was_taken() -> None:
    assert [one.at_s for one in spread([shot(10), shot(30), shot(50)], 4, 28)] == [4, 16, 28]
    assert [one.at_s for one in spread([shot(10)], 4, 28)] == [4]


def test_the_time_of_training_is_read_as_on_a_clock() -> None:
    assert [clock(seconds) for seconds in (0.9, 59.9, 67.2)] == ["0:00", "0:59", "1:07"]


def test_the_moving_picture_lasts_as_long_as_it_should_and_moves(tmp_path: Path) -> None:
    write_gif([shot(0), shot(0.5, "navy")], 1, tmp_path / "start.gif")
    with Image.open(tmp_path / "start.gif") as moving:
        assert moving.size == drawn(shot(0)).size == (SHOWN_WIDTH, 500 + CAPTION_HEIGHT)
        frames = [(frame.info["duration"], frame.convert("RGB").getpixel((10, 10))) for frame in ImageSequence.Iterator(moving)]
    assert abs(sum(lasts_ms for lasts_ms, _ in frames) - 1_000) <= 10 * len(frames), "a GIF counts in hundredths of a second"
    assert len({colour for _, colour in frames}) == 2
