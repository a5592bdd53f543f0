"""The command that deletes caches and trash, as a person meets it in a terminal."""

import io
from pathlib import Path

import pytest

from tests.commands import call
from tests.pages.fake_runs import live, new_run
from trainer.run_files import cleaning
from trainer.run_files.table_cache import cache_path
from trainer.run_files.trash import list_trash, move_to_trash


class Terminal(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with a cache of 2 kB beside a deleted one."""
    cache_path(new_run(tmp_path, "Stays").metrics).write_bytes(bytes(2_000))
    move_to_trash(new_run(tmp_path, "Goes"))
    return tmp_path


def test_it_says_what_it_frees_and_deletes_when_it_is_told_to(folder: Path) -> None:
    done = call("clean", "--yes", "--runs-dir", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 run, " in done.stdout
    assert "1 cache " in done.stdout
    assert "1 deleted run " in done.stdout
    assert "Freed" in done.stdout
    assert list_trash(folder) == []
    again = call("clean", "--runs-dir", folder)
    assert (again.returncode, "There is nothing to delete." in again.stdout) == (0, True)


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("\n", 1), ("", 1), ("y\n", 0), ("YES\n", 0)])
def test_it_asks_once(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    done = call("clean", "--runs-dir", folder)
    assert done.returncode == 0
    assert done.stdout.count("[y/N]") == 1
    assert ("Nothing was deleted." in done.stdout) == bool(left)
    assert len(list_trash(folder)) == left


def test_without_a_terminal_it_deletes_nothing_that_it_was_not_told_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    done = call("clean", "--runs-dir", folder)
    assert (done.returncode, len(list_trash(folder))) == (2, 1)
    assert "add --yes" in done.stderr


def test_what_could_not_be_deleted_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "remove_folder", lambda _: None)
    done = call("clean", "--yes", "--runs-dir", folder)
    assert done.returncode == 1
    assert "1 entry could not be deleted, such as" in done.stderr


def test_a_run_that_is_trained_is_left_alone(folder: Path) -> None:
    run = next(path for path in folder.iterdir() if path.name.endswith("stays"))
    with live(new_run(folder, "Trained")) as trained:
        cache_path(trained.metrics).write_bytes(bytes(10))
        assert call("clean", "--yes", "--runs-dir", folder).returncode == 0
        assert cache_path(trained.metrics).exists()
    assert not (run / "metrics.columns").exists()
