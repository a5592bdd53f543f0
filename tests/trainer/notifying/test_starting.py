"""Who starts a trainer sees to it that somebody sends the notifications, and is never hindered by that."""

from pathlib import Path

import pytest

from trainer.notifying import starting
from trainer.notifying.starting import process_lock, see_to_notifications
from trainer.run_files.locks import locked
from trainer.run_files.notify_settings import NotifySettings, write_notify_settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were started, though none is."""
    commands = list[list[str]]()
    monkeypatch.setattr(starting, "start_child", lambda words, *_, **__: commands.append(words))
    monkeypatch.setattr(starting, "_started_at", {})
    return commands


def test_the_process_is_started_once_where_notifications_are_asked_for(tmp_path: Path, started: list[list[str]]) -> None:
    see_to_notifications(tmp_path)
    see_to_notifications(tmp_path / "gone")
    assert started == []
    write_notify_settings(tmp_path, NotifySettings())
    with locked(process_lock(tmp_path), timeout_s=1):
        see_to_notifications(tmp_path)
    assert started == [], "there is one"
    see_to_notifications(tmp_path)
    see_to_notifications(tmp_path)
    assert started == [["notify", "run", "--runs-dir", str(tmp_path)]]


def test_what_goes_wrong_there_is_no_trainers_end(tmp_path: Path, started: list[list[str]]) -> None:
    write_notify_settings(tmp_path, NotifySettings())
    process_lock(tmp_path).mkdir()
    see_to_notifications(tmp_path)
    assert len(started) <= 1
