"""The reaction time that is shown: honest, also when the clock is set between a command and its answer."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from trainer.learning.callbacks.obey_control import _latency_ms
from trainer.run_files.files import time_text


def _written(seconds_ago: float) -> str:
    return time_text(datetime.now(UTC) - timedelta(seconds=seconds_ago))


def test_it_is_the_time_since_the_write() -> None:
    latency = _latency_ms(_written(0.5), time.monotonic() - 0.6)
    assert latency is not None
    assert 499 <= latency <= 620
    assert _latency_ms(_written(0.5), None) == pytest.approx(500, abs=100)


@pytest.mark.parametrize("jump_s", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_by_a_day_makes_it_no_more_than_it_can_have_been(jump_s: float) -> None:
    latency = _latency_ms(_written(jump_s), time.monotonic() - 0.03)
    assert latency is not None
    assert 30 <= latency <= 500


def test_what_cannot_be_known_is_not_said() -> None:
    assert _latency_ms("", time.monotonic()) is None
    assert _latency_ms("yesterday", None) is None
    assert _latency_ms(_written(-86_400.0), None) is None
