"""Times stand where the clocks of the person who looks stood at that time."""

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import streamlit as st

from pages.ui.zone import LATEST_MS, from_utc, in_zone, to_utc, viewer_zone

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def shown(texts: list[str], zone: ZoneInfo) -> list[str]:
    """What a chart shows of times in UTC."""
    at = np.array([datetime.fromisoformat(text).timestamp() * 1e3 for text in texts])
    return [datetime.fromtimestamp(ms / 1e3, UTC).strftime("%d %b %H:%M") for ms in in_zone(at, zone)]


def test_summer_time_begins_and_ends_in_the_middle_of_a_curve() -> None:
    spring = shown(["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-07-01T12:00Z"], BERLIN)
    assert spring == ["29 Mar 01:30", "29 Mar 03:30", "01 Jul 14:00"]
    autumn = shown(["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"], BERLIN)
    assert autumn == ["25 Oct 02:30", "25 Oct 02:30", "25 Oct 03:30"]
    assert shown(["2026-01-01T00:00Z"], KOLKATA) == ["01 Jan 05:30"]


def test_the_ends_of_time_are_shown_too() -> None:
    assert len(in_zone(np.array([0.0, LATEST_MS]), ZoneInfo("Pacific/Kiritimati"))) == 2
    assert len(in_zone(np.array([0.0, LATEST_MS]), ZoneInfo("Pacific/Pago_Pago"))) == 2
    assert len(in_zone(np.empty(0), BERLIN)) == 0


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
