"""The queue from a terminal: what is typed, what is answered, and the exit code."""

import json
from pathlib import Path

import pytest

from tests.commands import call
from tests.trainer.simulated import SimulatedEngine, new_runs
from trainer import queue_command, queue_process, queueing
from trainer.probing import probe
from trainer.run_files.placements import Placement, write_placement
from trainer.run_files.queue import QUEUE_FILE, QueueEntry, add_to_queue, read_queue
from trainer.run_files.run_directory import RunDirectory


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunDirectory]:
    """Three that wait; no process is started."""
    monkeypatch.setattr(queueing, "start_child", lambda *_, **__: None)
    runs = new_runs(tmp_path, 3)
    add_to_queue(tmp_path, [QueueEntry(run.run_id, by="cli", after_seq=1) for run in runs])
    return runs


def _ids(runs_dir: Path) -> list[str]:
    return [entry.run for entry in read_queue(runs_dir)]


def test_it_lists_who_waits_the_next_one_first(runs: list[RunDirectory], tmp_path: Path) -> None:
    lines = call("queue", "--runs-dir", tmp_path).stdout.splitlines()
    assert [line.split()[:4] for line in lines] == [[str(n), run.run_id, "queued", "here"] for n, run in enumerate(runs, start=1)]
    listed = json.loads(call("queue", "--json", "--runs-dir", tmp_path).stdout)
    assert [(one["run"], one["state"], one["on"], one["now"]) for one in listed] == [(run.run_id, "queued", "", False) for run in runs]
    assert "no runs wait" in call("queue", "--runs-dir", tmp_path / "none").stdout
    assert {"queued"} == {line.split()[1] for line in call("list", "--runs-dir", tmp_path).stdout.splitlines()}


def test_it_lists_what_is_trained_on_other_machines_and_where(runs: list[RunDirectory], tmp_path: Path) -> None:
    write_placement(tmp_path, runs[0].run_id, Placement("ray:10.0.0.7:6379", 1, node="far"))
    first = call("queue", "--runs-dir", tmp_path).stdout.splitlines()[0]
    assert first.split() == ["-", runs[0].run_id, "queued", "far"]


def test_runs_are_moved_cancelled_and_started(runs: list[RunDirectory], tmp_path: Path) -> None:
    first, second, third = runs
    assert "is 1 of 3 runs that wait" in call("queue", "move", third.run_id, "first", "--runs-dir", tmp_path).stdout
    assert _ids(tmp_path) == [third.run_id, first.run_id, second.run_id]
    assert call("queue", "cancel", first.path).stdout == f"{first.run_id} waits no longer and is in the trash\n"
    assert "is started next" in call("queue", "start", second.run_id, "--runs-dir", tmp_path).stdout
    assert [entry.now for entry in read_queue(tmp_path)] == [False, True]
    assert probe(first).state == "gone"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("words", [("cancel",), ("start",), ("move", "up")])
def test_a_run_that_does_not_wait_is_told_in_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = call("queue", words[0], "20260102-030405-gone", *words[1:], "--runs-dir", tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "error: 20260102-030405-gone does not wait in the queue any more: it was started, cancelled or deleted.\n"


def test_a_damaged_queue_is_told_and_kept(runs: list[RunDirectory], tmp_path: Path) -> None:
    (tmp_path / QUEUE_FILE).write_bytes(b"{")
    for words in ([], ["cancel", runs[0].run_id], ["run"]):
        answer = call("queue", *words, "--runs-dir", tmp_path)
        assert answer.returncode == 1
        assert answer.stderr.startswith("error: queue.json must hold JSON;")
    assert (tmp_path / QUEUE_FILE).read_bytes() == b"{"


def test_the_process_starts_what_waits_and_says_so(runs: list[RunDirectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_process, "LINGER_S", 0.0)
    monkeypatch.setattr(queue_command, "find_engine", lambda *_, **__: SimulatedEngine(3))
    answer = call("queue", "run", "--runs-dir", tmp_path)
    assert answer.returncode == 0
    assert [line.split(" ", 1)[1] for line in answer.stdout.splitlines()] == [f"{run.run_id} is started." for run in runs]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file", "gone"):
        answer = call("queue", "run", "--runs-dir", tmp_path / name)
        assert answer.returncode == 1
        assert answer.stderr.startswith(f"error: The runs folder must be writable; {tmp_path / name} is not (")
    assert not (tmp_path / "gone").exists()


def test_an_engine_that_there_is_not_is_refused(tmp_path: Path) -> None:
    answer = call("queue", "run", "--on", "abacus", "--runs-dir", tmp_path)
    assert (answer.returncode, answer.stderr) == (
        2, "error: --on must be ray or ray:HOST:PORT; got 'abacus'. Without it, runs are trained on this machine.\n",
    )  # fmt: skip
