"""`status.json`: what the trainer is doing."""

import errno
import os
import threading
import time
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files import status as status_module
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Best, Evaluating, Status, StatusFile, read_status, write_status

STATUS = Status(
    state="running", process=ProcessIdentity(4711, 1732370000.12, "h", "f3c1", 8_000_000), total_timesteps=2_000_000, applied_seq=12,
    applied_at_step=81_920, applied_latency_ms=21.5, num_timesteps=90_112, episodes=1_290, steps_per_second=1840.0, wall_seconds=60.5,
    active_seconds=49.1, best=Best("eval_lines", 6270.4, 81_920),
    evaluating=Evaluating(12, 20),
    heartbeat_at="2026-11-23T15:04:05.123Z", heartbeat_monotonic_s=86_400.5,
)  # fmt: skip
GOLDEN = b"""{
  "version": 4,
  "state": "running",
  "process": {
    "pid": 4711,
    "started_at": 1732370000.12,
    "host": "h",
    "boot_id": "f3c1",
    "start_ticks": 8000000
  },
  "total_timesteps": 2000000,
  "applied_seq": 12,
  "applied_at_step": 81920,
  "applied_latency_ms": 21.5,
  "num_timesteps": 90112,
  "episodes": 1290,
  "steps_per_second": 1840.0,
  "wall_seconds": 60.5,
  "active_seconds": 49.1,
  "best": {
    "metric": "eval_lines",
    "value": 6270.4,
    "step": 81920
  },
  "evaluating": {
    "done": 12,
    "episodes": 20
  },
  "visual": false,
  "speed": null,
  "board_every": 25,
  "seconds_since_step": 0.0,
  "degraded": null,
  "hangs": null,
  "not_exact": "",
  "error": null,
  "heartbeat_at": "2026-11-23T15:04:05.123Z",
  "heartbeat_monotonic_s": 86400.5
}
"""


def test_status_json_is_as_documented(run: RunDirectory) -> None:
    assert read_status(run) is None
    write_status(run, STATUS)
    assert run.status.read_bytes() == GOLDEN
    assert read_status(run) == STATUS


def test_a_status_cut_anywhere_is_refused(run: RunDirectory) -> None:
    for content in every_prefix(GOLDEN.rstrip()):
        run.status.write_bytes(content)
        with pytest.raises(FormatError, match=r"status.json must hold JSON"):
            read_status(run)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ('"state": "running"', '"state": "dancing"'),
        ('"pid": 4711', '"pid": "4711"'),
        ('"pid": 4711,', ""),
        ('"started_at": 1732370000.12', '"started_at": null'),
        ('"seconds_since_step": 0.0', '"seconds_since_step": null'),
        ('"heartbeat_at": "2026-11-23T15:04:05.123Z"', '"heartbeat_at": "now"'),
        ('"value": 6270.4', '"value": "high"'),
        ('"metric": "eval_lines",', ""),
        ('"degraded": null', '"degraded": 5'),
    ],
)
def test_a_status_with_a_bad_field_is_refused(run: RunDirectory, field: str, bad: str) -> None:
    assert field in GOLDEN.decode()
    run.status.write_text(GOLDEN.decode().replace(field, bad))
    with pytest.raises(FormatError, match=r"status.json is damaged: "):
        read_status(run)


def test_on_a_full_disk_the_last_status_stays(run: RunDirectory) -> None:
    write_status(run, STATUS)
    with full_disk(largest_file_bytes=100), pytest.raises(OSError, match="too large"):
        write_status(run, STATUS)
    assert read_status(run) == STATUS


def test_a_reader_beside_the_trainer_never_meets_half_a_status(run: RunDirectory) -> None:
    write_status(run, STATUS)
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            assert read_status(run) == STATUS

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(300):
        write_status(run, STATUS)
    done.set()
    thread.join()


def _cannot_replace(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_status_that_cannot_be_replaced_is_written_over_and_says_why(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StatusFile(run)
    file.write(replace(STATUS, error="a long sentence " * 20))
    inode = run.status.stat().st_ino
    with monkeypatch.context() as patch:
        patch.setattr(status_module, "replacing", _cannot_replace)
        file.write(STATUS)
        assert read_status(run) == replace(STATUS, degraded="status.json cannot be replaced (No space left on device)")
        file.write(replace(STATUS, degraded="metrics.jsonl cannot be written"))
        assert read_status(run) == replace(STATUS, degraded="metrics.jsonl cannot be written")
        before = run.status.read_bytes()
        file.write(replace(STATUS, error="x" * 10_000))
        assert run.status.read_bytes() == before, "what does not fit into the bytes that the file has is not written in part"
        assert run.status.stat().st_ino == inode
    file.write(STATUS)
    assert run.status.read_bytes() == GOLDEN
    file.close()


def test_a_status_reaches_a_run_that_was_moved_as_the_last_one_got_its_name(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    file, moved = StatusFile(run), RunDirectory(run.path.with_name("moved"))
    file.write(STATUS)
    real_replace = os.replace

    def replace_and_move(*arguments: Any, **options: Any) -> None:
        real_replace(*arguments, **options)
        run.path.rename(moved.path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_and_move)
        file.write(replace(STATUS, num_timesteps=7))
    file.write(replace(STATUS, num_timesteps=8))
    file.close()
    assert read_status(moved) == replace(STATUS, num_timesteps=8, degraded="status.json cannot be replaced (No such file or directory)")


def test_the_first_status_of_a_run_on_a_full_disk_is_no_crash(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_module, "replacing", _cannot_replace)
    file = StatusFile(run)
    file.write(STATUS)
    file.close()
    assert read_status(run) is None


def test_a_reader_never_takes_half_of_a_status_that_is_written_over(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    file, done, seen = StatusFile(run), threading.Event(), set[tuple[int, int]]()
    file.write(STATUS)
    monkeypatch.setattr(status_module, "replacing", _cannot_replace)

    def read() -> None:
        while not done.is_set():
            status = read_status(run)
            assert status is not None
            seen.add((status.num_timesteps, status.episodes))

    thread = threading.Thread(target=read)
    thread.start()
    deadline = time.monotonic() + 60
    for number in count():
        if (number >= 2_000 and len(seen) > 1) or time.monotonic() > deadline:
            break
        file.write(replace(STATUS, num_timesteps=10**number if number < 15 else number, episodes=10**number if number < 15 else number))
    done.set()
    thread.join()
    file.close()
    assert len(seen) > 1
    assert {(steps, episodes) for steps, episodes in seen if steps != episodes} <= {(STATUS.num_timesteps, STATUS.episodes)}


def test_a_status_that_cannot_be_read_is_damaged_and_not_missing(run: RunDirectory) -> None:
    run.status.mkdir()
    with pytest.raises(FormatError, match=r"status\.json cannot be read \(it is a folder\)"):
        read_status(run)
