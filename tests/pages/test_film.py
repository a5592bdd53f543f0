"""A game as GIF and MP4."""

import io
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.replay.export import MADE
from pages.ui.replay.film import CELL, HEAD, Cut, draw, film, frame_rate
from pages.ui.replay.timeline import Timeline
from pages.ui.text import file_size
from tests.pages.conftest import REPLAY, labelled, opened
from tests.pages.fake_runs import new_run
from tests.pages.recorded import HEIGHT, evaluation, with_recordings
from trainer.game.pieces import COLOURS, PIECES

SIZE = (12 * CELL, HEIGHT * CELL + HEAD + CELL)


@pytest.mark.parametrize(("speed", "rate", "stride"), [(1, 1.0, 1), (30, 30.0, 1), (31, 15.5, 2), (60, 30.0, 2)])
def test_a_fast_film_shows_every_second_piece(speed: int, rate: float, stride: int) -> None:
    assert frame_rate(speed) == (rate, stride)


def test_a_frame_has_the_colours_of_the_board() -> None:
    frame = Timeline(evaluation(1_000), 0).frames(30, 1)[0]
    image = draw(frame)
    assert image.size == SIZE
    for index, cell in enumerate(frame["cells"]):
        row, column = divmod(index, 10)
        colour = image.getpixel((CELL + column * CELL + 9, HEAD + row * CELL + 9))
        assert isinstance(colour, tuple)
        if cell != "0":
            assert "#{:02X}{:02X}{:02X}".format(*colour[:3]) == COLOURS[PIECES[int(cell) - 1]]


def test_a_gif_has_a_picture_a_piece_at_its_pace() -> None:
    shares: list[float] = []
    content = film("gif", Timeline(evaluation(1_000), 0).frames, Cut(10, 20, 10), shares.append)
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("GIF", SIZE)
        assert getattr(image, "n_frames", 1) == 21
        assert image.info["duration"] == 100
        assert image.info["loop"] == 0
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_an_mp4_plays_at_its_pace(tmp_path: Path) -> None:
    timeline = Timeline(evaluation(1_000), 0)
    path = tmp_path / "film.mp4"
    path.write_bytes(film("mp4", timeline.frames, Cut(timeline.last - 20, 500, 20), lambda _: None))
    reader = imageio_ffmpeg.read_frames(str(path))
    about = next(reader)
    assert (about["size"], about["fps"], about["codec"]) == (SIZE, 20.0, "h264")
    assert sum(1 for _ in reader) == 21, "it ends with the game"


def test_the_page_makes_a_film_to_download(app: AppTest, runs_dir: Path) -> None:
    with_recordings(new_run(runs_dir, board_height=10), 1_000)
    opened(app, REPLAY)
    labelled(app.number_input, "Pieces").set_value(5)
    labelled(app.button, "Make the film").click().run()
    assert not app.exception
    assert [getattr(made, "label", "") for made in app.get("download_button")] == [
        f"Download GIF, {file_size(len(app.session_state[MADE][1]['content']))}"
    ]
