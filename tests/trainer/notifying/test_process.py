"""The process that sends: at most one message a minute of a run, nothing twice and nothing lost, also when it is killed in between."""

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import psutil
import pytest

from tests.pages.fake_runs import ended, fill, live, new_run
from tests.trainer.notifying.receiver import Receiver, receiving
from tests.waiting import wait_until
from trainer.creating import create_run
from trainer.errors import RunIsActiveError
from trainer.notifying.process import MAX_TRIES, NotifyProcess, hold_lock
from trainer.notifying.starting import process_lock
from trainer.processes import PROJECT_DIR, trainer_command
from trainer.run_files.events import EventRow, EventsWriter
from trainer.run_files.files import now_text
from trainer.run_files.locks import is_locked
from trainer.run_files.notifications import sent_reader
from trainer.run_files.notify_settings import Address, NotifySettings, notifying_folder, read_notify_settings, write_notify_settings
from trainer.run_files.process_identity import ProcessIdentity
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import read_status
from trainer.tasks.gym.about import GymSettings

HERE, THERE = "json://127.0.0.1:1/here-secret", "json://127.0.0.1:1/there-secret"
LONG_AGO = "2025-01-01T00:00:00.000Z"


class Story:
    """A run that is trained, and a process whose messages arrive here."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir, self.now = runs_dir, 1_800_000_000.0
        self.got = list[tuple[str, str]]()
        self.refusing = set[str]()
        self.run = new_run(runs_dir)
        fill(self.run)
        self.ask(HERE)
        self.process = self.another_process()

    def ask(self, *urls: str) -> None:
        """For messages of everything, to some addresses."""
        write_notify_settings(
            self.runs_dir, NotifySettings(tuple(Address(url, LONG_AGO) for url in urls), ("new_best", "crashed", "finished"))
        )

    def another_process(self) -> NotifyProcess:
        """As if the one before had been killed."""
        return NotifyProcess(self.runs_dir, say=lambda _: None, send=self._send, clock=lambda: self.now)

    def _send(self, url: str, _title: str, text: str) -> str | None:
        if url in self.refusing:
            return "it is not well"
        self.got.append((url, text.split(". ", maxsplit=1)[0]))
        return None

    def new_best(self) -> None:
        """One more."""
        events = EventsWriter(self.run)
        events.append(EventRow(now_text(), 3_000, "new_best", "New best: 20 lines, saved"))
        events.log.close()

    def crash(self) -> None:
        """The trainer dies."""
        ended(self.run, "running", process=replace(ProcessIdentity.own(), pid=9_999_999))

    @property
    def texts(self) -> list[str]:
        """What has arrived."""
        return [text for _, text in self.got]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A run with one new best."""
    return Story(tmp_path / "runs")


def test_at_most_one_message_a_minute_and_what_comes_meanwhile_is_put_together(story: Story) -> None:
    with live(story.run):
        assert story.process.look()
        assert story.texts == ["First try: new best"]
        for _ in range(3):
            story.new_best()
            story.now += 10
            story.process.look()
    story.crash()
    for _ in range(3):
        assert story.process.look(), "something waits to be sent"
        story.now += 5
    assert len(story.got) == 1
    story.now += 30
    assert not story.process.look(), "all is told, and nothing is trained"
    assert story.texts == ["First try: new best", "First try: 3 new bests and crashed"]
    story.now += 3_600
    assert not story.process.look()
    assert len(story.got) == 2
    rows = sent_reader(story.runs_dir).refresh()
    assert [row.events for row in rows] == [["new_best"], ["new_best", "crashed"]]
    assert "The trainer died unexpectedly" in rows[1].text


def test_a_process_that_is_killed_and_begun_anew_sends_nothing_twice_and_loses_nothing(story: Story) -> None:
    with live(story.run):
        story.process.look()
        story.new_best()
        story.process.look()
        story.process = story.another_process()
        story.process.look()
        assert len(story.got) == 1, "the minute is not over for the next one either"
    story.crash()
    story.now += 61
    story.process = story.another_process()
    assert [story.process.look(), story.process.look()] == [True, False], "one look may be between two words of a trainer"
    assert story.texts == ["First try: new best", "First try: new best and crashed"]
    story.now += 61
    story.process = story.another_process()
    assert [story.process.look(), story.process.look()] == [True, False]
    assert len(story.got) == 2


