"""A stop is carried through in time that was really given, and only against the run's own trainer."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.trainer.conftest import Pretend
from tests.waiting import wait_until
from tests.workers import identity_of, pretend_worker
from trainer import stopping
from trainer.probing import probe
from trainer.run_files.control import update_control
from trainer.run_files.placements import Placement, write_placement
from trainer.run_files.run_directory import RunDirectory
from trainer.run_files.status import Status, read_status, write_status
from trainer.stopping import KILLED, ON_A_NODE, TERMINATED, UNPROVABLE, Stop, follow_stop, stop_words


class Watch:
    """A person who looks at a run now and then, by a clock of ours."""

    def __init__(self, run: RunDirectory) -> None:
        self.run, self.now, self.said = run, 1_000.0, list[str]()
        self.stop = Stop(run, clock=lambda: self.now)

    def look(self, after_s: float = 0.0) -> str | None:
        """Look after so many seconds; what was said."""
        self.now += after_s
        sentence = self.stop.look(probe(self.run))
        self.said += [sentence] if sentence else []
        return sentence


@pytest.fixture
def watch(run: RunDirectory) -> Watch:
    """Nobody has looked yet."""
    return Watch(run)


@pytest.fixture
def deaf(run: RunDirectory, pretend: Pretend) -> subprocess.Popen[bytes]:
    """A trainer that obeys neither the flag nor SIGTERM; it was told to stop."""
    child = pretend("--deaf", state="running")
    update_control(run, by="app", run="stopped")
    return child


def test_sigterm_comes_after_5_s_and_sigkill_10_s_after_it(watch: Watch, deaf: subprocess.Popen[bytes]) -> None:
    assert [watch.look(), watch.look(4.9), watch.look(0.2)] == [None, None, TERMINATED]
    assert [watch.look(4.9), watch.look(5.0)] == [None, None]
    assert deaf.poll() is None
    assert watch.look(0.2) == KILLED
    assert deaf.wait(timeout=10) == -signal.SIGKILL
    probed = probe(watch.run)
    assert probed.state == "crashed"
    assert "asked to stop and did not end in good order. Resume continues" in str(probed.error)
    assert watch.look(60) is None


@pytest.mark.parametrize("gap_s", [15.0, 3_600.0, 1e9])
def test_a_gap_between_two_looks_never_brings_sigkill_first(watch: Watch, deaf: subprocess.Popen[bytes], gap_s: float) -> None:
    watch.look()
    assert watch.look(gap_s) == TERMINATED, "a suspended laptop, a closed page: SIGTERM first"
    assert watch.look(gap_s) is None, "in that gap the trainer may have had no time to obey"
    assert deaf.poll() is None
    assert [watch.look(1.0) for _ in range(4)] == [None] * 4
    assert watch.look(1.1) == KILLED


def test_a_clock_that_runs_backwards_gives_the_trainer_more_time_not_less(watch: Watch, deaf: subprocess.Popen[bytes]) -> None:
    assert [watch.look(), watch.look(4.0), watch.look(-500.0), watch.look(0.5)] == [None] * 4
    assert watch.look(0.6) == TERMINATED
    assert watch.look(-1e6) is None
    assert deaf.poll() is None


def test_a_later_trainer_of_the_run_gets_its_own_sigterm_first(watch: Watch, deaf: subprocess.Popen[bytes], pretend: Pretend) -> None:
    watch.look()
    assert watch.look(6) == TERMINATED
    deaf.kill()  # and nobody looks while it is resumed and stopped again from a terminal
    deaf.wait()
    second = pretend("--deaf", state="running")
    assert watch.look(60) is None
    assert watch.look(60) == TERMINATED
    assert second.poll() is None


def test_a_trainer_that_steps_to_the_end_of_its_rollout_gets_no_signal(
    watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory
) -> None:
    """A rollout of 2,048 steps of a slow environment takes minutes, and only its end is a place to go on from exactly."""
    status = read_status(run)
    assert status is not None
    watch.look()
    for steps in range(100, 6_000, 100):
        write_status(run, replace(status, state="stopping", num_timesteps=steps))
        assert watch.look(4.0) is None
    assert deaf.poll() is None
    assert watch.stop.words() == "Stopping… where its rollout ends, so that it can go on exactly"
    assert [watch.look(4.0), watch.stop.words()] == [None, "Stopping… SIGTERM follows in 1 s"], "it stands still: its time runs"
    assert watch.look(1.1) == TERMINATED
    assert [watch.look(5.0), watch.look(5.1)] == [None, KILLED]


def test_a_trainer_that_steps_for_ever_is_ended_all_the_same(watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory) -> None:
    status = read_status(run)
    assert status is not None
    watch.look()
    for steps in range(400):
        write_status(run, replace(status, state="stopping", num_timesteps=steps))
        watch.look(4.0)
    assert watch.said == [TERMINATED, KILLED]
    assert deaf.wait(timeout=10) == -signal.SIGKILL


def test_steps_of_a_trainer_that_has_not_heard_of_the_stop_give_it_no_time(
    watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory
) -> None:
    status = read_status(run)
    assert status is not None
    for steps in range(4):
        write_status(run, replace(status, num_timesteps=steps))
        watch.look(4.0)
    assert watch.said == [TERMINATED]
    assert deaf.poll() is None


def test_a_trainer_that_hears_sigterm_is_never_killed(watch: Watch, run: RunDirectory, pretend: Pretend) -> None:
    child = pretend(state="running")
    update_control(run, by="app", run="stopped")
    watch.look()
    watch.look(6)
    assert child.wait(timeout=10) == -signal.SIGTERM
    assert [watch.look(60), watch.look(60)] == [None, None]
    assert watch.said == [TERMINATED]


def test_a_trainer_that_still_starts_is_not_killed_and_its_time_begins_when_it_has_started(
    watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory
) -> None:
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, state="starting"))
    watch.look()
    assert watch.look(6) == TERMINATED
    assert [watch.look(5) for _ in range(20)] == [None] * 20
    write_status(run, status)
    assert [watch.look(5), watch.look(4)] == [None, None]
    assert deaf.poll() is None
    assert watch.look(5) == KILLED


def test_a_trainer_that_hangs_while_it_starts_is_killed(watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory) -> None:
    status = read_status(run)
    assert status is not None
    write_status(run, replace(status, state="starting", hangs="An environment does not come back from its reset."))
    assert [watch.look(), watch.look(5.1), watch.look(5.0), watch.look(5.1)] == [None, TERMINATED, None, KILLED]
    assert deaf.wait(timeout=10) == -signal.SIGKILL


def test_a_run_that_goes_on_forgets_an_earlier_stop(watch: Watch, deaf: subprocess.Popen[bytes], run: RunDirectory) -> None:
    watch.look()
    watch.look(4)
    update_control(run, by="app", run="running")
    assert watch.look(10) is None
    update_control(run, by="app", run="stopped")
    assert [watch.look(10), watch.look(4.9)] == [None, None]
    assert deaf.poll() is None


def test_a_person_who_waits_for_a_stop_is_told_what_comes_next(watch: Watch, deaf: subprocess.Popen[bytes]) -> None:
    watch.look()
    assert watch.stop.words() == "Stopping… SIGTERM follows in 5 s"
    watch.look(5)
    assert watch.stop.words() == "Stopping… SIGTERM was sent, SIGKILL follows in 10 s"
    watch.look(1.5)
    assert watch.stop.words() == "Stopping… SIGTERM was sent, SIGKILL follows in 9 s"
    watch.look(5)
    watch.look(5)
    assert watch.stop.words() == "Stopping… killed, as nothing else helped"
    assert deaf.wait(timeout=10) == -signal.SIGKILL


def _look_until_nothing_can_come(watch: Watch) -> None:
    for _ in range(10):
        watch.look(5)


def test_a_status_of_a_stranger_that_names_a_process_brings_it_no_signal(watch: Watch, run: RunDirectory, pretend: Pretend) -> None:
    with pretend_worker("start", run.path.with_name("another-run")) as stranger:
        pretend(state="running", process=identity_of(stranger))  # whoever holds the lock: the status is of a stranger
        update_control(run, by="app", run="stopped")
        _look_until_nothing_can_come(watch)
        assert stranger.poll() is None
    assert watch.said == [UNPROVABLE], "said once"
    assert watch.stop.words() == "Stopping… no process of this user is provably its trainer: no signal is sent"


@pytest.mark.parametrize("how", [os.link, shutil.copy2], ids=["cp -al", "cp -a"])
def test_a_stop_of_a_copy_leaves_the_trainer_of_the_original_alone(
    run: RunDirectory, pretend: Pretend, how: Callable[[str, str], object]
) -> None:
    child = pretend(state="running")
    copy = RunDirectory(run.path.with_name(f"{run.run_id}-copy"))
    shutil.copytree(run.path, copy.path, copy_function=how)
    update_control(copy, by="app", run="stopped")
    watch = Watch(copy)
    _look_until_nothing_can_come(watch)
    assert child.poll() is None
    assert TERMINATED not in watch.said
    assert probe(run).state == "running"


def test_a_pid_that_was_given_out_again_gets_no_signal(watch: Watch, run: RunDirectory, pretend: Pretend) -> None:
    with pretend_worker("start", run.path) as stranger:
        theirs = identity_of(stranger)
        earlier = replace(theirs, started_at=theirs.started_at - 60, start_ticks=(theirs.start_ticks or 0) - 6_000)
        pretend(state="running", process=earlier)
        update_control(run, by="app", run="stopped")
        _look_until_nothing_can_come(watch)
        assert stranger.poll() is None


def test_a_stop_asked_for_before_anybody_looked_signals_nobody_but_the_trainer(watch: Watch, run: RunDirectory) -> None:
    with pretend_worker("watch", run.path) as stranger:
        write_status(run, Status(state="running", total_timesteps=1, process=identity_of(stranger)))
        update_control(run, by="app", run="stopped")
        run.run_lock.touch()
        _look_until_nothing_can_come(watch)
        wait_until(lambda: stranger.poll() is None, 1, "nothing to happen")
    assert watch.said == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM and SIGKILL follow soon."""
    monkeypatch.setattr(stopping, "TERMINATE_AFTER_S", 0.3)
    monkeypatch.setattr(stopping, "KILL_AFTER_S", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_stop_is_followed_to_its_end_by_one_thread_though_nobody_looks(run: RunDirectory, deaf: subprocess.Popen[bytes]) -> None:
    for _ in range(5):  # as many sessions of the app
        follow_stop(run)
    assert sum(thread.name == "stop" for thread in threading.enumerate()) == 1
    assert stop_words(run).startswith("Stopping… SIGTERM follows in ")
    assert deaf.wait(timeout=30) == -signal.SIGKILL
    wait_until(lambda: stop_words(run) == "", 30, "the thread to end with the trainer")


@pytest.mark.usefixtures("impatient")
def test_a_stop_that_is_taken_back_is_followed_no_longer_and_the_next_one_is(
    run: RunDirectory, deaf: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patient:
        patient.setattr(stopping, "TERMINATE_AFTER_S", 1_000.0)
        follow_stop(run)
        update_control(run, by="cli", run="running")
        wait_until(lambda: stop_words(run) == "", 30, "the thread to let go")
        assert deaf.poll() is None
    update_control(run, by="app", run="stopped")
    follow_stop(run)
    assert deaf.wait(timeout=30) == -signal.SIGKILL


def test_a_stop_for_which_there_is_no_thread_is_tried_again_by_whoever_sees_it_next(
    run: RunDirectory, deaf: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        follow_stop(run)
        assert stop_words(run) == ""
    follow_stop(run)
    assert stop_words(run) != ""
    deaf.kill()
    wait_until(lambda: stop_words(run) == "", 30, "the thread to end with the trainer")


def test_the_stop_of_a_run_on_another_machine_is_carried_through_there(watch: Watch, run: RunDirectory, pretend: Pretend) -> None:
    with pretend_worker("start", run.path.with_name("another-run")) as stranger:
        pretend(state="running", process=identity_of(stranger))
        write_placement(run.path.parent, run.run_id, Placement("ray", 0, node="far"))
        update_control(run, by="app", run="stopped")
        _look_until_nothing_can_come(watch)
        assert stranger.poll() is None
    assert watch.said == [ON_A_NODE]
