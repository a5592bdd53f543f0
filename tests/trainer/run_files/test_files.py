"""Whole documents and folders: the old one or the new one, never a part."""

import math
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import DEEP_LIST, every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files.files import (
    now_ms,
    now_text,
    parse_document,
    present_folder,
    read_document,
    read_folder,
    replace_document,
    replace_folder,
    require_time,
    seconds_since,
    sha256,
)
from trainer.run_files.limits import MAX_DOCUMENT_BYTES
from trainer.run_files.opening import replace_bytes

GOLDEN = b'{\n  "version": 4,\n  "a": null,\n  "b": [\n    1,\n    "\xc3\xa9"\n  ]\n}\n'
REPOSITORY = Path(__file__).parents[3]


def test_a_document_has_its_version_first_and_one_field_a_line(tmp_path: Path) -> None:
    replace_document(tmp_path / "x.json", {"a": math.inf, "b": [1, "é"]}, durable=True)
    assert (tmp_path / "x.json").read_bytes() == GOLDEN
    assert read_document(tmp_path / "x.json") == {"version": 4, "a": None, "b": [1, "é"]}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_a_document_cut_anywhere_is_refused() -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        with pytest.raises(FormatError, match=r"x.json must hold JSON"):
            parse_document(content, "x.json")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "must hold JSON; it is empty"),
        (b" \n", "must hold JSON; it is empty"),
        (b"\xff", "must hold JSON"),
        (b'{"version": NaN}', "must hold JSON"),
        (b"[]", "must hold a JSON object; got list"),
        (b"1", "must hold a JSON object; got int"),
        (b"{}", "must be of format version 4; got 'None'"),
        (b'{"version": 1}', "version 4; got '1': only the older Control Room that wrote it reads it."),
        (b'{"version": 5}', "version 4; got '5'. Update Control Room to read it."),
        (b'{"version": "4"}', "must be of format version 4; got '4'"),
        (b'{"version": true}', "must be of format version 4; got 'True'"),
        (b'{"version": 4.0}', "must be of format version 4; got '4.0'"),
        (b'{"version": ' + DEEP_LIST + b"}", "must be of format version 4; got"),
        (b'{"version": ' + DEEP_LIST * 2 + b"}", "must hold JSON"),
        (b'{"version": 4, "a": "' + b"x" * MAX_DOCUMENT_BYTES + b'"}', "must be smaller than 1,000,000 bytes"),
    ],
)
def test_what_is_no_document_of_ours_is_refused_with_a_reason(content: bytes, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint) as refusal:
        parse_document(content, "x.json")
    assert len(str(refusal.value)) < 200


def test_a_huge_file_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(50_000_000_000)
    with pytest.raises(FormatError, match="must be smaller"):
        read_document(tmp_path / "x.json")


def test_times_are_utc_with_milliseconds() -> None:
    assert now_text().endswith("Z")
    written = datetime.fromisoformat(now_text()).timestamp() * 1e3
    assert abs(now_ms() - written) < 60_000, "the same clock, as a number"
    assert len(now_text()) == len("2026-11-23T15:04:05.123Z")
    assert 0 <= seconds_since(now_text()) < 5
    assert seconds_since("2026-11-23T15:04:05.123Z") - seconds_since("2026-11-23T15:04:06.623Z") == pytest.approx(1.5, abs=0.1)
    for bad in ("", "yesterday", "2026-11-23T15:04:05", "2026-13-01T00:00:00Z"):
        with pytest.raises(FormatError, match="created_at must be a UTC time; got"):
            require_time("created_at", bad)


