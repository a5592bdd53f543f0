"""Every lock is taken in one way, and a file system without locks is named as what it is."""

import errno
import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import Timeout

from trainer.__main__ import main
from trainer.creating import create_run
from trainer.errors import RunDirectoryError
from trainer.jobs import start_job
from trainer.probing import probe
from trainer.queueing import enqueue
from trainer.run_files.control import update_control
from trainer.run_files.jobs import JobRequest
from trainer.run_files.labels import update_labels
from trainer.run_files.locks import locked
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.tasks.tetris.about import TetrisSettings

SENTENCE = "Runs need a file system with locks; that of .* has none"


@pytest.fixture(params=["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What some network file systems answer."""

    def flock(*_: object) -> None:
        number = getattr(errno, request.param)
        raise OSError(number, f"the system says {request.param}")

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.fixture
def made(tmp_path: Path) -> RunDirectory:
    """A run that was copied to such a file system."""
    return create_run(TetrisSettings(), name="copied", runs_dir=tmp_path / "runs")


def test_a_lock_that_another_holds_is_waited_for_so_long_and_no_longer(tmp_path: Path) -> None:
    with locked(tmp_path / "a.lock", timeout_s=1), pytest.raises(Timeout), locked(tmp_path / "a.lock", timeout_s=0):
        pytest.fail("both held it")
    with locked(tmp_path / "a.lock", timeout_s=0):
        assert (tmp_path / "a.lock").exists()


@pytest.mark.usefixtures("no_locks")
def test_without_locks_no_run_is_made_and_the_reason_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(RunDirectoryError, match=SENTENCE):
        create_run(TetrisSettings(), runs_dir=runs)
    assert main(["train", "--runs-dir", str(runs)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "--runs-dir or CONTROL_ROOM_RUNS_DIR" in said.err
    assert list_runs(runs) == []
    assert list(runs.iterdir()) == []


WRITING: dict[str, Callable[[RunDirectory], object]] = {
    "control": lambda run: update_control(run, by="app", run="paused"),
    "labels": lambda run: update_labels(run, name="other"),
    "train": hold_run_lock,
    "queue": lambda run: enqueue([run], by="app"),
    "job": lambda run: start_job(run.path.parent, JobRequest("evaluate", "all", []), ["--missing"]),
}


@pytest.mark.parametrize("what", WRITING)
def test_without_locks_nothing_that_needs_one_is_done(made: RunDirectory, no_locks: None, what: str) -> None:
    assert no_locks is None
    before = {path.name: path.read_bytes() for path in made.path.iterdir() if path.suffix == ".json"}
    with pytest.raises(RunDirectoryError, match=SENTENCE):
        WRITING[what](made)
    assert {path.name: path.read_bytes() for path in made.path.iterdir() if path.suffix == ".json"} == before


def test_without_locks_a_run_that_was_copied_there_can_be_looked_at(made: RunDirectory, no_locks: None) -> None:
    made.run_lock.touch()
    assert no_locks is None
    assert probe(made).state == "crashed"
    assert [run.run_id for run in list_runs(made.path.parent)] == [made.run_id]


def test_a_run_that_cannot_be_made_whole_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("trainer.creating.write_config", full)
    with pytest.raises(RunDirectoryError, match="No space left"):
        create_run(TetrisSettings(), runs_dir=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []
