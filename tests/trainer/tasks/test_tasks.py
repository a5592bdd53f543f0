"""Tasks of installed packages: found by their entry points, and one that is broken takes no other one away."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer import tasks
from trainer.errors import TaskNotFoundError

GOOD = """
from trainer.config import RunSettings
from trainer.tasks.about import About

ABOUT = About("{name}", "Good", RunSettings, presets={{"default": {{}}}})
"""
BROKEN = {"syntax": "def", "raises": "1 / 0", "nothing": "", "no_settings": "class ABOUT: settings = 3"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, as packages are installed in one."""
    monkeypatch.syspath_prepend(tmp_path)
    for cached in (tasks._other_packages, tasks.known_settings):
        cached.cache_clear()
    yield tmp_path
    for cached in (tasks._other_packages, tasks.known_settings):
        cached.cache_clear()
    for name in [name for name in sys.modules if name.startswith("installed_")]:
        del sys.modules[name]


def install(site: Path, name: str, about: str) -> None:
    """Install a package with a task."""
    package, info = site / f"installed_{name}", site / f"{name}-1.dist-info"
    package.mkdir()
    info.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "about.py").write_text(about, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{tasks.ENTRY_POINTS}]\n{name} = installed_{name}\n", encoding="utf-8")


def test_ours_call_a_setting_by_the_same_name_everywhere() -> None:
    """A table of runs of several tasks has one column for it."""
    labels: dict[str, set[str]] = {}
    for name in tasks.own_task_names():
        for one in tasks.find_about(name).settings.described():
            labels.setdefault(one.name, set()).add(one.label)
    assert {name: said for name, said in labels.items() if len(said) > 1} == {}


def test_a_task_of_an_installed_package_is_found_after_ours(site: Path) -> None:
    install(site, "good", GOOD.format(name="good"))
    assert tasks.task_names() == ("tetris", "gym", "script", "good")
    assert tasks.find_about("good").label == "Good"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_package_is_said_and_left_out(site: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    install(site, "good", GOOD.format(name="good"))
    install(site, "bad", BROKEN[fault])
    with caplog.at_level(logging.WARNING, "control_room"):
        assert tasks.task_names() == ("tetris", "gym", "script", "good")
    (said,) = caplog.messages
    assert said.startswith("The task 'bad' of an installed package cannot be used: ")
    assert "seed" in tasks.known_settings()
    with pytest.raises(TaskNotFoundError, match="'bad' is not a task here; there are tetris, gym, good"):
        tasks.find_about("bad")
    assert tasks.describe("bad").label == "bad"


def test_a_package_that_is_called_as_ours_does_not_take_its_place(site: Path) -> None:
    install(site, "tetris", GOOD.format(name="tetris"))
    assert tasks.find_about("tetris").label == "Tetris"
    assert tasks.task_names() == ("tetris", "gym", "script")
