"""`.films/`: a film is read as it was written, a damaged one is made again, and all together stay within their bound."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.errors import FormatError
from trainer.run_files import films
from trainer.run_files.films import Film, FilmHead, film_path, open_film, write_film
from trainer.run_files.opening import stamp
from trainer.run_files.replays import list_recordings
from trainer.run_files.run_directory import RunDirectory

PICTURES = [b"\xff\xd8\xff" + bytes([number]) * number for number in (3, 1, 2)]
HEAD = FilmHead(25.0, 2, 3, -1.5, "picture", "", (0.0, -1.0, -1.5), tuple(map(len, PICTURES)))
GOLDEN = (
    b'{"version":1,"fps":25.0,"stride":2,"steps":3,"reward":-1.5,"shown":"picture","problem":"",'
    b'"returns":[0.0,-1.0,-1.5],"sizes":[6,4,5]}\n' + b"".join(PICTURES)
)


def test_a_film_is_written_as_documented_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / ".films" / "one.film"
    write_film(path, HEAD, PICTURES)
    assert path.read_bytes() == GOLDEN
    film = Film(path)
    assert film.head == HEAD
    assert film.pictures(0, 10) == PICTURES
    assert film.pictures(1, 1) == PICTURES[1:2]
    assert film.pictures(3, 5) == []
    assert [film.head.step_of(picture) for picture in range(3)] == [0, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"sizes": (6, 4)}, {"sizes": (6, 4, 0)}, {"sizes": (6, 4, 10**9)}, {"stride": 0}, {"stride": 4}, {"fps": 0.0}, {"fps": 1e9},
        {"returns": (0.0,) * 5_000, "sizes": (9,) * 5_000},
    ],
)  # fmt: skip
def test_a_head_that_no_film_can_have_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        replace(HEAD, **change)  # type: ignore[arg-type]


def test_a_damaged_film_is_made_again_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.film"
    assert open_film(path) is None
    for content in (*every_prefix(GOLDEN.splitlines(keepends=True)[0]), GOLDEN.replace(b'"version":1', b'"version":9')):
        path.write_bytes(content.removesuffix(b"\n"))
        assert open_film(path) is None
    for content in (GOLDEN[:-1], GOLDEN.replace(b"\xff\xd8\xff\x01", b"\xff\xd9\xff\x01")):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"one\.film is damaged"):
            Film(path).pictures(0, 3)


def test_another_recording_of_the_same_name_has_another_film(run: RunDirectory) -> None:
    run.replays.mkdir()
    path = run.replays / "step-5-evaluation.json"
    path.write_text("{}")
    (file,) = list_recordings(run)
    assert film_path(run, file, 0).parent == run.path.parent / ".films"
    assert len({film_path(run, file, 0), film_path(run, file, 1), film_path(run, replace(file, seen=(1, 2, 3)), 0)}) == 3


def test_those_that_were_looked_at_longest_ago_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "MAX_FILMS_BYTES", 3 * len(GOLDEN))
    paths = [tmp_path / ".films" / f"{name}.film" for name in "abcd"]
    for number, path in enumerate(paths[:3]):
        write_film(path, HEAD, PICTURES)
        os.utime(path, (number, number))
    assert open_film(paths[0]) is not None
    write_film(paths[3], HEAD, PICTURES)
    assert [path.name for path in paths if stamp(path)] == ["a.film", "c.film", "d.film"]
