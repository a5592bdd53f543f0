"""What the program is called, by where it lies; what the package offers without loading anything."""

import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import trainer
from tests.commands import cli
from trainer import program
from trainer.processes import PROJECT_DIR
from trainer.tasks.script.callback import ControlRoomCallback


@pytest.fixture
def installed(tmp_path: Path) -> ModuleType:
    """`program` as it is where the package is installed."""
    copy = tmp_path / "control_room" / "program.py"
    copy.parent.mkdir()
    copy.write_bytes(Path(program.__file__).read_bytes())
    spec = spec_from_file_location("program", copy)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_in_a_checkout_the_app_and_the_runs_are_beside_the_trainer() -> None:
    assert (program.PACKAGE, program.PROGRAM, program.INSTALLED) == ("trainer", "python -m trainer", False)
    assert program.home() == PROJECT_DIR
    assert program.APP == PROJECT_DIR / "streamlit_app.py"


def test_installed_the_command_is_short_and_runs_are_kept_where_a_person_works(
    installed: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (installed.PACKAGE, installed.PROGRAM, installed.INSTALLED) == ("control_room", "control-room", True)
    assert tmp_path / "control_room" / "app" / "streamlit_app.py" == installed.APP
    monkeypatch.chdir(tmp_path)
    assert installed.home().resolve() == tmp_path


def test_the_version_is_said_in_one_place() -> None:
    said = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert trainer.__version__ == said
    assert cli("--version").stdout == f"{said}\n"
    assert f"\n## {said} " in (PROJECT_DIR / "CHANGELOG.md").read_text("utf-8")


def test_the_package_offers_its_callback_and_loads_nothing_before_it_is_asked_for() -> None:
    assert trainer.ControlRoomCallback is ControlRoomCallback
    assert set(trainer.__all__) <= set(dir(trainer))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = trainer.nothing  # type: ignore[attr-defined]
    count = "import sys; before = {*sys.modules}; import trainer; print(*{*sys.modules} - before - {'typing', 're'})"
    done = subprocess.run([sys.executable, "-c", count], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if "." not in name and not sys.stdlib_module_names & {name}] == ["trainer"]
