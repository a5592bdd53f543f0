"""`status.json`: what the trainer is doing."""

import threading

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Best, Status, read_status, write_status

STATUS = Status(
    state="running", pid=4711, process_started_at=1732370000.12, host="h", total_timesteps=2_000_000, applied_seq=12,
    applied_at_step=81_920, applied_latency_ms=21.5, num_timesteps=90_112, episodes=1_290, steps_per_second=1840.0, wall_seconds=60.5,
    active_seconds=49.1, best=Best("eval_lines", 6270.4, 81_920),
    heartbeat_at="2026-11-23T15:04:05.123Z", heartbeat_monotonic_s=86_400.5, boot_id="f3c1", process_start_ticks=8_000_000,
)  # fmt: skip
GOLDEN = b"""{
  "version": 1,
  "state": "running",
  "pid": 4711,
  "process_started_at": 1732370000.12,
  "host": "h",
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
  "visual": false,
  "speed": 1.0,
  "board_every": 25,
  "seconds_since_step": 0.0,
  "degraded": null,
  "error": null,
  "heartbeat_at": "2026-11-23T15:04:05.123Z",
  "heartbeat_monotonic_s": 86400.5,
  "boot_id": "f3c1",
  "process_start_ticks": 8000000
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
        ('"process_started_at": 1732370000.12', '"process_started_at": null'),
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