def test_what_is_not_taken_is_tried_again_with_what_has_come_since_and_given_up_in_the_end(story: Story) -> None:
    story.refusing.add(HERE)
    with live(story.run):
        story.process.look()
        story.new_best()
        story.now += 61
        story.refusing.clear()
        story.process.look()
        assert story.texts == ["First try: 2 new bests"]
        story.refusing.add(HERE)
        story.new_best()
        for _ in range(MAX_TRIES + 3):
            story.now += 61
            story.process.look()
    rows = sent_reader(story.runs_dir).refresh()
    assert [(row.tries, row.problem) for row in rows] == [
        (1, "it is not well"), (2, None), *[(number, "it is not well") for number in range(1, MAX_TRIES + 1)],
    ]  # fmt: skip


def test_one_address_that_is_not_well_keeps_no_message_from_another(story: Story) -> None:
    story.ask(HERE, THERE)
    story.refusing.add(HERE)
    with live(story.run):
        story.process.look()
        story.new_best()
        story.now += 61
        story.process.look()
        story.refusing.clear()
        story.now += 61
        story.process.look()
    assert story.got == [
        (THERE, "First try: new best"), (THERE, "First try: new best"), (HERE, "First try: 2 new bests"),
    ]  # fmt: skip


def test_an_address_that_is_added_hears_nothing_of_before(story: Story) -> None:
    write_notify_settings(story.runs_dir, NotifySettings((Address(HERE, "2026-06-01T00:00:00.000Z"),), ("new_best", "finished")))
    with live(story.run):
        story.process.look()
        assert story.got == []
        story.new_best()
        story.process.look()
    assert story.texts == ["First try: new best"]


def test_nothing_is_looked_at_without_an_address_or_with_damaged_settings(story: Story) -> None:
    said = list[str]()
    process = NotifyProcess(story.runs_dir, say=said.append, send=story._send)
    with live(story.run):
        story.ask()
        assert not process.look()
        (notifying_folder(story.runs_dir) / "settings.json").write_bytes(b"{")
        assert [process.look(), process.look()] == [False, False]
    assert len(said) == 1
    assert "must hold JSON" in said[0]


def test_there_is_one_process_and_it_ends_when_nothing_is_trained(story: Story) -> None:
    lock = hold_lock(story.runs_dir)
    with pytest.raises(RunIsActiveError, match="One process at a time"):
        story.process.until_done(Event())
    lock.release()
    waited = list[float]()

    class Clocked(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return False

    story.crash()
    story.process.until_done(Clocked())
    assert story.texts == ["First try: new best and crashed"]
    assert not is_locked(process_lock(story.runs_dir))
    assert len(waited) < 20


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real receiver."""
    with receiving() as receiver:
        yield receiver


def _trainer_of(run: RunDirectory) -> int:
    status = read_status(run)
    return status.process.pid if status is not None and status.num_timesteps else 0


@pytest.mark.long
def test_a_trainer_that_is_killed_is_told_of_with_no_app_and_no_tab_open(tmp_path: Path, receiver: Receiver) -> None:
    write_notify_settings(tmp_path, NotifySettings((Address(receiver.url),)))
    settings = GymSettings(env="CartPole-v1", algo="ppo", total_timesteps=10_000_000, eval_every=1_000_000)
    run = create_run(settings, name="Night <b>", runs_dir=tmp_path)
    output = (tmp_path / "output").open("wb")
    command = trainer_command(["start", str(run.path), "--control-seq", "1"])
    with output, subprocess.Popen(command, cwd=PROJECT_DIR, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as trainer:
        wait_until(lambda: _trainer_of(run), 120, "its first steps")
        wait_until(lambda: is_locked(process_lock(tmp_path)), 60, "the process that sends")
        trainer.send_signal(signal.SIGKILL)
    wait_until(lambda: receiver.got, 60, "the message")
    wait_until(lambda: not is_locked(process_lock(tmp_path)), 60, "the end of the process that sends")
    assert len(receiver.got) == 1
    assert receiver.got[0].startswith("Night <b>: crashed. Crashed at step ")
    assert "died unexpectedly" in receiver.got[0]
    (row,) = sent_reader(tmp_path).refresh()
    assert (row.run, row.events, row.problem) == (run.run_id, ["crashed"], None)
    _assert_nothing_tells_the_address(tmp_path)


def _assert_nothing_tells_the_address(runs_dir: Path) -> None:
    telling = [path.name for path in runs_dir.rglob("*") if path.is_file() and b"t0psecret" in path.read_bytes()]
    assert telling == ["settings.json"]
    assert "t0psecret" in read_notify_settings(runs_dir).addresses[0].url
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in lines if "t0psecret" in line]
