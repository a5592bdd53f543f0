"""The notifications section of the settings page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.settings import notifications
from tests.pages.conftest import SETTINGS, everything_said, labelled, opened, said
from trainer.run_files.notifications import SentRow, append_sent
from trainer.run_files.notify_settings import (
    DEFAULT_EVENTS,
    SETTINGS_FILE,
    Address,
    NotifySettings,
    notifying_folder,
    read_notify_settings,
    write_notify_settings,
)

URL = "json://127.0.0.1:1/t0psecret"


@pytest.fixture
def page(app: AppTest, runs_dir: Path) -> AppTest:
    """The page, where nobody has asked for notifications."""
    runs_dir.mkdir()
    return opened(app, SETTINGS)


def _add(page: AppTest, text: str) -> None:
    page.text_area[0].set_value(text)
    page.button(key="add_addresses").click().run()


@pytest.mark.long
def test_an_address_is_added_shown_masked_and_removed(page: AppTest, runs_dir: Path) -> None:
    assert "Nobody is told yet" in said(page)
    assert page.button(key="test_addresses").disabled
    _add(page, f" {URL}\n\njson://127.0.0.1:2/other ")
    settings = read_notify_settings(runs_dir)
    assert [one.url for one in settings.addresses] == [URL, "json://127.0.0.1:2/other"]
    assert settings.addresses[0].mark in said(page)
    assert "2 addresses, each told at most once a minute of a run" in said(page)
    assert "t0psecret" not in everything_said(page) + str([area.value for area in page.text_area])
    assert not page.button(key="test_addresses").disabled
    page.button(key=f"remove_{settings.addresses[0].key}").click().run()
    assert [one.url for one in read_notify_settings(runs_dir).addresses] == ["json://127.0.0.1:2/other"]


def test_a_wrong_address_is_refused_in_a_sentence_and_what_was_typed_stays(page: AppTest, runs_dir: Path) -> None:
    _add(page, f"{URL}\nslack://t0psecret")
    assert "Address 2 must be an address of Apprise; one of slack:// was given that is not complete" in said(page)
    assert "t0psecret" not in said(page)
    assert page.text_area[0].value == f"{URL}\nslack://t0psecret"
    assert read_notify_settings(runs_dir).addresses == ()


def test_what_is_told_of_is_chosen(page: AppTest, runs_dir: Path) -> None:
    chosen = labelled(page.multiselect, "Tell of")
    assert tuple(chosen.value) == DEFAULT_EVENTS
    chosen.set_value(["new_best", "crashed"]).run()
    assert read_notify_settings(runs_dir).events == ("new_best", "crashed")
    assert labelled(page.multiselect, "Tell of").value == ["new_best", "crashed"]


def test_what_was_sent_is_listed_and_a_test_goes_out_in_the_background(
    page: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Path]()
    monkeypatch.setattr(notifications, "start_test", asked.append)
    assert "Nothing was sent yet" in said(page)
    write_notify_settings(runs_dir, NotifySettings((Address(URL),)))
    append_sent(runs_dir, SentRow("20261123-150405-x", ["finished"], "**x** <b>: finished", "slack://… (3f9a)"))
    append_sent(runs_dir, SentRow("", ["test"], "This is a test.", "json://… (77aa)", "A Connection error occurred", 2))
    page.run()
    newest, first = next(text for text in said(page).split("\n") if "This is a test" in text), said(page)
    assert "not sent] A Connection error occurred" in newest
    assert "try 2" in newest
    assert "**x** <b>: finished" in first
    page.button(key="test_addresses").click().run()
    assert asked == [runs_dir]


def test_damaged_settings_are_told_and_replaced_by_the_next_address(page: AppTest, runs_dir: Path) -> None:
    write_notify_settings(runs_dir, NotifySettings((Address(URL),)))
    (notifying_folder(runs_dir) / SETTINGS_FILE).write_bytes(b"{")
    page.run()
    assert "settings.json must hold JSON" in said(page)
    _add(page, URL)
    assert [one.url for one in read_notify_settings(runs_dir).addresses] == [URL]
