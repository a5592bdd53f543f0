"""The command about notifications."""

import io
from pathlib import Path

import pytest

from tests.trainer.notifying.receiver import receiving
from trainer.__main__ import WRONG_USE, main
from trainer.run_files.notifications import sent_reader
from trainer.run_files.notify_settings import read_notify_settings


def test_an_address_is_added_shown_masked_and_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["notify", "--runs-dir", str(tmp_path)]
    assert main(words) == 0
    assert "no notifications are sent; add an address with: " in capsys.readouterr().out
    assert main([*words, "--test"]) == 1
    with receiving() as receiver:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{receiver.url}\n\n"))
        assert main([*words, "--add"]) == 0
        mark = read_notify_settings(tmp_path).addresses[0].mark
        assert f"to {mark} since " in capsys.readouterr().out
        assert main([*words, "--test"]) == 0
        assert receiver.got == ["This is a test. Notifications of your runs will come here."]
        receiver.refuses = True
        assert main([*words, "--test"]) == 1
    said = capsys.readouterr()
    assert f"{mark}: sent" in said.out
    assert "1 address did not take the test" in said.err
    assert main(words) == 0
    assert [row.problem is None for row in sent_reader(tmp_path).refresh()] == [True, False]
    said = capsys.readouterr()
    assert "t0psecret" not in said.out + said.err


def test_wrong_addresses_are_refused_and_nothing_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("json://127.0.0.1\nnonsense://secret\n"))
    assert main(["notify", "--add", "--runs-dir", str(tmp_path)]) == WRONG_USE
    said = capsys.readouterr().err
    assert "Address 2 must be an address of Apprise" in said
    assert "secret" not in said
    assert read_notify_settings(tmp_path).addresses == ()
