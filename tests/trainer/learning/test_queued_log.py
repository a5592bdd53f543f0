"""Rows that another thread writes: none is lost, doubled or out of order, also on a full disk and beside a checkpoint."""

import threading
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import full_disk
from tests.waiting import wait_until
from trainer.learning import queued_log
from trainer.learning.queued_log import BackgroundWriter, QueuedLog, RowQueue
from trainer.run_files.jsonl import JsonlReader, JsonlWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log will be."""
    return tmp_path / "metrics.jsonl"


def _steps(path: Path) -> list[int]:
    return [row["step"] for row in JsonlReader(path).read_new()]


def test_a_row_is_written_by_the_thread_soon_after_it_was_handed_over(path: Path) -> None:
    log, background = QueuedLog(JsonlWriter(path)), BackgroundWriter()
    background.add(log)
    log.append({"step": 1})
    assert _steps(path) == []  # nothing is written on this thread

    background.start()
    wait_until(lambda: _steps(path) == [1], 10, "the row")
    background.close()
    log.close()


def test_an_urgent_row_is_not_left_for_the_next_round(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued_log, "WRITE_INTERVAL_S", 3_600.0)
    urgent: list[str] = []
    log, queue, background = QueuedLog(JsonlWriter(path)), RowQueue(urgent.extend, urgent=True), BackgroundWriter()
    background.add(log)
    background.add(queue)
    background.start()
    log.append({"step": 1})
    assert not log.wake.is_set()
    queue.append("now")
    wait_until(lambda: urgent == ["now"], 10, "the urgent row")

    wait_until(lambda: _steps(path) == [1], 10, "what waited before it")
    background.close()
    log.close()


def test_rows_that_still_wait_at_the_end_are_written(path: Path) -> None:
    log, background = QueuedLog(JsonlWriter(path)), BackgroundWriter()
    background.add(log)
    background.start()
    for step in range(5_000):
        log.append({"step": step})
    background.close()
    log.close()

    assert _steps(path) == list(range(5_000))


def test_a_checkpoint_counts_every_row_that_was_handed_over_before(path: Path) -> None:
    log, background = QueuedLog(JsonlWriter(path)), BackgroundWriter()
    background.add(log)
    background.start()
    for step in range(3_000):
        log.append({"step": step})
        if step % 100 == 99:
            size = log.sync()
            assert path.read_bytes()[:size].count(b"\n") == step + 1
    background.close()
    log.close()

    assert _steps(path) == list(range(3_000))


def test_on_a_full_disk_rows_wait_and_come_when_there_is_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued_log, "RETRY_INTERVAL_S", 0.0)
    log = QueuedLog(JsonlWriter(path))
    with full_disk(largest_file_bytes=100):
        for step in range(20):
            log.append({"step": step})
        log.write()
        assert log.problem is not None
        with pytest.raises(OSError, match="rows wait"):
            log.sync()
        assert path.read_bytes().endswith(b"\n")
    log.write()  # no new row is needed for it

    assert log.problem is None
    log.close()
    assert _steps(path) == list(range(20))


def test_two_threads_that_write_the_same_queue_keep_its_order() -> None:
    written: list[int] = []
    queue = RowQueue(written.extend)
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            queue.write()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20_000):
        queue.append(number)
    wait_until(lambda: len(written) == 20_000, 30, "all of them")
    ended.set()
    for thread in threads:
        thread.join()

    assert written == list(range(20_000))
