"""The time zone of the person who looks, and what a chart shows in it: with the summer time that was in force at each time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

EARLIEST_MS = 1e10  # in April 1970; Plotly takes a number of four digits for a year
LATEST_MS = datetime(9999, 12, 30, tzinfo=UTC).timestamp() * 1e3  # no zone takes it past the year 9999
UNKNOWN = ZoneInfo("UTC")  # of a browser that does not say where it is


def viewer_zone() -> ZoneInfo:
    """The zone of the browser, which may be another one than this machine's; UTC if it is not known."""
    try:
        return ZoneInfo(st.context.timezone or UNKNOWN.key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name is the browser's
        return UNKNOWN


def to_utc(shown: str, zone: ZoneInfo) -> str:
    """A time that a chart of a zone shows, for an address that others may open: `2026-11-23T15:04:05.123+00:00`."""
    return datetime.fromisoformat(shown).replace(tzinfo=zone).astimezone(UTC).isoformat(timespec="milliseconds")


def from_utc(text: str, zone: ZoneInfo) -> str:
    """The same back.

    Raises:
        ValueError, OverflowError: it is no time, or none that a zone has.
    """
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(zone).replace(tzinfo=None).isoformat(" ", "milliseconds")
