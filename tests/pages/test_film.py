"""A game as GIF and MP4."""

import importlib.resources
import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import psutil
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.replay import encoder
from pages.ui.replay.export import MADE
from pages.ui.replay.film import Cut, film, frame_rate
from pages.ui.tetris.replay.picture import CELL, HEAD, draw, palette
from pages.ui.tetris.replay.timeline import Timeline
from tests.pages.conftest import REPLAY, labelled, opened
from tests.pages.fake_runs import new_run
from tests.pages.recorded import HEIGHT, evaluation, with_recordings
from tests.waiting import wait_until
from trainer.errors import ExportError
from trainer.numbers import file_size
from trainer.tasks.tetris.game.pieces import COLOURS, PIECES

SIZE = (12 * CELL, HEIGHT * CELL + HEAD + CELL)


def frame_of(timeline: Timeline) -> Callable[[int], Image.Image]:
    """Draws one of its frames."""
    return lambda place: draw(timeline.frames(place, 1)[0])


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
    content = film("gif", frame_of(Timeline(evaluation(1_000), 0)), Cut(10, 30, 10), shares.append, palette)
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("GIF", SIZE)
        assert getattr(image, "n_frames", 1) == 21
        assert image.info["duration"] == 100
        assert image.info["loop"] == 0
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("script", "mode", "problem"),
    [
        (None, 0, "cannot be started (No such file or directory)"),
        ("#!/bin/sh\n", 0o644, "cannot be started (Permission denied)"),
        ("no program", 0o755, "cannot be started (Exec format error)"),
        ("#!/bin/sh\nexit 3\n", 0o755, "ended before the film"),
        ("#!/bin/sh\nhead -c 100000 > /dev/null\nexit 3\n", 0o755, "ended before the film"),
        ("#!/bin/sh\ncat > /dev/null\n", 0o755, "wrote no whole film"),
        ("#!/bin/sh\ncat > /dev/null\nexit 3\n", 0o755, "wrote no whole film"),
    ],
)
def test_an_ffmpeg_that_does_not_work_is_named_with_its_fault(
    script: str | None, mode: int, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    if script is not None:
        program.write_text(script, encoding="utf-8")
        program.chmod(mode)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    with pytest.raises(ExportError) as caught:
        film("mp4", frame_of(Timeline(evaluation(1_000), 0)), Cut(0, 10, 10), lambda _: None)
    said = str(caught.value)
    assert f"{program}, which IMAGEIO_FFMPEG_EXE names, {problem}" in said
    assert "Correct or unset that variable" in said
    assert "disk" not in said


class _Hung:
    """An ffmpeg that lives and does not what it should."""

    def __init__(self, folder: Path, does: str) -> None:
        self.program, self._pid = folder / "ffmpeg", folder / "pid"
        self.program.write_text(f"#!/bin/sh\necho $$ > {self._pid}\n{does}\nexec sleep 600\n", encoding="utf-8")
        self.program.chmod(0o755)

    def lives(self) -> bool:
        return psutil.pid_exists(int(self._pid.read_text("utf-8")))


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        ("", "has taken no picture for 0.5 s and was ended"),
        ("head -c 1000000 > /dev/null", "has taken no picture for 0.5 s and was ended"),
        ("exec < /dev/null", "has taken no picture for 0.5 s and was ended"),
        ("cat > /dev/null", "did not finish the film within 0.5 s and was ended"),
    ],
    ids=["never reads", "stops reading half way", "closes its input", "never ends"],
)
def test_an_ffmpeg_that_gets_no_further_is_ended_and_said_to_be(
    does: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "PATIENCE_S", 0.5)
    hung, threads = _Hung(tmp_path, does), threading.active_count()
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(hung.program))
    with pytest.raises(ExportError, match=f"which IMAGEIO_FFMPEG_EXE names, {problem}"):
        film("mp4", frame_of(Timeline(evaluation(1_000), 0)), Cut(0, 30, 10), lambda _: None)
    assert not hung.lives()
    wait_until(lambda: threading.active_count() <= threads, 10, "the thread that writes to end")


def test_one_on_the_path_that_never_answers_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "PATIENCE_S", 0.5)
    hung = _Hung(tmp_path, "")
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    monkeypatch.setattr(importlib.resources, "files", lambda _: tmp_path / "nothing")
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ExportError, match=f"needs ffmpeg, and {hung.program} has taken no picture"):
        film("mp4", frame_of(Timeline(evaluation(1_000), 0)), Cut(0, 30, 10), lambda _: None)
    assert not hung.lives()


def test_a_film_that_is_given_up_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a person goes to another page meanwhile."""

    class Left(BaseException):
        pass

    def progress(_: float) -> None:
        raise Left

    hung, threads, children = _Hung(tmp_path, "cat > /dev/null"), threading.active_count(), psutil.Process().children()
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(hung.program))
    began = time.monotonic()
    with pytest.raises(Left):
        film("mp4", frame_of(Timeline(evaluation(1_000), 0)), Cut(0, 30, 10), progress)
    assert time.monotonic() - began < encoder.PATIENCE_S / 2
    assert psutil.Process().children() == children
    wait_until(lambda: threading.active_count() <= threads, 10, "the thread that writes to end")


def test_without_any_ffmpeg_it_is_said_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    monkeypatch.setattr(importlib.resources, "files", lambda _: tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match=r"there is none\. Install ffmpeg"):
        film("mp4", frame_of(Timeline(evaluation(1_000), 0)), Cut(0, 10, 10), lambda _: None)


def test_an_mp4_plays_at_its_pace(tmp_path: Path) -> None:
    timeline = Timeline(evaluation(1_000), 0)
    path = tmp_path / "film.mp4"
    path.write_bytes(film("mp4", frame_of(timeline), Cut(timeline.last - 20, timeline.last, 20), lambda _: None))
    reader = imageio_ffmpeg.read_frames(str(path))
    about = next(reader)
    assert (about["size"], about["fps"], about["codec"]) == (SIZE, 20.0, "h264")
    assert sum(1 for _ in reader) == 21, "it ends with the game"


def test_the_page_makes_a_film_to_download(app: AppTest, runs_dir: Path) -> None:
    with_recordings(new_run(runs_dir, board_height=10), 1_000)
    opened(app, REPLAY)
    labelled(app.number_input, "Pieces").set_value(5)
    labelled(app.button, "Render").click().run()
    assert not app.exception
    assert [getattr(made, "label", "") for made in app.get("download_button")] == [
        f"Download GIF, {file_size(len(app.session_state[MADE][1]['content']))}"
    ]
