"""The faults: the disk is full, the run directory is read-only, the trainer has no free file descriptor.

In each: training goes on and says what is wrong, what was saved before stays whole, and when the fault is gone the trainer catches up.
"""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.faults.disks import fill_up, make_room, read_only, small_disk
from tests.faults.trainers import PATIENCE_S, app_on, endless_run, has_event, real_trainer, said, status_of, stop, wait_for_steps
from tests.pages.fake_runs import live, new_run
from tests.trainer.learning.tiny import rows, tiny_config
from tests.waiting import wait_until
from trainer.__main__ import main
from trainer.creating import create_run
from trainer.errors import RunDirectoryError
from trainer.probing import probe
from trainer.run_files.checkpoints import latest_checkpoint, list_checkpoints
from trainer.run_files.control import read_control
from trainer.run_files.models import read_best
from trainer.run_files.run_directory import RunDirectory
from trainer.tasks.tetris.learner.saved_model import read_network


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 4 MB, on which the app looks for runs."""
    with small_disk(tmp_path / "disk", "4m") as place:
        monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", str(place))
        yield place


def _has_saved_something(run: RunDirectory) -> bool:
    return bool(list_checkpoints(run)) and read_best(run) is not None


def _degraded(run: RunDirectory, word: str, meanwhile: Callable[[], None] = lambda: None) -> Callable[[], bool]:
    def look() -> bool:
        meanwhile()
        return word in (status_of(run).degraded or "")

    return look


def _assert_whole(run: RunDirectory) -> None:
    """What was saved can be read, and no row is torn."""
    checkpoint, complaints = latest_checkpoint(run)
    assert checkpoint is not None
    assert complaints == []
    read_network(run.best)
    for log in (run.metrics, run.episodes, run.evaluations, run.events):
        content = log.read_bytes()
        assert content.endswith(b"\n")
        assert all(isinstance(orjson.loads(line), dict) for line in content.splitlines())


def _assert_nothing_is_missing(run: RunDirectory) -> None:
    steps = [row["step"] for row in rows(run.metrics)]
    assert steps == list(range(200, 200 * len(steps) + 1, 200))
    episodes = [row["episode"] for row in rows(run.episodes)]
    assert episodes == list(range(1, len(episodes) + 1))


@pytest.mark.long
def test_on_a_full_disk_training_goes_on_says_so_and_catches_up_when_there_is_room(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = endless_run(disk)
    with real_trainer(run) as trainer:
        wait_until(lambda: _has_saved_something(run), PATIENCE_S, "a best model and a checkpoint")
        fill_up(disk)
        saved = list_checkpoints(run)
        wait_until(_degraded(run, "rows wait", lambda: fill_up(disk)), PATIENCE_S, "the full disk to be told")
        wait_for_steps(run, 2_000)

        assert "No space left on device" in (status_of(run).degraded or "")
        assert main(["status", str(run.path)]) == 0
        assert "No space left on device" in capsys.readouterr().out
        page = app_on(disk)
        assert "No space left on device" in said(page)
        assert "Training goes on." in said(page)
        page.button(key="pause_or_resume").click().run()
        assert "cannot be written (No space left on device); mend that and try again" in said(page)
        assert read_control(run).run == "running"
        _assert_whole(run)
        assert list_checkpoints(run)[-1] in saved

        make_room(disk)
        wait_until(lambda: status_of(run).degraded is None, PATIENCE_S, "the disk to be well again")
        wait_until(lambda: not set(list_checkpoints(run)) & set(saved), PATIENCE_S, "new checkpoints")
        assert "Training goes on." not in said(page.run())
        stop(run)
        assert trainer.wait(PATIENCE_S) == 0

    assert probe(run).state == "stopped"
    assert has_event(run, "The checkpoint could not be saved")
    _assert_whole(run)
    _assert_nothing_is_missing(run)


@pytest.mark.long
def test_a_run_stopped_on_a_full_disk_says_from_where_it_goes_on_and_is_resumed_when_there_is_room(disk: Path) -> None:
    run = endless_run(disk)
    with real_trainer(run) as trainer:
        wait_until(lambda: _has_saved_something(run), PATIENCE_S, "a best model and a checkpoint")
        fill_up(disk)
        wait_until(_degraded(run, "rows wait", lambda: fill_up(disk)), PATIENCE_S, "the full disk to be told")
        trainer.terminate()  # control.json cannot be written now
        trainer.wait(PATIENCE_S)
    assert probe(run).state == "stopped"
    _assert_whole(run)

    with real_trainer(run) as trainer:
        assert trainer.wait(PATIENCE_S) == 1
    make_room(disk)
    _assert_whole(run)
    with real_trainer(run):
        wait_until(lambda: has_event(run, "Training goes on from the checkpoint"), PATIENCE_S, "the run to be resumed")
        wait_for_steps(run)
        stop(run)
    _assert_nothing_is_missing(run)


@pytest.mark.long
def test_in_a_folder_that_became_read_only_training_goes_on_and_says_so(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with real_trainer(run):
        wait_until(lambda: _has_saved_something(run), PATIENCE_S, "a best model and a checkpoint")
        with read_only(run.path):
            wait_until(_degraded(run, "status.json cannot be replaced"), PATIENCE_S, "the fault to be told")
            wait_for_steps(run)
            page = app_on(runs_dir)
            assert "status.json cannot be replaced" in said(page)
            assert "Running" in said(page)
            page.button(key="pause_or_resume").click().run()
            assert "mend that and try again" in said(page)
            _assert_whole(run)
        wait_until(lambda: status_of(run).degraded is None, PATIENCE_S, "the folder to be well again")
        stop(run)
    assert probe(run).state == "stopped"
    _assert_whole(run)
    _assert_nothing_is_missing(run)
    assert not list(run.path.glob(".*"))


def test_in_a_read_only_folder_of_runs_none_is_made(tmp_path: Path) -> None:
    with read_only(tmp_path), pytest.raises(RunDirectoryError, match="A run directory must be writable") as refusal:
        create_run(tiny_config(), runs_dir=tmp_path)
    assert "Choose another --runs-dir" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_trainer_without_a_free_file_descriptor_trains_on_says_so_and_catches_up(runs_dir: Path) -> None:
    run = endless_run(runs_dir)
    with real_trainer(run) as trainer:
        wait_until(lambda: _has_saved_something(run), PATIENCE_S, "a best model and a checkpoint")
        before = resource.prlimit(trainer.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(trainer.pid, resource.RLIMIT_NOFILE, (0, before[1]))
        wait_until(_degraded(run, "Too many open files"), PATIENCE_S, "the fault to be told")
        wait_for_steps(run)
        page = app_on(runs_dir)
        assert "Too many open files" in said(page)
        assert "Training goes on." in said(page)
        page.button(key="pause_or_resume").click().run()
        assert read_control(run).run == "paused"
        wait_for_steps(run)  # the trainer cannot read it
        wait_until(lambda: has_event(run, "control.json cannot be read (Too many open files)"), PATIENCE_S, "the event")
        _assert_whole(run)

        resource.prlimit(trainer.pid, resource.RLIMIT_NOFILE, before)
        wait_until(lambda: probe(run).state == "paused", PATIENCE_S, "the command to be obeyed")
        assert status_of(run).degraded is None
        stop(run)
    _assert_whole(run)
    _assert_nothing_is_missing(run)


def test_an_app_without_a_free_file_descriptor_calls_no_run_crashed(runs_dir: Path) -> None:
    with live(new_run(runs_dir)) as run:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            probed = probe(run)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert probed.active
        assert probed.problem is not None
        assert "Too many open files" in probed.problem
        assert probe(run).state == "running"
