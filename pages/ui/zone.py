"""The time zone of the person who looks, and times in it: with the summer time that was in force at each of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.curves import Floats

LATEST_MS = datetime(9999, 12, 30, tzinfo=UTC).timestamp() * 1e3  # no zone takes it past the year 9999
UNKNOWN = ZoneInfo("UTC")  # of a browser that does not say where it is


def viewer_zone() -> ZoneInfo:
    """The zone of the browser, which may be another one than this machine's; UTC if it is not known."""
    try:
        return ZoneInfo(st.context.timezone or UNKNOWN.key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name is the browser's
        return UNKNOWN


def in_zone(at: Floats, zone: ZoneInfo) -> Floats:
    """What the clocks of a zone showed, as charts take it: milliseconds from 1970 as if the zone were UTC.

    In the hour that clocks go through twice, in autumn, the result goes back once, as they do.

    Args:
        at: (points,) milliseconds since 1970 in UTC; finite, from 0 to `LATEST_MS`.
        zone: the zone.
    """
    shown = pd.to_datetime(at.astype(np.int64), unit="ms", utc=True).tz_convert(zone).tz_localize(None)
    return shown.as_unit("ms").asi8.astype(np.float64)


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
