"""The directory of a new run: whole, or not there at all."""

from pathlib import Path

import pytest

from tests.trainer.conftest import REPOSITORY
from trainer import creating
from trainer.creating import create_run, default_runs_dir
from trainer.errors import ControlFileError, RunDirectoryError
from trainer.run_files.config_file import read_config
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import list_runs
from trainer.tasks.tetris.about import TetrisSettings


def test_a_new_run_is_written_whole(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(seed=5), name="<b>Größe</b>", runs_dir=tmp_path, visual=True, speed=0.5, board_every=10, by="app")
    config, control = read_config(run), read_control(run)
    assert (config.name, config.seed, config.parent) == ("<b>Größe</b>", 5, None)
    assert TetrisSettings.from_json(config.settings) == TetrisSettings(seed=5)
    assert (control.seq, control.run, control.visual, control.speed, control.board_every) == (1, "running", True, 0.5, 10)
    assert control.updated_by == "app"
    assert list_runs(tmp_path) == [run]


@pytest.mark.parametrize(("name", "value"), [("speed", 0.0), ("speed", 7), ("board_every", 0), ("board_every", 1_001)])
def test_a_bad_control_makes_no_run(tmp_path: Path, name: str, value: float) -> None:
    with pytest.raises(ControlFileError, match=f"{name} must be"):
        create_run(TetrisSettings(), runs_dir=tmp_path / "runs", **{name: value})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_runs_folder_without_permission_makes_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunDirectoryError, match="A run directory must be writable"):
        create_run(TetrisSettings(), runs_dir=tmp_path / "file")


def test_runs_are_kept_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONTROL_ROOM_RUNS_DIR", raising=False)
    assert default_runs_dir() == REPOSITORY / "runs"
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", "")
    assert default_runs_dir() == REPOSITORY / "runs"
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", str(tmp_path))
    assert create_run(TetrisSettings()).path.parent == tmp_path


def test_runs_of_an_installation_in_a_folder_that_was_deleted_are_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CONTROL_ROOM_RUNS_DIR", raising=False)
    monkeypatch.setattr(creating, "home", Path)  # the present folder
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    assert default_runs_dir() == gone / "runs"
    gone.rmdir()
    with pytest.raises(RunDirectoryError, match="the folder that you are in, and that was deleted"):
        default_runs_dir()
