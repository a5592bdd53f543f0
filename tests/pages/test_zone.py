"""Times stand where the clocks of the person who looks stood at that time."""

from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import streamlit as st

from pages.ui.zone import from_utc, to_utc, viewer_zone

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize("text", ["2026-07-01 14:00", "2026-07-01 14:00:05.1234", "2026-07-01"])
def test_a_zoom_in_an_address_means_the_same_time_in_every_zone(text: str) -> None:
    utc = to_utc(text, BERLIN)
    assert datetime.fromisoformat(utc) == datetime.fromisoformat(text + "+02:00" if " " in text else text + "T00:00+02:00").replace(
        microsecond=123_000 if "." in text else 0
    )
    assert datetime.fromisoformat(from_utc(utc, KOLKATA)).replace(tzinfo=KOLKATA) == datetime.fromisoformat(utc)
    with pytest.raises(ValueError, match="nonsense"):
        from_utc("nonsense", BERLIN)


@pytest.mark.parametrize(
    ("said", "key"), [("Europe/Berlin", "Europe/Berlin"), (None, "UTC"), ("../../etc/passwd", "UTC"), ("Moon/Base", "UTC")]
)
def test_the_zone_is_the_one_of_the_browser(said: str | None, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(timezone=said))
    assert viewer_zone().key == key
