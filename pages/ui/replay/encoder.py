"""An MP4 from pictures, by a process of ffmpeg. One that gets no further is ended, and a person is told what was wrong with which.

The pictures go through a pipe, which holds up who writes into it for as long as nobody reads. So a thread writes, and this one waits
for it with a deadline; a system can do that with pipes themselves, but not every one.
"""

import contextlib
import importlib.resources
import itertools
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from trainer.children import end_process
from trainer.errors import ExportError, reason

NAMES_FFMPEG = "IMAGEIO_FFMPEG_EXE"  # the variable by which a person chooses another ffmpeg
PATIENCE_S = 30.0  # for a picture to be taken, and to finish the file after the last: each takes a few hundredths of a second
LOOK_S = 0.1  # whether the process still lives
QUALITY = 15  # of libx264, 0 to 51, lower is better: sharp edges stay sharp

Place = queue.Queue[bytes | None]
"""Of the picture that is written next; None is the end."""


def mp4(pictures: Iterable[bytes], size: tuple[int, int], rate: float) -> bytes:
    """An MP4 that every browser plays.

    Args:
        pictures: three bytes a pixel, row by row.
        size: width and height in pixels, both even.
        rate: pictures per second.

    Raises:
        ExportError: there is no ffmpeg that works; the text says what is wrong with which.
        OSError: the temporary folder cannot be written.
    """
    program = _ffmpeg()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        _encode(program, pictures, size, rate, path)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
    if content[4:8] != b"ftyp":  # how every MP4 begins
        raise _fault(program, "wrote no whole film")
    return content


def _encode(program: str, pictures: Iterable[bytes], size: tuple[int, int], rate: float, path: Path) -> None:
    process = _started(program, size, rate, path)
    try:
        _feed(process, program, pictures)
        if process.wait(PATIENCE_S):
            raise _fault(program, "wrote no whole film")
    except subprocess.TimeoutExpired:
        raise _fault(program, f"did not finish the film within {PATIENCE_S:g} s and was ended") from None
    finally:
        end_process(process, PATIENCE_S)


def _started(program: str, size: tuple[int, int], rate: float, path: Path) -> subprocess.Popen[bytes]:
    words = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*size), "-r", f"{rate:g}", "-i", "-"]
    words += ["-an", "-c:v", "h264", "-crf", str(QUALITY), "-pix_fmt", "yuv420p", str(path)]
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows
    try:
        return subprocess.Popen(
            [program, "-v", "warning", "-y", *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0, creationflags=no_window
        )
    except OSError as error:
        raise _fault(program, f"cannot be started ({reason(error)})") from None


def _feed(process: subprocess.Popen[bytes], program: str, pictures: Iterable[bytes]) -> None:
    """Give the process every picture, and then the end."""
    assert process.stdin is not None  # noqa: S101 - for the type checker
    next_one: Place = queue.Queue(maxsize=1)
    threading.Thread(target=_write, args=(process.stdin, next_one), daemon=True).start()
    try:
        for picture in itertools.chain(pictures, [None]):
            _hand_over(process, program, next_one, picture)
    except BaseException:  # also when the page is drawn anew meanwhile
        _is_put(next_one, None)  # or the thread would wait for ever
        raise


def _hand_over(process: subprocess.Popen[bytes], program: str, place: Place, picture: bytes | None) -> None:
    patient_until = time.monotonic() + PATIENCE_S
    while not _is_put(place, picture):
        if process.poll() is not None:
            raise _fault(program, "ended before the film was complete")
        if time.monotonic() > patient_until:
            raise _fault(program, f"has taken no picture for {PATIENCE_S:g} s and was ended")


def _is_put(place: Place, picture: bytes | None) -> bool:
    try:
        place.put(picture, timeout=LOOK_S)
    except queue.Full:
        return False
    return True


def _write(pipe: IO[bytes], pictures: Place) -> None:
    """Write what comes until the end, or until nobody can read it any more."""
    with contextlib.suppress(OSError), pipe:
        while (picture := pictures.get()) is not None:
            left = memoryview(picture)
            while left:
                left = left[pipe.write(left) :]


def _ffmpeg() -> str:
    """The program: the one that a person named, else the one that the package imageio-ffmpeg brings, else the system's.

    Raises:
        ExportError: there is none.
    """
    brought = (str(one) for one in importlib.resources.files("imageio_ffmpeg.binaries").iterdir() if one.name.startswith("ffmpeg-"))
    found = os.environ.get(NAMES_FFMPEG) or next(brought, None) or shutil.which("ffmpeg")
    if not found:
        raise ExportError(
            "An MP4 needs ffmpeg, and there is none. Install ffmpeg, or reinstall the package "
            "imageio-ffmpeg, which brings one. A GIF needs no ffmpeg."
        )
    return found


def _fault(program: str, problem: str) -> ExportError:
    """What went wrong with which ffmpeg, and what to do."""
    advice = "What it printed is in the app's log. A GIF needs no ffmpeg."
    if program != os.environ.get(NAMES_FFMPEG):
        return ExportError(f"An MP4 needs ffmpeg, and {program} {problem}. {advice}")
    return ExportError(
        f"An MP4 needs ffmpeg, and {program}, which {NAMES_FFMPEG} names, {problem}. "
        f"Correct or unset that variable and start the app again. {advice}"
    )
