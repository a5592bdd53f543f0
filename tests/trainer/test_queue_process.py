"""The process that starts what waits, with trainers that live in the test."""

import threading
from pathlib import Path

import pytest

from tests.trainer.simulated import SimulatedEngine, new_runs
from trainer import queue_process
from trainer.errors import FormatError, RunIsActiveError, TrainerStartError
from trainer.probing import probe
from trainer.queue_process import QueueProcess
from trainer.queueing import process_lock
from trainer.run_files import queue
from trainer.run_files.control import read_control, update_control
from trainer.run_files.files import replace_document
from trainer.run_files.locks import is_locked, locked
from trainer.run_files.queue import QUEUE_FILE, QueueEntry, add_to_queue, mark_to_start_now, move_in_queue, read_queue
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.trash import move_to_trash


class Story:
    """Four runs that wait, and the process."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir, self.engine, self.said = runs_dir, SimulatedEngine(cores=2), list[str]()
        self.now = 0.0
        self.runs = new_runs(runs_dir, 4)
        add_to_queue(runs_dir, [QueueEntry(run.run_id, by="cli", after_seq=1) for run in self.runs])
        self.process = self.another_process()

    def another_process(self) -> QueueProcess:
        """As if the one before had been killed."""
        return QueueProcess(self.runs_dir, "", self.engine, say=self.said.append, clock=lambda: self.now)

    @property
    def states(self) -> list[str]:
        """Of the runs."""
        return [probe(run).state for run in self.runs]

    @property
    def waiting(self) -> list[RunDirectory]:
        """Who is in the file."""
        return [RunDirectory(self.runs_dir / entry.run) for entry in read_queue(self.runs_dir)]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Four runs that wait."""
    return Story(tmp_path)


def test_runs_are_started_in_their_order_as_cores_become_free(story: Story) -> None:
    assert story.states == ["queued"] * 4
    assert story.process.look()
    assert story.states == ["running", "running", "queued", "queued"]
    story.process.look()
    assert len(story.engine.started) == 2
    move_in_queue(story.runs_dir, story.runs[3].run_id, "up")
    story.engine.end(story.runs[1])
    story.process.look()
    assert story.states == ["running", "finished", "queued", "running"]
    story.engine.end(story.runs[0])
    assert not story.process.look(), "nothing waits any more"
    assert story.waiting == []


def test_a_run_is_started_at_once_however_many_are_at_work(story: Story) -> None:
    story.process.look()
    mark_to_start_now(story.runs_dir, story.runs[3].run_id)
    story.process.look()
    assert story.states == ["running", "running", "queued", "running"]