def test_on_a_full_disk_the_old_document_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    replace_document(path, {"a": 1})
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        replace_document(path, {"a": "x" * 5_000})
    assert read_document(path)["a"] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_deleted_folder_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_document(tmp_path / "gone" / "x.json", {})
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "gone" / "best", {"model.zip": b"new"})
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_whole_documents_only(tmp_path: Path) -> None:
    path, done = tmp_path / "x.json", threading.Event()
    replace_document(path, {"text": ""})

    def write() -> None:
        for size in range(500):
            replace_document(path, {"text": "x" * size * 50})
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        assert set(read_document(path)["text"]) <= {"x"}
    thread.join()


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    best = tmp_path / "best"
    assert present_folder(best) is None
    replace_folder(best, {"model.zip": b"1", "replay.json": b"1"})
    replace_folder(best, {"model.zip": b"2"})
    assert [(path.name, path.read_bytes()) for path in best.iterdir()] == [("model.zip", b"2")]
    assert present_folder(best) == best
    assert list(tmp_path.iterdir()) == [best]


def test_on_a_full_disk_the_old_folder_stays(tmp_path: Path) -> None:
    best = tmp_path / "best"
    replace_folder(best, {"model.zip": b"1"})
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        replace_folder(best, {"metadata.json": b"2", "model.zip": b"2" * 5_000})
    assert [(path.name, path.read_bytes()) for path in best.iterdir()] == [("model.zip", b"1")]
    assert list(tmp_path.iterdir()) == [best]


DIES_AT_A_STEP = """
import os, shutil, sys
from datetime import datetime
from pathlib import Path
from trainer.run_files import files

steps = int(sys.argv[2])

def dying(step):
    def wrapped(*arguments, **named):
        global steps
        if steps == 0:
            os._exit(9)
        steps -= 1
        return step(*arguments, **named)
    return wrapped

os.replace, os.mkdir, shutil.rmtree = dying(os.replace), dying(os.mkdir), dying(shutil.rmtree)
files.replace_folder(Path(sys.argv[1]), {"model.zip": b"new", "metadata.json": b"new"})
"""


def test_a_process_killed_at_any_step_of_a_swap_leaves_one_whole_folder(tmp_path: Path) -> None:
    outcomes = []
    for step in range(20):
        best = tmp_path / str(step) / "best"
        best.parent.mkdir()
        replace_folder(best, {"model.zip": b"old", "metadata.json": b"old"})
        command = [sys.executable, "-c", DIES_AT_A_STEP, str(best), str(step)]
        code = subprocess.run(command, cwd=REPOSITORY, check=False).returncode

        found = present_folder(best)
        assert found is not None
        contents = {name: (found / name).read_bytes() for name in ("model.zip", "metadata.json")}
        assert set(contents.values()) in ({b"old"}, {b"new"})
        outcomes.append(contents["model.zip"])

        replace_folder(best, {"model.zip": b"newest"})  # the next process cleans up
        assert [path.name for path in best.parent.iterdir()] == ["best"]
        if code == 0:
            break
    assert code == 0
    assert step >= 6
    assert outcomes == sorted(outcomes, reverse=True)  # once new, always new


def test_a_reader_beside_swaps_always_finds_a_whole_folder(tmp_path: Path) -> None:
    best, done = tmp_path / "best", threading.Event()
    replace_folder(best, {"model.zip": b"first"})

    def swap() -> None:
        for number in range(200):
            replace_folder(best, {"model.zip": b"%d" % number})
        done.set()

    thread = threading.Thread(target=swap)
    thread.start()
    while not done.is_set():
        assert read_folder(best, lambda folder: (folder / "model.zip").read_bytes()) not in (None, b"")
    thread.join()


def test_a_file_missing_in_a_folder_is_an_error_and_a_missing_folder_is_none(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "best", Path.read_bytes) is None
    (tmp_path / "best").mkdir()
    with pytest.raises(FileNotFoundError):
        read_folder(tmp_path / "best", lambda folder: (folder / "model.zip").read_bytes())


def test_hashes_are_sha256_in_hexadecimal(tmp_path: Path) -> None:
    replace_bytes(tmp_path / "x", b"abc")
    assert sha256((tmp_path / "x").read_bytes()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
