"""`pictures.jsonl`: bounded, and never an image that is none."""

import base64
import shutil
from dataclasses import asdict, replace

import orjson
import pytest

from tests.trainer.run_files.faults import every_prefix
from trainer.run_files import pictures
from trainer.run_files.pictures import KEPT_PICTURES, ImageRow, RollingLog, images_reader
from trainer.run_files.run_directory import RunDirectory

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 and more").decode()
IMAGE = ImageRow(25, "2026-11-23T15:04:05.123Z", 3, JPEG)
GOLDEN = b'{"step":25,"at":"2026-11-23T15:04:05.123Z","episode":3,"jpeg":"/9j/4CBhbmQgbW9yZQ==","shown":"picture"}\n'


def test_an_image_is_written_as_documented_and_read_again(run: RunDirectory) -> None:
    writer, reader = RollingLog(run.pictures), images_reader(run)
    writer.append_all([IMAGE])
    assert run.pictures.read_bytes() == GOLDEN
    assert reader.refresh() == [IMAGE]
    assert reader.refresh() == [IMAGE]


def test_an_image_cut_anywhere_is_not_shown(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN):
        run.pictures.write_bytes(content)
        assert images_reader(run).refresh() == []


@pytest.mark.parametrize(
    "bad",
    [
        {"jpeg": base64.b64encode(b"<svg onload='alert(1)'>").decode()},
        {"jpeg": JPEG + '"><script>'},
        {"jpeg": JPEG.rstrip("=")},
        {"jpeg": " " + JPEG},
        {"jpeg": ""},
        {"jpeg": "é"},
        {"jpeg": None},
        {"step": "25"},
        {"episode": 1.5},
    ],
)
def test_what_is_no_image_is_never_shown(run: RunDirectory, bad: dict[str, object]) -> None:
    run.pictures.write_bytes(orjson.dumps(asdict(IMAGE) | bad) + b"\n" + GOLDEN)
    reader = images_reader(run)
    assert reader.refresh() == [IMAGE]
    assert reader.bad_lines == 1


def test_a_night_of_pictures_takes_two_segments_and_a_reader_goes_on(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SEGMENT_BYTES", 10 * len(GOLDEN))
    writer, reader = RollingLog(run.pictures), images_reader(run)
    seen = set[int]()
    for step in range(1_000):
        writer.append_all([replace(IMAGE, step=step)])
        seen.update(row.step for row in reader.refresh())
        sizes = {path.name: path.stat().st_size for path in run.path.glob("pictures*")}
        assert set(sizes) <= {"pictures.jsonl", "pictures.1.jsonl"}
        assert max(sizes.values()) <= 12 * len(GOLDEN)
    steps = [row.step for row in reader.rows]
    assert steps == sorted(set(steps))
    assert len(steps) == KEPT_PICTURES
    assert len(seen) > 900


def test_a_reader_that_comes_late_keeps_the_newest(run: RunDirectory) -> None:
    run.pictures.write_bytes(b"".join(GOLDEN.replace(b":25", b":%d" % step) for step in range(1_000)))
    reader = images_reader(run)
    reader.refresh()
    assert [row.step for row in reader.rows] == list(range(1_000 - KEPT_PICTURES, 1_000))


def test_a_deleted_run_costs_the_trainer_no_exception(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SEGMENT_BYTES", 3 * len(GOLDEN))
    writer = RollingLog(run.pictures)
    writer.append_all([IMAGE])
    shutil.rmtree(run.path)
    for _ in range(10):
        writer.append_all([IMAGE])
    assert writer.log.problem is not None
    assert not run.path.exists()