def test_a_process_killed_between_start_and_removal_starts_nothing_twice(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def replace(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(queue, "replace_document", replace)
        with pytest.raises(Killed):
            story.process.look()
    first = story.runs[0]
    assert first in story.waiting
    assert probe(first).state == "running", "not queued: a trainer is at work"
    story.process = story.another_process()
    story.process.look()
    assert story.engine.started == [run.run_id for run in story.runs[:2]]
    assert story.waiting == story.runs[2:]


def test_a_process_killed_there_does_not_begin_again_with_a_run_that_somebody_has_stopped_since(story: Story) -> None:
    entry = read_queue(story.runs_dir)[0]
    story.process.look()
    story.engine.end(story.runs[0], "stopped")
    add_to_queue(story.runs_dir, [entry])  # as the killed one has left it
    story.engine.cores = 9
    story.another_process().look()
    assert story.states[0] == "stopped"
    assert story.engine.started.count(entry.run) == 1


def test_a_disk_that_is_full_when_a_run_is_removed_starts_it_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(*_: object) -> None:
        raise OSError(28, "No space left on device")

    first = story.runs[0]
    with monkeypatch.context() as patch:
        patch.setattr(queue, "replace_document", replace)
        for _ in range(3):
            story.process.look()
            story.now += queue_process.RETRY_AFTER_S
        assert len(story.waiting) == 4
        story.engine.end(first, "stopped")
        story.process.look()
    assert story.said[0].startswith(f"{first.run_id} is started. It cannot be removed from the queue: queue.json in")
    assert "No space left on device" in story.said[0]
    story.now += queue_process.RETRY_AFTER_S
    story.process.look()
    assert first not in story.waiting
    assert story.engine.started.count(first.run_id) == 1
    assert probe(first).state == "stopped"


def test_a_run_that_has_ended_goes_on_when_it_is_queued_again(story: Story) -> None:
    story.process.look()
    stopped = story.runs[0]
    update_control(stopped, by="app", run="stopped")
    story.engine.end(stopped, "stopped")
    add_to_queue(story.runs_dir, [QueueEntry(stopped.run_id, after_seq=read_control(stopped).seq)])
    assert probe(stopped).state == "queued"
    mark_to_start_now(story.runs_dir, stopped.run_id)
    story.process.look()
    assert (probe(stopped).state, read_control(stopped).run) == ("running", "running")


def test_what_was_deleted_finished_or_started_by_hand_is_passed_over(story: Story) -> None:
    move_to_trash(story.runs[0])
    story.engine.start(story.runs[1])
    story.engine.start(story.runs[2])
    story.engine.end(story.runs[2])
    story.engine.cores = 3
    assert not story.process.look()
    assert story.states == ["gone", "running", "finished", "running"]
    assert "is not there any more: it was deleted" in story.said[0]


def test_a_run_that_cannot_be_started_lets_others_pass_and_is_tried_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    start, broken = story.engine.start, [story.runs[0]]

    def refuse(run: RunDirectory) -> None:
        if run in broken:
            raise TrainerStartError("The trainer could not be started (No space left on device).")
        start(run)

    monkeypatch.setattr(story.engine, "start", refuse)
    assert story.process.look()
    assert story.states == ["queued", "running", "running", "queued"]
    assert "still waits: The trainer could not be started (No space left on device)." in story.said[0]
    broken.clear()
    story.engine.end_all()
    story.process.look()
    assert story.states == ["queued", "finished", "finished", "running"], "not at every look"
    story.now += queue_process.RETRY_AFTER_S
    story.process.look()
    assert story.states[0] == "running"


def test_only_what_is_to_be_trained_there_is_started(story: Story) -> None:
    elsewhere = QueueProcess(story.runs_dir, "ray", story.engine, say=story.said.append)
    assert not elsewhere.look()
    assert story.engine.started == []


def test_the_process_ends_when_nothing_waits_and_there_is_one_of_them(story: Story) -> None:
    lock = process_lock(story.runs_dir, "")
    with locked(lock, timeout_s=1), pytest.raises(RunIsActiveError, match="One process at a time"):
        story.process.until_done(threading.Event())
    story.engine.cores = 9
    looks = list[float]()

    class Clocked(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            looks.append(story.now)
            story.now += timeout or 0.0
            return False

    story.process.until_done(Clocked())
    assert looks[-1] == pytest.approx(queue_process.LINGER_S, abs=2 * queue_process.LOOK_INTERVAL_S), "for those that come one by one"
    assert story.states == ["running"] * 4
    assert story.engine.closed
    assert not is_locked(lock)


def test_the_process_ends_at_a_signal_and_leaves_who_waits(story: Story) -> None:
    stop = threading.Event()
    stop.set()
    story.process.until_done(stop)
    assert len(story.waiting) == 4


def test_a_damaged_queue_ends_the_process_and_stays_as_it_is(story: Story) -> None:
    path = story.runs_dir / QUEUE_FILE
    replace_document(path, {"entries": "all"})
    damaged = path.read_bytes()
    with pytest.raises(FormatError, match="entries must be a list of objects; which runs wait is not known"):
        story.process.until_done(threading.Event())
    assert path.read_bytes() == damaged
    assert "which runs wait is not known" in (probe(story.runs[0]).problem or "")
