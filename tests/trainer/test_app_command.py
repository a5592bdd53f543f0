"""The command that starts the app: what it passes on, and what it says where the app's libraries are not installed."""

import os
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from streamlit.web import cli

from tests.commands import call
from trainer import app_command
from trainer.program import APP


def test_the_app_is_started_with_the_runs_and_the_options_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTROL_ROOM_RUNS_DIR", "/elsewhere")
    given: list[Any] = []
    monkeypatch.setattr(cli, "main", lambda words, **_: given.append((words, os.environ["CONTROL_ROOM_RUNS_DIR"])))

    started = call("app", "--server.port", "8600", "--runs-dir", tmp_path, "--theme.base=dark")

    assert started.returncode == 0, started.stderr
    assert given == [(["run", str(APP), "--server.port", "8600", "--theme.base=dark"], str(tmp_path))]


def test_without_streamlit_one_sentence_names_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_command, "find_spec", lambda name: None if name == "streamlit" else util.find_spec(name))

    refused = call("app")

    assert refused.returncode == 1
    sentence = "error: The app needs streamlit, which the base package leaves out: pip install 'control-room[app]'\n"
    assert refused.stderr == sentence
