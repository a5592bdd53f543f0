"""`.notifying/settings.json`: where notifications go."""

import os
import stat
from pathlib import Path

import pytest

from trainer.errors import FormatError, RunDirectoryError
from trainer.run_files.files import replace_document
from trainer.run_files.notify_settings import (
    DEFAULT_EVENTS,
    SETTINGS_FILE,
    Address,
    NotifySettings,
    are_notifications_set,
    notifying_folder,
    read_notify_settings,
    with_addresses,
    write_notify_settings,
)

URL = "slack://Abc/Def/Ghi"
AT = "2026-11-23T15:04:05.123Z"
SETTINGS = NotifySettings((Address(URL, AT),), ("finished", "crashed"))
GOLDEN = b"""{
  "version": 4,
  "addresses": [
    {
      "url": "slack://Abc/Def/Ghi",
      "since": "2026-11-23T15:04:05.123Z"
    }
  ],
  "events": [
    "finished",
    "crashed"
  ]
}
"""


def test_the_settings_of_notifications_are_as_documented_and_closed_to_others(tmp_path: Path) -> None:
    assert not are_notifications_set(tmp_path)
    assert read_notify_settings(tmp_path) == NotifySettings((), DEFAULT_EVENTS)
    before = os.umask(0)
    try:
        write_notify_settings(tmp_path, SETTINGS)
    finally:
        os.umask(before)
    path = notifying_folder(tmp_path) / SETTINGS_FILE
    assert path.read_bytes() == GOLDEN
    assert read_notify_settings(tmp_path) == SETTINGS
    assert are_notifications_set(tmp_path)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_an_address_is_called_by_its_service_alone() -> None:
    address = Address(URL, AT)
    assert address.mark.startswith("slack://… (")
    for told in (address.mark, repr(address), repr(SETTINGS)):
        assert not {"Abc", "Def", "Ghi"} & set(told.replace("/", " ").split())
    assert Address("slack://other", AT).mark != address.mark


def test_an_address_is_there_once_and_keeps_since_when() -> None:
    more = with_addresses(SETTINGS, [URL, "json://host", "json://host"])
    assert [one.url for one in more.addresses] == [URL, "json://host"]
    assert more.addresses[0].since == AT


def test_damaged_settings_of_notifications_are_refused_in_a_sentence(tmp_path: Path) -> None:
    write_notify_settings(tmp_path, SETTINGS)
    path = notifying_folder(tmp_path) / SETTINGS_FILE
    replace_document(path, {"addresses": "all", "events": []})
    with pytest.raises(FormatError, match="addresses and events must be lists"):
        read_notify_settings(tmp_path)
    path.write_bytes(GOLDEN[:-30])
    with pytest.raises(FormatError, match=r"settings\.json must hold JSON"):
        read_notify_settings(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(RunDirectoryError, match="cannot be saved"):
        write_notify_settings(tmp_path / "file", SETTINGS)
