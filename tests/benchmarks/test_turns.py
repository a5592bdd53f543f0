"""Programs that run in turns: only one at a time, and what each was stopped for is not its time."""

import subprocess
import sys

import pytest

from tests.benchmarks import turns
from tests.benchmarks.turns import in_turns, seconds_running

BUSY = """
import sys, time
moments, until = [], time.process_time() + 0.5
while time.process_time() < until:
    if not moments or time.monotonic() - moments[-1] > 0.001:
        moments.append(time.monotonic())
print(*moments)
"""


def test_one_program_runs_while_the_other_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0.1)

    said, stops = in_turns([["-c", BUSY], ["-c", BUSY]])

    for text, stopped in zip(said, stops, strict=True):
        moments = [float(word) for word in text.split()]
        assert len(stopped) > 3
        assert not [moment for moment in moments for began, ended in stopped if began + 0.01 < moment < ended]
        running = seconds_running(moments[0], moments[-1], stopped)
        assert 0.4 < running < moments[-1] - moments[0]


def test_a_program_that_fails_is_said_to_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0.1)

    with pytest.raises(subprocess.CalledProcessError) as failed:
        in_turns([["-c", "raise SystemExit(3)"], ["-c", "print(1)"]])

    assert (failed.value.returncode, failed.value.cmd) == (3, [sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.parametrize(
    ("stops", "seconds"),
    [([], 10.0), ([(2.0, 3.5)], 8.5), ([(-5.0, 1.0), (4.0, 6.0), (9.0, 12.0)], 6.0), ([(-3.0, -1.0), (11.0, 12.0)], 10.0)],
)
def test_only_the_part_of_a_stop_between_the_moments_counts(stops: list[tuple[float, float]], seconds: float) -> None:
    assert seconds_running(0.0, 10.0, stops) == pytest.approx(seconds)
