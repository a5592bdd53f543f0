"""`queue.json`: the runs that wait."""

import threading
from pathlib import Path

import pytest

from tests.trainer.run_files.faults import every_prefix, full_disk
from trainer.errors import FormatError, RunDirectoryError, RunNotQueuedError
from trainer.run_files import queue
from trainer.run_files.locks import locked
from trainer.run_files.queue import (
    QUEUE_FILE,
    QUEUE_LOCK,
    Place,
    QueueEntry,
    add_to_queue,
    find_entry,
    mark_to_start_now,
    move_in_queue,
    read_queue,
    taking_from_queue,
    unless_any_wait,
)

ENTRY = QueueEntry("20260102-030405-first", "ray:127.0.0.1:6379", "2026-01-02T03:04:05.000Z", "cli", 1, now=True)
GOLDEN = b"""{
  "version": 4,
  "entries": [
    {
      "run": "20260102-030405-first",
      "on": "ray:127.0.0.1:6379",
      "queued_at": "2026-01-02T03:04:05.000Z",
      "by": "cli",
      "after_seq": 1,
      "now": true
    }
  ]
}
"""


def ids(runs_dir: Path) -> str:
    """Who waits: each is called by a letter."""
    return "".join(entry.run for entry in read_queue(runs_dir))


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A folder in which a, b, c and d wait."""
    add_to_queue(tmp_path, [QueueEntry(letter) for letter in "abcd"])
    return tmp_path


def test_queue_json_is_as_documented(tmp_path: Path) -> None:
    assert read_queue(tmp_path) == ()
    add_to_queue(tmp_path, [ENTRY])
    assert (tmp_path / QUEUE_FILE).read_bytes() == GOLDEN
    assert read_queue(tmp_path) == (ENTRY,)
    assert find_entry(tmp_path, ENTRY.run) == ENTRY
    assert find_entry(tmp_path, "another") is None


def test_a_file_that_is_damaged_anywhere_is_told_in_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    damages = [*every_prefix(GOLDEN.rstrip()), GOLDEN.replace(b'"cli"', b"[]"), GOLDEN.replace(b": 4", b": 9"), b'{"version": 5}']
    for damage in damages:
        (tmp_path / QUEUE_FILE).write_bytes(damage)
        for act in (
            lambda: read_queue(tmp_path),
            lambda: add_to_queue(tmp_path, [ENTRY]),
            lambda: move_in_queue(tmp_path, ENTRY.run, "up"),
            lambda: unless_any_wait(tmp_path, "", pytest.fail),
        ):
            with pytest.raises(FormatError, match=r"^(In )?queue\.json.*; which runs wait is not known"):
                act()
        assert (tmp_path / QUEUE_FILE).read_bytes() == damage


@pytest.mark.parametrize(
    ("moves", "after"),
    [
        ([("a", "up"), ("d", "down")], "abcd"),
        ([("c", "up")], "acbd"),
        ([("b", "down")], "acbd"),
        ([("c", "first")], "cabd"),
        ([("b", "last"), ("a", "last")], "cdba"),
    ],
)
def test_the_order_can_be_changed(letters: Path, moves: list[tuple[str, Place]], after: str) -> None:
    for run, place in moves:
        move_in_queue(letters, run, place)
    assert ids(letters) == after


def test_acts_of_two_pages_compose_as_none_of_them_writes_a_list_that_it_has_read_before(letters: Path) -> None:
    seen = read_queue(letters)  # by both

    with taking_from_queue(letters, seen[0].run):
        pass
    add_to_queue(letters, [seen[1], QueueEntry("e")])
    move_in_queue(letters, seen[3].run, "first")

    assert ids(letters) == "dbce"
    with pytest.raises(RunNotQueuedError, match="a does not wait in the queue any more"):
        move_in_queue(letters, "a", "up")
    with pytest.raises(RunNotQueuedError, match="a does not wait in the queue any more"):
        mark_to_start_now(letters, "a")


def test_many_editors_at_once_lose_nothing(tmp_path: Path) -> None:
    def edit(letter: str) -> None:
        for number in range(10):
            add_to_queue(tmp_path, [QueueEntry(f"{letter}{number}")])
            move_in_queue(tmp_path, f"{letter}{number}", "first")
        for number in range(0, 10, 2):
            with taking_from_queue(tmp_path, f"{letter}{number}"):
                pass

    threads = [threading.Thread(target=edit, args=(letter,)) for letter in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.run for entry in read_queue(tmp_path)) == [f"{letter}{n}" for letter in "xyz" for n in range(1, 10, 2)]


def test_what_fails_while_a_run_is_taken_leaves_it_in_the_queue(letters: Path) -> None:
    with pytest.raises(ZeroDivisionError), taking_from_queue(letters, "b"):
        raise ZeroDivisionError
    assert ids(letters) == "abcd"


def test_a_full_disk_and_a_lock_that_is_held_are_told_and_change_nothing(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with full_disk(10), pytest.raises(RunDirectoryError, match=r"queue\.json in .* cannot be written \(File too large\)"):
        add_to_queue(letters, [QueueEntry("e")])
    monkeypatch.setattr(queue, "LOCK_TIMEOUT_S", 0.05)
    with locked(letters / QUEUE_LOCK, timeout_s=1), pytest.raises(RunDirectoryError, match="locked by another program"):
        add_to_queue(letters, [QueueEntry("e")])
    assert ids(letters) == "abcd"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="cannot be written"):
        add_to_queue(tmp_path / "gone", [ENTRY])


def test_the_queue_is_of_a_size_that_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MAX_WAITING", 3)
    with pytest.raises(RunDirectoryError, match="At most 3 runs may wait in the queue; these would make it 4"):
        add_to_queue(tmp_path, [QueueEntry(letter) for letter in "abcd"])
    assert read_queue(tmp_path) == ()


def test_as_many_as_may_wait_can_be_read_again(tmp_path: Path) -> None:
    long = [QueueEntry(f"20260102-030405-{number:040}", "ray:" + "h" * 60, by="cli") for number in range(queue.MAX_WAITING)]
    add_to_queue(tmp_path, long)
    assert len(read_queue(tmp_path)) == queue.MAX_WAITING


def test_a_process_ends_only_while_nobody_can_queue_a_run(letters: Path) -> None:
    assert not unless_any_wait(letters, "", pytest.fail)
    acts = list[str]()
    assert unless_any_wait(letters, "ray", lambda: acts.append("ended"))
    assert acts == ["ended"]
