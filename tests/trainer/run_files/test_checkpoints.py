"""`checkpoints/`: whole or passed over, and the logs are cut to where a checkpoint was taken."""

from pathlib import Path

import orjson
import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files.checkpoints import (
    Checkpoint,
    cut_logs,
    latest_checkpoint,
    list_checkpoints,
    read_checkpoint,
    save_checkpoint,
)
from trainer.run_files.files import sha256
from trainer.run_files.jsonl import JsonlReader, JsonlWriter
from trainer.run_files.run_directory import RunDirectory


def _save(run: RunDirectory, step: int, **contents: bytes) -> Path:
    return save_checkpoint(run, Checkpoint(step, contents or {"model.zip": b"%d" % step}, {"metrics.jsonl": step}))


def test_the_last_two_checkpoints_are_kept_each_with_the_hashes_of_its_files(run: RunDirectory) -> None:
    for step in (500, 1_000, 20_000):
        _save(run, step, model=b"%d" % step, state=b"s")
    assert [path.name for path in list_checkpoints(run)] == ["step-20000", "step-1000"]
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-1000", "step-20000"]
    manifest = orjson.loads((run.checkpoints / "step-1000" / "manifest.json").read_bytes())
    assert (manifest["version"], manifest["step"], manifest["log_bytes"]) == (4, 1_000, {"metrics.jsonl": 1_000})
    assert manifest["sha256"] == {"model": sha256(b"1000"), "state": sha256(b"s")}


def test_what_a_killed_process_left_of_a_checkpoint_is_no_checkpoint_and_is_cleaned_up(run: RunDirectory) -> None:
    assert list_checkpoints(run) == []
    _save(run, 1)
    for name in (".step-2.new", ".step-1.old", "step-3", "step-²"):
        (run.checkpoints / name).mkdir()
    (run.checkpoints / "step-²" / "manifest.json").touch()
    assert [path.name for path in list_checkpoints(run)] == ["step-1"]
    _save(run, 4)
    assert [path.name for path in list_checkpoints(run)] == ["step-4", "step-1"]
    assert not list(run.checkpoints.glob(".*"))


def test_on_a_full_disk_the_older_checkpoints_stay(run: RunDirectory) -> None:
    _save(run, 1)
    _save(run, 2)
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        _save(run, 3, model=b"3" * 5_000)
    assert [path.name for path in list_checkpoints(run)] == ["step-2", "step-1"]
    assert len(list(run.checkpoints.iterdir())) == 2


def test_a_deleted_run_gets_no_new_folder_by_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _save(RunDirectory(tmp_path / "20260102-030405-gone"), 1)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_checkpoint_is_read_as_it_was_written(run: RunDirectory) -> None:
    folder = _save(run, 7, model=b"m", state=b"s")
    assert read_checkpoint(folder) == Checkpoint(7, {"model": b"m", "state": b"s"}, {"metrics.jsonl": 7})


def test_without_a_checkpoint_there_is_none_and_nothing_to_complain_about(run: RunDirectory) -> None:
    assert latest_checkpoint(run) == (None, [])


@pytest.mark.parametrize("name", ["model", "manifest.json"])
def test_a_checkpoint_cut_at_any_byte_or_with_a_flipped_bit_is_passed_over_for_the_older_one(run: RunDirectory, name: str) -> None:
    _save(run, 1, model=b"old")
    path = _save(run, 2, model=b"the newer one") / name
    whole = path.read_bytes().rstrip()
    flipped = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(0, len(whole), 7)]
    for content in (*every_prefix(whole), *(flipped if name == "model" else ())):
        path.write_bytes(content)
        checkpoint, complaints = latest_checkpoint(run)
        assert checkpoint is not None
        assert checkpoint.step == 1
        assert len(complaints) == 1
        assert "step-2" in complaints[0]


def test_a_missing_file_or_manifest_of_another_shape_is_damage(run: RunDirectory) -> None:
    folder = _save(run, 1)
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    hashes: list[object] = [5, {"gone": "00"}, {"../x": "00"}]
    changes = [*({"sha256": value} for value in hashes), {"step": None}, {"log_bytes": []}, {"version": 5}]
    for change in changes:
        (folder / "manifest.json").write_bytes(orjson.dumps(manifest | change))
        with pytest.raises(FormatError, match="The checkpoint step-1 "):
            read_checkpoint(folder)


def test_a_file_that_is_a_link_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    folder = _save(run, 1)
    (tmp_path / "elsewhere").write_bytes(b"1")
    (folder / "model.zip").unlink()
    (folder / "model.zip").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FormatError, match=r"model\.zip: it is a symbolic link"):
        read_checkpoint(folder)


def test_logs_are_cut_to_the_checkpoint_and_a_reader_starts_over(run: RunDirectory) -> None:
    sizes = []
    with JsonlWriter(run.metrics) as log:
        for step in range(5):
            log.append({"step": step})
            sizes.append(log.sync())
    reader = JsonlReader(run.metrics)
    assert len(reader.read_new()) == 5

    cut_logs(run, Checkpoint(2, {}, {"metrics.jsonl": sizes[2]}))
    with JsonlWriter(run.metrics) as log:
        for step in (3, 4, 5):
            log.append({"step": step, "again": True})

    assert [row["step"] for row in reader.read_new()] == [0, 1, 2, 3, 4, 5]
    assert reader.generation == 1
    assert not list(run.path.glob(".*.cut"))


def test_without_a_checkpoint_the_logs_begin_anew_but_the_events_stay(run: RunDirectory) -> None:
    for path in (run.metrics, run.episodes, run.evaluations, run.events):
        path.write_bytes(b"{}\n")
    cut_logs(run, None)
    sizes = [path.stat().st_size for path in (run.metrics, run.episodes, run.evaluations, run.events)]
    assert sizes == [0, 0, 0, 3]


def test_on_a_full_disk_a_log_that_cannot_be_cut_stays_whole(run: RunDirectory) -> None:
    run.metrics.write_bytes(b"{}\n" * 5_000)
    with full_disk(largest_file_bytes=1_000), pytest.raises(OSError, match="too large"):
        cut_logs(run, Checkpoint(1, {}, {"metrics.jsonl": 9_000}))
    assert run.metrics.stat().st_size == 15_000
