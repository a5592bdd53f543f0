"""`runs/.trash/`: deleted runs, and the way back."""

from pathlib import Path

import pytest

from trainer.creating import create_run
from trainer.errors import RunDirectoryError, RunIsActiveError, RunNotFoundError
from trainer.run_files.config_file import read_config
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.run_files.run_lock import hold_run_lock
from trainer.run_files.trash import list_trash, move_to_trash, restore, trash_of
from trainer.tasks.tetris.about import TetrisSettings


@pytest.fixture
def made(tmp_path: Path) -> RunDirectory:
    """A run in a runs folder."""
    return create_run(TetrisSettings(), name="story", runs_dir=tmp_path / "runs", by="app")


def test_a_deleted_run_is_in_no_list_and_comes_back_whole(made: RunDirectory) -> None:
    runs_dir = made.path.parent
    gone = move_to_trash(made)
    assert list_runs(runs_dir) == []
    assert list_trash(runs_dir) == [gone]
    assert gone.path == trash_of(runs_dir) / made.run_id
    assert restore(gone) == made
    assert (list_runs(runs_dir), list_trash(runs_dir)) == ([made], [])
    assert read_config(made).name == "story"


def test_a_run_that_is_trained_is_not_deleted(made: RunDirectory) -> None:
    lock = hold_run_lock(made)
    with pytest.raises(RunIsActiveError, match=r"stop .* first"):
        move_to_trash(made)
    lock.release()
    assert move_to_trash(made).path.is_dir()


def test_deleting_twice_is_said(made: RunDirectory) -> None:
    move_to_trash(made)
    with pytest.raises(RunNotFoundError, match="not there any more"):
        move_to_trash(made)


def test_a_run_never_replaces_another_of_its_name(made: RunDirectory) -> None:
    gone = move_to_trash(made)
    made.path.mkdir()
    with pytest.raises(RunDirectoryError, match="already"):
        restore(gone)
    assert gone.config.is_file()
