"""The directory of a new run: whole, or not there at all."""

from pathlib import Path

import pytest

from tests.trainer.conftest import REPOSITORY
from trainer import creating
from trainer.creating import create_run, create_runs, default_runs_dir, with_seeds
from trainer.errors import ControlFileError, RunDirectoryError
from trainer.run_files.config_file import ConfigFile, read_config, write_config
from trainer.run_files.control import read_control
from trainer.run_files.run_directory import RunDirectory, list_runs
from trainer.tasks.tetris.about import TetrisSettings


def test_a_new_run_is_written_whole(tmp_path: Path) -> None:
    run = create_run(TetrisSettings(seed=5), name="<b>Größe</b>", runs_dir=tmp_path, visual=True, speed=50, board_every=10, by="app")
    config, control = read_config(run), read_control(run)
    assert (config.name, config.seed, config.parent) == ("<b>Größe</b>", 5, None)
    assert TetrisSettings.from_json(config.settings) == TetrisSettings(seed=5)
    assert (control.seq, control.run, control.visual, control.speed, control.board_every) == (1, "running", True, 50, 10)
    assert control.updated_by == "app"
    assert list_runs(tmp_path) == [run]


def test_a_run_whose_id_was_known_before_is_made_once_also_if_who_made_it_was_killed(tmp_path: Path) -> None:
    run_id = "20260102-030405-study-t003-s2"
    first = create_run(TetrisSettings(), runs_dir=tmp_path, run_id=run_id)
    first.config.unlink()  # as whoever was killed leaves it: that file comes last
    again = create_run(TetrisSettings(seed=2), runs_dir=tmp_path, run_id=run_id)
    assert (again, read_config(again).seed, list_runs(tmp_path)) == (first, 2, [first])
    for taken in (run_id, "../x", "x"):
        with pytest.raises(RunDirectoryError, match="A new run needs an id that no other has"):
            create_run(TetrisSettings(), runs_dir=tmp_path, run_id=taken)
    assert read_config(first).seed == 2


def test_runs_of_several_seeds_are_made_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = create_runs(with_seeds(TetrisSettings(), (1, 2147483647), "x" * 90), runs_dir=tmp_path)
    assert [run.run_id[15:] for run in runs] == [f"-{'x' * 29}-s1", f"-{'x' * 20}-s2147483647"]
    (alone,) = create_runs(with_seeds(TetrisSettings(), (5,), "Alone"), runs_dir=tmp_path)
    assert (read_config(alone).name, alone.run_id[15:]) == ("Alone", "-alone")

    def fail_at_third(run: RunDirectory, config: ConfigFile) -> None:
        if config.seed == 3:
            raise OSError(28, "No space left on device")
        write_config(run, config)

    monkeypatch.setattr(creating, "write_config", fail_at_third)
    with pytest.raises(RunDirectoryError, match="No space left on device"):
        create_runs(with_seeds(TetrisSettings(), (1, 2, 3), ""), runs_dir=tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [("speed", 0), ("speed", 0.5), ("board_every", 0), ("board_every", 1_001)])
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
