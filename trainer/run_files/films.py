"""`.films/` in the folder of runs: recorded episodes that were simulated again, as pictures.

A cache: each file, and all of them, may be deleted at any time; it is made again when somebody looks. One file an
episode, written by the process that simulates and replaced whole: a line of JSON, then the JPEG images one after the other.

| field of the line | meaning |
|---|---|
| `version` | 1, of this format |
| `fps` | pictures per second at the environment's own pace |
| `stride` | environment steps from one picture to the next; the last picture shows the end |
| `steps`, `reward` | what was simulated, and its return |
| `shown` | `picture` of the environment, or `observation`: what the learner sees, of one that cannot be drawn |
| `problem` | why there is no picture of the environment; empty if there is |
| `returns` | at each picture: the rewards of all steps before it |
| `sizes` | bytes of each image; none if nothing can be drawn |

Together they take at most `MAX_FILMS_BYTES`: those that were looked at longest ago go first.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal

import orjson

from ..errors import FormatError, reason
from .fields import from_fields, require_between
from .limits import MAX_FILM_HEAD_BYTES, MAX_FILMS_BYTES, MAX_PICTURE_BYTES
from .opening import make_folder, names_in, read_bytes, remove_file, replacing, stamp, touch
from .permission import whoever_looks
from .pictures import JPEG_START
from .replays import RecordingFile
from .run_directory import RunDirectory

FILMS_DIR = ".films"
VERSION = 1
SUFFIX = ".film"
MAX_PICTURES = 2_000
"""Of one film, beside the last one: of a longer episode only every second step is drawn, or every third and so on."""
MAX_FPS = 1_000


@dataclass(frozen=True, slots=True)
class FilmHead:
    """What a film says of itself."""

    fps: float
    stride: int
    steps: int
    reward: float
    shown: Literal["picture", "observation"]
    problem: str
    returns: tuple[float, ...]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        require_between("fps", self.fps, 1e-3, MAX_FPS)
        require_between("stride", self.stride, 1, max(1, self.steps))
        if len(self.sizes) != len(self.returns) or len(self.sizes) > MAX_PICTURES + 2:
            raise FormatError("a film must have a return for each of its pictures")
        for size in self.sizes:
            require_between("sizes", size, 1, MAX_PICTURE_BYTES)

    def step_of(self, picture: int) -> int:
        """Environment steps before a picture."""
        return min(picture * self.stride, self.steps)


class Film:
    """A film on disk; its pictures are read when they are asked for.

    Args:
        path: of the file.

    Raises:
        FileNotFoundError: there is none.
        FormatError: it is damaged.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        line, found, _ = read_bytes(path, MAX_FILM_HEAD_BYTES).partition(b"\n")
        try:
            self.head = _head(line if found else b"")
        except (FormatError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{path.name} is damaged: {reason(error)}.") from None
        self._offsets = [len(line) + 1 + size for size in accumulate(self.head.sizes, initial=0)]

    def pictures(self, first: int, number: int) -> list[bytes]:
        """So many JPEG images from one on; fewer at the end.

        Raises:
            FormatError: they are no images.
            OSError: the file was deleted meanwhile.
        """
        sizes = self.head.sizes[first : first + number]
        if not sizes:
            return []
        content = read_bytes(self._path, sum(sizes), offset=self._offsets[first])
        starts = accumulate(sizes, initial=0)
        images = [content[start : start + size] for start, size in zip(starts, sizes, strict=False)]
        if any(len(image) != size or not image.startswith(JPEG_START) for image, size in zip(images, sizes, strict=True)):
            raise FormatError(f"{self._path.name} is damaged: it does not hold the pictures that it names.")
        return images


def _head(line: bytes) -> FilmHead:
    values = dict(orjson.loads(line))
    if values.pop("version") != VERSION:
        raise FormatError("it is of another version")
    return from_fields(FilmHead, values)


def film_path(run: RunDirectory, file: RecordingFile, number: int) -> Path:
    """Where the film of an episode is, if it was made; of another content of the recording it is another one.

    Args:
        run: of the recording.
        file: the recording.
        number: of the episode in it, from 0.
    """
    content = hashlib.sha256(repr((str(run.path), file.seen)).encode()).hexdigest()[:16]
    return run.path.parent / FILMS_DIR / f"{run.run_id}-{file.path.stem}-{number}-{content}{SUFFIX}"


def open_film(path: Path) -> Film | None:
    """A film; None if it was not made, was deleted or is damaged: then it is made again."""
    try:
        film = Film(path)
        with contextlib.suppress(OSError), whoever_looks():
            touch(path)
    except (OSError, FormatError):
        return None
    return film


def write_film(path: Path, head: FilmHead, pictures: Sequence[bytes]) -> None:
    """Write a film, and drop old ones if there are too many.

    Raises:
        OSError: the disk is full, or the folder cannot be made.
    """
    make_folder(path.parent)
    with replacing(path) as file:
        file.write(orjson.dumps({"version": VERSION, **asdict(head)}) + b"\n")
        for picture in pictures:
            file.write(picture)
    _make_room(path)


def _make_room(newest: Path) -> None:
    folder = newest.parent
    found = [(seen, folder / name) for name in names_in(folder) if name.endswith(SUFFIX) and (seen := stamp(folder / name))]
    excess = sum(seen[1] for seen, _ in found) - MAX_FILMS_BYTES
    for seen, path in sorted(found):
        if excess > 0 and path != newest:
            remove_file(path)
            excess -= seen[1]
