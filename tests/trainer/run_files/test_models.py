"""`best/`: a model is there whole or not at all."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files.files import sha256
from trainer.run_files.models import (
    BestMetadata,
    read_best,
    read_model_folder,
    save_best,
)
from trainer.run_files.run_directory import RunDirectory

METADATA = BestMetadata(
    task="tetris", metric="eval_lines", value=512.5, reward=1300.25, step=81920, episode=1290, seed=3, active_seconds=49.5, episodes=20,
    ci95=(400.5, 620.0), settings={"board_height": 20, "randomizer": "uniform"}, named={"lines": 512.5},
    saved_at="2026-11-23T15:04:05.123Z", versions={"torch": "2.13.0"},
)  # fmt: skip
GOLDEN_METADATA = b"""{
  "version": 4,
  "task": "tetris",
  "metric": "eval_lines",
  "value": 512.5,
  "reward": 1300.25,
  "step": 81920,
  "episode": 1290,
  "seed": 3,
  "active_seconds": 49.5,
  "episodes": 20,
  "ci95": [
    400.5,
    620.0
  ],
  "settings": {
    "board_height": 20,
    "randomizer": "uniform"
  },
  "named": {
    "lines": 512.5
  },
  "saved_at": "2026-11-23T15:04:05.123Z",
  "versions": {
    "torch": "2.13.0"
  },
  "sha256": "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"
}
"""
FILES = {"replay.json": b"{}"}


def test_the_best_model_is_saved_as_documented(run: RunDirectory) -> None:
    save_best(run, b"model", METADATA, FILES)
    files = {path.name: path.read_bytes() for path in run.best.iterdir()}
    assert files == {"model.zip": b"model", "metadata.json": GOLDEN_METADATA, **FILES}
    assert read_best(run) == replace(METADATA, sha256=sha256(b"model"))


def test_a_best_model_without_a_replay_leaves_no_older_replay_behind(run: RunDirectory) -> None:
    save_best(run, b"model", METADATA, FILES)
    save_best(run, b"newer", METADATA)
    assert sorted(path.name for path in run.best.iterdir()) == ["metadata.json", "model.zip"]


def test_a_run_without_a_best_model_has_none(run: RunDirectory) -> None:
    assert read_best(run) is None


def test_damaged_metadata_is_refused_and_the_run_named(run: RunDirectory) -> None:
    save_best(run, b"model", METADATA, FILES)
    metadata = run.best / "metadata.json"
    for content in (*every_prefix(GOLDEN_METADATA.rstrip()), GOLDEN_METADATA.replace(b"512.5", b'"x"'), b'{"version": 4}'):
        metadata.write_bytes(content)
        with pytest.raises(FormatError, match=r"metadata\.json"):
            read_best(run)
    metadata.unlink()
    with pytest.raises(FormatError, match=rf"best/metadata\.json of {run.run_id} cannot be read"):
        read_best(run)


def test_an_older_model_is_refused_in_one_sentence(run: RunDirectory) -> None:
    save_best(run, b"model", METADATA, FILES)
    metadata = run.best / "metadata.json"
    metadata.write_bytes(GOLDEN_METADATA.replace(b'"version": 4', b'"version": 2'))
    said = "metadata.json must be of format version 4; got '2': only the older Control Room that wrote it reads it."
    with pytest.raises(FormatError, match=re.escape(said)):
        read_best(run)


@pytest.mark.parametrize("value", [b"1e301", b"-1e308", b'"many"', b"true", b"[1]"])
def test_what_a_task_adds_is_a_number_that_can_be_drawn_or_refused(run: RunDirectory, value: bytes) -> None:
    save_best(run, b"model", METADATA, FILES)
    (run.best / "metadata.json").write_bytes(GOLDEN_METADATA.replace(b'"lines": 512.5', b'"lines": ' + value))
    with pytest.raises(FormatError, match=rf"best/metadata\.json of {run.run_id} is damaged: "):
        read_best(run)


def test_a_reader_beside_the_trainer_always_finds_a_best_model(run: RunDirectory) -> None:
    save_best(run, b"model", METADATA, FILES)
    done = threading.Event()

    def save() -> None:
        for _ in range(100):
            save_best(run, b"model", METADATA, FILES)
        done.set()

    thread = threading.Thread(target=save)
    thread.start()
    while not done.is_set():
        assert read_best(run) is not None
    thread.join()


def test_on_a_full_disk_the_old_best_model_stays(run: RunDirectory) -> None:
    save_best(run, b"old", METADATA, FILES)
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        save_best(run, b"x" * 5_000, METADATA, FILES)
    assert (run.best / "model.zip").read_bytes() == b"old"
    best = read_best(run)
    assert best is not None
    assert best.sha256 == sha256(b"old")


def test_a_deleted_run_gets_no_new_folder_by_a_model(tmp_path: Path) -> None:
    gone = RunDirectory(tmp_path / "20260102-030405-gone")
    with pytest.raises(FileNotFoundError):
        save_best(gone, b"model", METADATA)
    assert list(tmp_path.iterdir()) == []


def test_a_replacement_that_was_cut_in_half_leaves_the_old_model_to_be_read(run: RunDirectory) -> None:
    save_best(run, b"old", METADATA)
    run.best.rename(run.best.with_name(".best.old"))  # killed between the two renames
    content, metadata = read_model_folder(run.best)
    assert content == b"old"
    assert metadata["sha256"] == sha256(b"old")


def test_a_model_that_is_being_replaced_is_always_found(run: RunDirectory) -> None:
    save_best(run, b"0", METADATA)
    done = threading.Event()

    def replace_again_and_again() -> None:
        for number in range(300):
            save_best(run, str(number).encode(), METADATA)
            done.wait(0.005)  # a trainer saves less often: without this a reader would hardly ever have time for two files
        done.set()

    writer = threading.Thread(target=replace_again_and_again)
    writer.start()
    read = 0
    while not done.is_set():
        content, metadata = read_model_folder(run.best)
        assert metadata["sha256"] == sha256(content)
        read += 1
    writer.join()
    assert read
