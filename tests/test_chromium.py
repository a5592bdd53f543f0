"""The browser of the browser tests is found, or installed the way the platform does it."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests import chromium


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be run to install a browser on a machine without any."""
    ran: list[str] = []

    def run(*command: str) -> bool:
        ran.append(" ".join(command))
        return True

    def nothing() -> None:
        return None

    nothing.cache_clear = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(chromium, "_run", run)
    monkeypatch.setattr(chromium, "find", nothing)
    return ran


def _only(monkeypatch: pytest.MonkeyPatch, *tools: str, user: int = 0) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in tools else None)
    monkeypatch.setattr(os, "geteuid", lambda: user)


def test_the_browser_that_is_found_starts() -> None:
    path = chromium.find()
    assert path is not None
    assert chromium._starts(path)


def test_a_file_that_only_says_that_it_is_no_browser_is_passed_over(tmp_path: Path) -> None:
    stub = tmp_path / "chromium-browser"
    stub.write_text("#!/bin/sh\necho install the snap >&2\nexit 1\n")
    stub.chmod(0o755)
    assert not chromium._starts(str(stub))
    assert not chromium._starts(str(tmp_path / "nothing"))


def test_the_package_manager_is_used_first_and_playwright_when_it_has_no_browser(
    commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _only(monkeypatch, "apt-get", "sudo", user=1000)
    chromium.install()
    assert commands == [
        "sudo apt-get update -qq",
        "sudo apt-get install -y -qq --no-install-recommends chromium",
        f"{sys.executable} -m playwright install --with-deps chromium",
    ]


def test_root_needs_no_sudo(commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _only(monkeypatch, "dnf", "sudo")
    chromium.install()
    assert commands[0] == "dnf install -y chromium"


def test_without_a_package_manager_playwright_brings_its_own(commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _only(monkeypatch)
    chromium.install()
    assert commands == [f"{sys.executable} -m playwright install chromium"]


def test_a_machine_that_stays_without_a_browser_is_told_what_to_do(
    commands: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _only(monkeypatch)
    assert chromium.main(["--install"]) == 1
    assert len(commands) == 1
    assert "Install it with your package manager, then call `make test` again." in capsys.readouterr().out
