"""A folder that another program is still writing: new rows come, and the run says that it is followed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.trainer.importing.conftest import train
from tests.waiting import wait_until
from trainer.errors import RunFinishedError
from trainer.importing.follow import REST, Follower
from trainer.importing.write_run import Chosen, Imported
from trainer.probing import probe
from trainer.run_files.opening import read_bytes
from trainer.run_files.run_directory import RunDirectory
from trainer.starting import prepare_resume

PATIENCE_S = 20.0
HEAD = '#{"t_start": 1700000000.0, "env_id": "CartPole-v1"}\nr,l,t\n'


class Listener:
    """Keeps what it is told."""

    def __init__(self, *paths: Path, chosen: Chosen) -> None:
        self.made, self.said = list[Imported](), list[str]()
        self.follower = Follower(paths, chosen, step="", tell=self.made.append, warn=self.said.append)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow in a thread, as the command does in its process."""
        stop = threading.Event()
        thread = threading.Thread(target=self.follower.follow, args=(stop, 0.01))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def rows(run: RunDirectory) -> int:
    """Of its episodes."""
    return run.episodes.read_bytes().count(b"\n") if run.episodes.exists() else 0


def test_new_rows_come_and_the_run_says_that_it_is_followed(tmp_path: Path, chosen: Chosen) -> None:
    path = tmp_path / "logs" / "monitor.csv"
    path.parent.mkdir()
    path.write_text(HEAD + "1,5,1\n")
    listener = Listener(path.parent, chosen=chosen)

    with listener.following():
        wait_until(lambda: bool(listener.made), PATIENCE_S, "the run")
        run = listener.made[0].run
        wait_until(lambda: probe(run).state == "following", PATIENCE_S, "its state")
        probed = probe(run)
        assert (probed.active, probed.growing, probed.problem) == (False, True, None)
        before = run.episodes.read_bytes()
        with path.open("a") as log:
            log.write("2,5,2\n3,5,3\n4,5")
        wait_until(lambda: rows(run) == 3, PATIENCE_S, "the new rows")
        assert run.episodes.read_bytes().startswith(before)
        with pytest.raises(RunFinishedError):
            prepare_resume(run, by="cli")

    probed = probe(run)
    assert (probed.state, probed.growing, probed.status.num_timesteps if probed.status else 0) == ("imported", False, 15)
    assert len(listener.made) == 1


def test_a_run_that_begins_meanwhile_is_found(tmp_path: Path, chosen: Chosen) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    listener = Listener(folder, chosen=chosen)
    with listener.following():
        wait_until(lambda: bool(listener.said), PATIENCE_S, "a word")
        truth = train(folder / "PPO_1", steps=256)
        wait_until(lambda: bool(listener.made) and rows(listener.made[0].run) == len(truth.episodes), PATIENCE_S, "the episodes")
    assert listener.said[0].startswith("logs must hold logs of")
    assert probe(listener.made[0].run).state == "imported"


def test_a_follower_that_was_killed_leaves_an_imported_run(tmp_path: Path, chosen: Chosen) -> None:
    (tmp_path / "monitor.csv").write_text(HEAD + "1,5,1\n")
    listener = Listener(tmp_path / "monitor.csv", chosen=chosen)
    listener.follower.look()
    (run,) = listener.follower.runs
    assert probe(run).state == "following"
    for lock in listener.follower._locks.values():
        lock.release()  # as the system does when a process dies
    assert probe(run).state == "imported"


def test_two_followers_do_not_write_one_run(tmp_path: Path, chosen: Chosen) -> None:
    (tmp_path / "monitor.csv").write_text(HEAD + "1,5,1\n")
    first, second = (Listener(tmp_path / "monitor.csv", chosen=chosen) for _ in range(2))
    with first.following():
        wait_until(lambda: bool(first.made), PATIENCE_S, "the run")
        wait_until(lambda: bool(first.follower.runs), PATIENCE_S, "its lock")
        second.follower.look()
    assert second.follower.runs == []
    assert second.said == [f"Another process follows it, as {first.made[0].run.run_id}; nothing was added."]


def test_the_last_step_of_an_event_file_comes_at_the_end(logs: Path, chosen: Chosen) -> None:
    (events,) = logs.glob("events*")
    listener = Listener(events, chosen=chosen)
    listener.follower.look()
    (run,) = listener.follower.runs
    assert run.metrics.read_bytes().count(b"\n") == 3
    listener.follower._end()
    assert run.metrics.read_bytes().count(b"\n") == 4
    assert probe(run).state == "imported"


def test_a_run_that_is_deleted_is_let_go(tmp_path: Path, chosen: Chosen) -> None:
    (tmp_path / "monitor.csv").write_text(HEAD + "1,5,1\n")
    listener = Listener(tmp_path / "monitor.csv", chosen=chosen)
    listener.follower.look()
    (run,) = listener.follower.runs
    run.path.rename(tmp_path / "moved")
    listener.follower.look()
    assert listener.follower.runs == []


def test_what_has_not_changed_is_not_read_again(logs: Path, chosen: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(logs.parent, chosen=chosen)
    listener.follower.look()
    opened = list[Path]()

    def noting(path: Path, *limits: int) -> bytes:
        opened.append(path)
        return read_bytes(path, *limits)

    monkeypatch.setattr("trainer.importing.recognise.read_bytes", noting)
    monkeypatch.setattr("trainer.importing.logs.read_whole", noting)
    listener.follower.look()
    assert opened == []
    with (logs / "0.monitor.csv").open("a") as log:
        log.write("9,9,99\n")
    listener.follower.look()
    assert {path.name for path in opened} >= {"0.monitor.csv", "1.monitor.csv"}
    listener.follower._end()


def test_a_long_look_is_followed_by_a_longer_wait(chosen: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 14.0, 20.0, 20.1])
    monkeypatch.setattr("trainer.importing.follow.time", SimpleNamespace(monotonic=lambda: next(times)))
    follower = Listener(chosen=chosen).follower
    assert follower._timed_look(2.0) == 4.0 * REST
    assert follower._timed_look(2.0) == 2.0


def test_a_file_that_is_just_being_written_anew_costs_nothing(logs: Path, chosen: Chosen) -> None:
    listener = Listener(logs, chosen=chosen)
    listener.follower.look()
    (run,) = listener.follower.runs
    before, whole = run.evaluations.read_bytes(), (logs / "evaluations.npz").read_bytes()
    assert before.count(b"\n") == 4

    (logs / "evaluations.npz").write_bytes(whole[:100])
    listener.follower.look()
    assert run.evaluations.read_bytes() == before

    (logs / "evaluations.npz").write_bytes(whole)
    listener.follower.look()
    assert run.evaluations.read_bytes() == before
    listener.follower._end()
