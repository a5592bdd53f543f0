"""A cache of compiled code is never a condition, and never gives what other sources were compiled to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.tasks.tetris.game import compiling
from trainer.tasks.tetris.game.compiling import _cache_folder, _folder_name, _places

PROJECT = Path(__file__).parents[5]
PLACES = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA")
COMPILES = """
import sys
from pathlib import Path
sys.dont_write_bytecode = True
from trainer.tasks.tetris.game import compiling

@compiling.compiled("int64(int64)")
def tripled(number):
    return 3 * number

print(tripled(14), compiling._folder)
"""


def compile_one(folder: Path, **environment: str) -> tuple[str, str, str]:
    """Compile a function in a process of its own: what it returned, where the cache is, and what was said."""
    script = folder / "script.py"
    script.write_text(COMPILES)
    plain = {name: value for name, value in os.environ.items() if name not in PLACES}
    words = [sys.executable, str(script)]
    done = subprocess.run(
        words, env=plain | {"PYTHONPATH": str(PROJECT)} | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    value, place = done.stdout.split(maxsplit=1)
    return value, place.strip(), done.stderr


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path under which nothing can be made, for root neither; it is where the code's own cache would be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "file" / "compiling.py"))
    for variable in PLACES:
        monkeypatch.setenv(variable, str(tmp_path / "file" / variable))
    return tmp_path


def test_a_shared_cache_folder_is_parted_by_the_content_of_the_code(tmp_path: Path) -> None:
    value, place, _ = compile_one(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "shared"))

    assert value == "42"
    assert Path(place) == tmp_path / "shared" / _folder_name()
    assert len(list(Path(place).rglob("*tripled*.nbc"))) == 1


def test_each_change_of_a_file_or_a_version_has_a_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    for text in ("a = 1\n", "a = 2\n"):
        (tmp_path / "kernels.py").write_text(text)
        names.add(_folder_name())
    for module in ("numba", "llvmlite", "np"):
        monkeypatch.setattr(f"trainer.tasks.tetris.game.compiling.{module}.__version__", "0.0")
        names.add(_folder_name())

    assert len(names) == 5


@pytest.mark.long
def test_damaged_and_empty_cache_files_are_written_anew(tmp_path: Path) -> None:
    places = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    _, place, _ = compile_one(tmp_path, **places)
    for damage in (b"", b"\0" * 400, b"\x80\x05nonsense"):
        for kind in ("nbi", "nbc"):
            (file,) = Path(place).rglob(f"*tripled*.{kind}")
            file.write_bytes(damage)

            assert compile_one(tmp_path, **places)[0] == "42"
            compile_one(tmp_path, **places)
            (file,) = Path(place).rglob(f"*tripled*.{kind}")
            assert len(file.read_bytes()) > len(damage)


def test_without_any_place_the_game_is_compiled_in_memory_and_that_is_said_once(nowhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert _cache_folder() is None
    assert [record.message for record in caplog.records] == [
        "No folder for compiled code can be written: the game is compiled anew at each start, which takes a minute."
    ]

    assert list(nowhere.iterdir()) == [nowhere / "file"]


def test_a_read_only_checkout_uses_the_folder_of_the_user(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / "home").mkdir()
    monkeypatch.setenv("HOME", str(nowhere / "home"))

    assert _cache_folder() == str(nowhere / "home" / ".cache" / _folder_name())
    assert (nowhere / "home" / ".cache" / _folder_name()).stat().st_mode & 0o777 == 0o700


def test_without_a_home_folder_none_is_made(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(nowhere / "missing"))
    assert _cache_folder() is None
    assert not (nowhere / "missing").exists()

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert len(list(_places())) == 3


def test_a_folder_that_others_may_write_or_that_leads_elsewhere_is_not_used(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = nowhere / "shared"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(shared))
    folder = shared / _folder_name()
    folder.mkdir(parents=True)

    folder.chmod(0o777)
    assert _cache_folder() is None
    folder.rmdir()
    folder.symlink_to(nowhere)
    assert _cache_folder() is None
